import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { reasonOf } from '../exit-codes.js';
import { sleep } from '../sleep.js';

/** `none`: nobody listens. `other`: somebody does who is not a Cordon server. */
export type Health = 'ready' | 'not_ready' | 'other' | 'none';

export interface Probe {
  readonly health: Health;
  readonly detail: string;
}

/**
 * Asks `/health/ready` once, for two seconds at most. Never throws. What answers in another shape than Cordon is `other`:
 * a token must not be sent there.
 */
export async function probe(url: string): Promise<Probe> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/health/ready`, {
      redirect: 'error',
      signal: AbortSignal.timeout(2_000),
    });
    const text = await response.text();
    const body = /^application\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '')
      ? parsed(text)
      : {};
    if (response.ok && isReady(body)) return { health: 'ready', detail: text.slice(0, 500) };
    if (response.status === 503 && body['code'] === 'unavailable')
      return { health: 'not_ready', detail: typeof body['detail'] === 'string' ? body['detail'] : text };
    return { health: 'other', detail: `it answers ${response.status}, and not as Cordon does` };
  } catch (error) {
    return { health: 'none', detail: reasonOf(error) };
  }
}

/** Asks until the server is ready, `goOn` answers false, or the time is over; answers with the last state. */
export async function waitUntilReady(
  url: string,
  limitMs: number,
  signal: AbortSignal,
  goOn: () => boolean = () => true,
): Promise<Probe> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const state = await probe(url);
    if (state.health === 'ready' || Date.now() > deadline || !goOn()) return state;
    await sleep(100, signal);
  }
}

/** Servers that do not name the product yet are known by their checks. */
function isReady({ status, product, checks }: JsonObject): boolean {
  if (status !== 'ok') return false;
  return product === undefined ? isJsonObject(checks) && checks['database'] === 'ok' : product === 'cordon';
}

function parsed(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
