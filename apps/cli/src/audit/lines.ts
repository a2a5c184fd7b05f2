/** A line longer than this is refused before it is read as JSON: a leaf has at most 65,535 bytes, and is carried twice. */
const MAX_LINE_BYTES = 1024 * 1024;

/** A line's exact text, or why it is none. `complete` is false for a last line without its line feed. */
export type Line = { readonly text: string; readonly complete: boolean } | { readonly unreadable: string };

/**
 * Splits bytes into lines at LF in constant memory. Bytes that are not UTF-8 make a line unreadable: replacing them
 * would change what is hashed. Ends after the first line that is too long.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(10, start); end >= 0; end = rest.indexOf(10, start)) {
      yield lineOf(rest.subarray(start, end), true);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > MAX_LINE_BYTES) break;
  }
  if (rest.length > 0) yield lineOf(rest, false);
}

function lineOf(bytes: Uint8Array, complete: boolean): Line {
  if (bytes.length > MAX_LINE_BYTES) return { unreadable: `it is longer than ${MAX_LINE_BYTES} bytes` };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), complete };
  } catch {
    return { unreadable: 'it holds bytes that are not UTF-8 text' };
  }
}
