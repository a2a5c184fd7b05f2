import { reasonOf } from '../exit-codes.js';
import { sleep } from '../sleep.js';

/** `none`: nobody listens. `other`: somebody does who is not a Cordon server. */
export type Health = 'ready' | 'not_ready' | 'other' | 'none';

export interface Probe {
  readonly health: Health;
  readonly detail: string;
}

/** Asks `/health/ready` once, for two seconds at most. Never throws. */
export async function probe(url: string): Promise<Probe> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/health/ready`, {
      redirect: 'error',
      signal: AbortSignal.timeout(2_000),
    });
    const detail = (await response.text()).slice(0, 500);
    if (response.ok) return { health: 'ready', detail };
    return {
      health: response.status === 503 ? 'not_ready' : 'other',
      detail: detail || `status ${response.status}`,
    };
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
