import type { Json } from '@cordon/kernel';
import { CliError, exitCodes, reasonOf, Stopped } from '../exit-codes.js';
import { sleep as realSleep } from '../sleep.js';
import { type ApiError, problemOf } from './problem.js';
import type { Page } from './shapes.js';

/**
 * One person's hands on the API. Paths start behind `/api/v1`. A refusal throws ApiError; a server that cannot be reached
 * throws CliError. What may be sent twice without harm is sent again, with the same idempotency key, after a network
 * error, and everything after a 429 or 503, as the server's Retry-After says.
 */
export interface ApiClient {
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
  /** The body as it arrives. Only the start is retried. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
  /**
   * With a key the answer to a repeated call is the first one's; without a key a lost answer is an error. With a revision
   * the server refuses (412) when the incident is at another.
   */
  post<T>(path: string, body: Json, key?: string, revision?: number): Promise<T>;
  delete(path: string): Promise<void>;
  /** The same server as another person. */
  as(token: string): ApiClient;
}

export interface ClientOptions {
  readonly server: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
  readonly sleep?: (ms: number) => Promise<void>;
  /** Ends requests that are under way. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Json;
  readonly key?: string | undefined;
  readonly revision?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_ATTEMPTS = 6;
const MAX_PAUSE_MS = 30_000;
const TIMEOUT_MS = 30_000;

export function httpClient(options: ClientOptions): ApiClient {
  const json = async <T>(call: Call): Promise<T> => JSON.parse(await attempt(options, call, readText)) as T;
  return {
    get: (path) => json({ method: 'GET', path }),
    text: (path) => attempt(options, { method: 'GET', path }, readText),
    stream: (path) => attempt(options, { method: 'GET', path }, readStream, false),
    post: (path, body, key, revision) => json({ method: 'POST', path, body, key, revision }),
    delete: async (path) => void (await attempt(options, { method: 'DELETE', path }, readText)),
    as: (token) => httpClient({ ...options, token }),
  };
}

/** An answer whose headers matter too. Its body comes as it arrives; only the start is retried. */
export interface Download {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Opens a file of the API as `ApiClient.stream` does. `path` starts behind `/api/v1`. */
export function openDownload(
  options: ClientOptions,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Download> {
  const read = async (response: Response): Promise<Download> => ({
    status: response.status,
    headers: response.headers,
    body: await readStream(response),
  });
  return attempt(options, { method: 'GET', path, headers }, read, false);
}

/** Every item of a paged list, in order. */
export async function* pages<T>(api: ApiClient, path: string): AsyncGenerator<readonly T[]> {
  const start = path.includes('?') ? `${path}&` : `${path}?`;
  let cursor: string | null | undefined;
  do {
    const query: string = cursor ? `${start}cursor=${encodeURIComponent(cursor)}` : start.slice(0, -1);
    const page = await api.get<Page<T>>(query);
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor);
}

/** `limited`: the time limit covers the body too; a stream may take as long as it flows. */
async function attempt<T>(
  options: ClientOptions,
  call: Call,
  read: (response: Response) => Promise<T>,
  limited = true,
): Promise<T> {
  const pause = options.sleep ?? realSleep;
  for (let n = 1; ; n += 1) {
    const result = await once(options, call, read, limited);
    if ('value' in result) return result.value;
    const { error, retryAfterMs } = result;
    if (retryAfterMs === undefined || n >= MAX_ATTEMPTS) throw error;
    await pause(Math.min(MAX_PAUSE_MS, retryAfterMs || 100 * 2 ** n));
  }
}

/** A failure with `retryAfterMs` may be tried again after that time; 0 leaves the time to the caller. */
type Attempt<T> =
  { readonly value: T } | { readonly error: ApiError | CliError; readonly retryAfterMs?: number };

async function once<T>(
  options: ClientOptions,
  call: Call,
  read: (response: Response) => Promise<T>,
  limited: boolean,
): Promise<Attempt<T>> {
  try {
    const response = await (options.fetch ?? fetch)(
      urlOf(options.server, call.path),
      request(options, call, limited),
    );
    if (response.ok) return { value: await read(response) };
    const error = problemOf(response.status, await response.text());
    const busy = response.status === 503 || response.status === 429;
    return busy ? { error, retryAfterMs: retryAfter(response) } : { error };
  } catch (error) {
    if (options.signal?.aborted)
      throw options.signal.reason instanceof Error ? options.signal.reason : new Stopped(130);
    const harmless = call.method !== 'POST' || call.key !== undefined;
    return { error: unreachable(options.server, error), ...(harmless ? { retryAfterMs: 0 } : {}) };
  }
}

function request(options: ClientOptions, call: Call, limited: boolean): RequestInit {
  const limit = limited ? [AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)] : [];
  const signals = options.signal ? [options.signal, ...limit] : limit;
  return {
    method: call.method,
    redirect: 'error',
    headers: {
      authorization: `Bearer ${options.token}`,
      ...call.headers,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(call.key === undefined ? {} : { 'idempotency-key': call.key }),
      ...(call.revision === undefined ? {} : { 'if-match': `"v${call.revision}"` }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
  };
}

function urlOf(server: string, path: string): string {
  return `${server.replace(/\/+$/, '')}/api/v1${path}`;
}

/** Retry-After is seconds or an HTTP date. */
function retryAfter(response: Response): number {
  const text = response.headers.get('retry-after');
  if (text === null) return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function unreachable(server: string, error: unknown): CliError {
  return new CliError(
    `The server at ${server} cannot be reached (${reasonOf(error)}): start it with "npm start", or name another with --server URL.`,
    exitCodes.failure,
  );
}

function readText(response: Response): Promise<string> {
  return response.text();
}

function readStream(response: Response): Promise<AsyncIterable<Uint8Array>> {
  return Promise.resolve((response.body ?? []) as unknown as AsyncIterable<Uint8Array>);
}
