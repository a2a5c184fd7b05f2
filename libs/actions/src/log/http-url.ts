/**
 * An address from the configuration that this process will post to: http or https, and nothing else. Throws a TypeError
 * that names the setting. An address inside one's own network is allowed, for that is where witnesses often are; so
 * answers are read only as far as the protocol goes, and redirects are not followed.
 */
export function httpUrl(text: string, what: string): URL {
  if (!URL.canParse(text)) throw new TypeError(`${what} is no URL: give one that begins with https://`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`${what} begins with ${url.protocol}//: only https:// and http:// are posted to`);
  return url;
}

/** Code of the cause, or name of the error. Never the message: it may hold the address, and with it a secret. */
export function nameOf(error: unknown): string {
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: { code?: unknown } };
  const said = cause?.code ?? name;
  return typeof said === 'string' ? said : 'unknown';
}

/** The body, whole. Rejects with a RangeError where it is longer, and reads no further. */
export async function bodyWithin(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
