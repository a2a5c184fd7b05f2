/** One request to a running server, and its answer as it came. */
export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly json?: unknown;
  /** Sent as it is, said to be JSON. */
  readonly raw?: string | Uint8Array;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The body where it is a JSON object; empty otherwise. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

const TIMEOUT_MS = 30_000;

/** Rejects when the connection breaks or no answer comes; any answer at all is returned. */
export async function ask(url: string, { method, token, json, raw, key, headers }: Ask = {}): Promise<Reply> {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  return { status: response.status, text, body: objectIn(text), headers: response.headers };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
