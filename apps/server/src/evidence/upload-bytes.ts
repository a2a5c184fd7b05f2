import type { Request } from 'express';
import { ProblemError, say } from '../http/problem-error.js';

/** The longest silence of a sender. */
const SILENCE_MS = 60_000;
/** The bytes of a request as they come. Throws `malformed` when they stop early, or do not come for too long. */
export async function* uploadBytes(request: Request, silenceMs = SILENCE_MS): AsyncGenerator<Uint8Array> {
  const iterator = request.iterator({ destroyOnReturn: false });
  let waiting = false;
  try {
    for (;;) {
      waiting = true;
      const next = await within(iterator.next(), silenceMs);
      waiting = false;
      if (next.done === true) return;
      yield next.value as Uint8Array;
    }
  } catch {
    throw new ProblemError('malformed', say('The body ended early.', '請求內容未完整送達。'));
  } finally {
    // An iterator that still waits for bytes would wait before it ends.
    if (!waiting) await iterator.return?.();
  }
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing came')), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
