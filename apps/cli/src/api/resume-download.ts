import { type ClientOptions, type Download, openDownload } from './client.js';
import { ApiError } from './problem.js';
import { sleep as realSleep } from '../sleep.js';

/** Where the bytes of a download go. */
export interface Target {
  /** Writes at the end of what is there. */
  write(chunk: Uint8Array): Promise<void>;
  /** Throws away everything that was written. */
  clear(): Promise<void>;
}

export interface Progress {
  /** After each piece: bytes that are there. */
  arrived(bytes: number): void;
  /** The connection broke with so many bytes there; the download goes on, from there or from the start. */
  broke(bytes: number, resumes: boolean): void;
}

/** Tries without a single byte in between, and the pause before the next one, which doubles. */
const MAX_BARREN = 5;
const PAUSE_MS = 500;

/**
 * Brings a file of the API to its end, and returns how many bytes it has. Where the connection breaks and the server said
 * how the same bytes can be had again (ETag and Content-Location), the rest is asked for; where they cannot be the same any
 * more, all of it is brought anew, from the beginning. Where the server said nothing of the kind, a broken connection is
 * an error. What the server refuses is an ApiError.
 */
export async function resumeDownload(
  options: ClientOptions,
  path: string,
  target: Target,
  progress: Progress,
): Promise<number> {
  const state: State = { bytes: 0 };
  for (let barren = 0; ;) {
    const before = state.bytes;
    try {
      await bring(options, path, state, target, progress);
      return state.bytes;
    } catch (error) {
      if (options.signal?.aborted || state.again === undefined || isForGood(error)) throw error;
      barren = state.bytes > before ? 0 : barren + 1;
      if (barren >= MAX_BARREN) throw error;
      progress.broke(state.bytes, true);
      await (options.sleep ?? realSleep)(PAUSE_MS * 2 ** barren);
    }
  }
}

interface State {
  bytes: number;
  again?: { readonly path: string; readonly tag: string };
}

/** One answer, to its end. */
async function bring(
  options: ClientOptions,
  path: string,
  state: State,
  target: Target,
  progress: Progress,
): Promise<void> {
  const { body, status, headers } = await opened(options, path, state, progress);
  const continues =
    status === 206 && headers.get('content-range')?.startsWith(`bytes ${state.bytes}-`) === true;
  if (!continues) {
    await target.clear();
    state.bytes = 0;
  }
  const again = againOf(headers);
  if (again) state.again = again;
  for await (const chunk of body) {
    await target.write(chunk);
    state.bytes += chunk.length;
    progress.arrived(state.bytes);
  }
}

/** The rest, where some of it is there; a server that can no longer give it is asked for all of it anew. */
async function opened(
  options: ClientOptions,
  path: string,
  state: State,
  progress: Progress,
): Promise<Download> {
  const { again, bytes } = state;
  if (!again) return openDownload(options, path);
  const range = { range: `bytes=${bytes}-`, 'if-range': again.tag };
  try {
    return await openDownload(options, again.path, bytes > 0 ? range : {});
  } catch (error) {
    if (!(error instanceof ApiError) || ![404, 412, 416].includes(error.status)) throw error;
    progress.broke(bytes, false);
    delete state.again;
    return openDownload(options, path);
  }
}

/** A refusal stays one; what broke off, or is not to be had just now, may be tried again. */
function isForGood(error: unknown): boolean {
  if (error instanceof ApiError) return error.status !== 503 && error.status !== 429;
  return error instanceof WriteError;
}

/** The bytes could not be kept: another try would end the same way. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

function againOf(headers: Headers): State['again'] {
  const [location, tag] = [headers.get('content-location'), headers.get('etag')];
  // Nothing but the API of this server, and no weak tag: bytes have to be the same.
  if (!location?.startsWith('/api/v1/') || !tag?.startsWith('"')) return undefined;
  return { path: location.slice('/api/v1'.length), tag };
}
