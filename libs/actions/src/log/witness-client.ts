/** The log's side of C2SP tlog-witness: asks the witnesses of a policy for their cosignatures. */
import {
  formatAddCheckpoint,
  NoteError,
  parseNote,
  parsePolicy,
  verifyCosignatures,
  type Vkey,
} from '@cordon/audit';
import type { Witnesses } from '@cordon/runtime';
import { bodyWithin, httpUrl, nameOf } from './http-url.js';

export interface WitnessClientOptions {
  /** For one witness and one checkpoint, a second try included. */
  readonly timeoutMs?: number;
  /** Told of each witness (by its name in the policy) that gave no cosignature, and why. */
  readonly onFailure?: (name: string, reason: string) => void;
}

type Checkpoint = Parameters<Witnesses['cosign']>[0];
type ProofFrom = Parameters<Witnesses['cosign']>[1];

interface Witness {
  readonly name: string;
  readonly vkey: Vkey;
  readonly url: string;
  /** By origin, the size of the last checkpoint it is known to have cosigned. */
  readonly sizes: Map<string, number>;
}

const TIMEOUT_MS = 1000;
const MAX_ANSWER_BYTES = 64 * 1024;
const SIZE = /^(0|[1-9]\d{0,15})\n$/;

/** Why a witness gave nothing; its message is for the operator. */
class NoCosignature extends Error {
  override readonly name = 'NoCosignature';
}

/**
 * Witnesses of this policy that have a URL, asked at the same time. What a witness knows is kept in memory: after a start
 * the first question has the old size 0, and the witness's refusal says the right one. A cosignature is verified before it
 * is handed on. Throws a PolicyError, or a TypeError for a URL that is not http or https.
 */
export function witnessClient(policyText: string, options: WitnessClientOptions = {}): Witnesses {
  const { timeoutMs = TIMEOUT_MS, onFailure } = options;
  const witnesses: Witness[] = [];
  for (const [name, { vkey, url }] of parsePolicy(policyText).witnesses) {
    if (url === undefined) continue;
    const prefix = httpUrl(url, `the URL of the witness ${name}`).href.replace(/\/+$/, '');
    witnesses.push({ name, vkey, url: `${prefix}/add-checkpoint`, sizes: new Map() });
  }
  return {
    async cosign(checkpoint, proofFrom) {
      const asked = witnesses.map(async (witness) => {
        try {
          return await within(timeoutMs, (signal) => ask(witness, checkpoint, proofFrom, signal));
        } catch (error) {
          onFailure?.(witness.name, reasonOf(error));
          return [];
        }
      });
      return (await Promise.all(asked)).flat();
    },
  };
}

async function ask(
  witness: Witness,
  checkpoint: Checkpoint,
  proofFrom: ProofFrom,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { origin, size } = checkpoint;
  const supposed = witness.sizes.get(origin) ?? 0;
  // It has cosigned a larger one for another process, or before this log was rolled back: its answer tells which size.
  const first = await post(witness, checkpoint, supposed <= size ? supposed : 0, proofFrom, signal);
  if (typeof first !== 'number') return first;
  witness.sizes.set(origin, first);
  if (first > size)
    throw new NoCosignature(
      `it has cosigned size ${first}, and this checkpoint has ${size}: the log was rolled back, or another process signs it`,
    );
  const second = await post(witness, checkpoint, first, proofFrom, signal);
  if (typeof second === 'number')
    throw new NoCosignature(`it is being asked by another process too (size ${second})`);
  return second;
}

/** Cosignature lines, or the size that the witness says it knows. */
async function post(
  witness: Witness,
  { note, origin, size }: Checkpoint,
  oldSize: number,
  proofFrom: ProofFrom,
  signal: AbortSignal,
): Promise<readonly string[] | number> {
  const proof = oldSize === 0 || oldSize === size ? [] : await proofFrom(oldSize);
  const response = await fetch(witness.url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: formatAddCheckpoint({ oldSize, proof, note }),
    signal,
  });
  const answer = (await bodyWithin(response, MAX_ANSWER_BYTES)).toString('utf8');
  if (response.status === 409 && response.headers.get('content-type') === 'text/x.tlog.size') {
    const known = SIZE.exec(answer)?.[1];
    if (known === undefined) throw new NoCosignature('it answered 409 without a size');
    return Number(known);
  }
  if (response.status !== 200) throw new NoCosignature(`it answered ${response.status}${said(answer)}`);
  const line = cosignatureIn(witness, note, answer);
  witness.sizes.set(origin, size);
  return [line];
}

/**
 * The first line of this witness's key that verifies over the checkpoint. One, and nothing else of the answer: a note holds
 * a limited number of lines, and a witness must not be able to fill it.
 */
function cosignatureIn({ vkey }: Witness, note: string, answer: string): string {
  const { text } = parseNote(note);
  const line = answer.split('\n').find((found) => {
    try {
      return verifyCosignatures(`${text}\n${found}\n`, [vkey]).length === 1;
    } catch (error) {
      if (error instanceof NoteError) return false;
      throw error;
    }
  });
  if (line === undefined) throw new NoCosignature('its answer holds no cosignature of its key that verifies');
  return line;
}

/** The work must end, whether or not what it waits for looks at the signal. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new NoCosignature(`it did not answer within ${timeoutMs} ms`);
      reject(error);
      controller.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NoCosignature || error instanceof RangeError) return error.message;
  return `it could not be asked (${nameOf(error)})`;
}

/** The first line of what it said, without what could steer a terminal. */
function said(answer: string): string {
  const line = (answer.split('\n')[0] ?? '').replace(/\p{C}/gu, '').slice(0, 200);
  return line === '' ? '' : `: ${line}`;
}
