/** Small pieces gathered to pieces that are worth sending. */

const PIECE = 64 * 1024;
const LINE_FEED = Buffer.from('\n');

/** Each line with a line feed after it. */
export async function* linesOf(lines: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  const pieces = new Pieces();
  for await (const line of lines) {
    pieces.add(line);
    pieces.add(LINE_FEED);
    if (pieces.size >= PIECE) yield pieces.take();
  }
  if (pieces.size > 0) yield pieces.take();
}

/** The text as UTF-8, or the bytes as they are. */
export async function* textOf(text: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  const pieces = new Pieces();
  for await (const piece of text) {
    pieces.add(piece);
    if (pieces.size >= PIECE) yield pieces.take();
  }
  if (pieces.size > 0) yield pieces.take();
}

class Pieces {
  size = 0;
  private parts: Uint8Array[] = [];

  add(piece: string | Uint8Array): void {
    const bytes = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece;
    this.parts.push(bytes);
    this.size += bytes.length;
  }

  take(): Buffer {
    const whole = Buffer.concat(this.parts);
    this.parts = [];
    this.size = 0;
    return whole;
  }
}
