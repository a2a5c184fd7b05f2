/**
 * What was read of texts that come again and again: actors, events, states. A few for each sum over some of their bytes,
 * the oldest of these given up for a new one: so it is bounded whatever the leaves are, and a text is found without a look
 * at all of it. That it is the same text is then told by comparing all of it.
 */
const WAYS = 4;
const EVERY = 4;
/** A longer text is rare, and costs little more to read anew than to remember. */
const LONGEST = 4 * 1024;

export class SeenTexts<T> {
  private readonly texts: (string | undefined)[];
  private readonly found: (T | undefined)[];
  private next = 0;

  /** `sums` is a power of two. Memory: 16 KiB for each at most. */
  constructor(private readonly sums: number) {
    this.texts = Array.from({ length: sums * WAYS }, () => undefined);
    this.found = Array.from({ length: sums * WAYS }, () => undefined);
  }

  /** Undefined where this text is not known, or not any more. It stands in these bytes from `from` on, as Latin-1. */
  get(text: string, bytes: Uint8Array, from: number): T | undefined {
    const first = this.placeOf(bytes, from, text.length);
    for (let i = first; i < first + WAYS; i += 1) if (this.texts[i] === text) return this.found[i];
    return undefined;
  }

  add(text: string, bytes: Uint8Array, from: number, found: T): void {
    if (text.length > LONGEST) return;
    const place = this.placeOf(bytes, from, text.length) + this.next;
    this.next = (this.next + 1) % WAYS;
    this.texts[place] = ownText(text);
    this.found[place] = found;
  }

  private placeOf(bytes: Uint8Array, from: number, length: number): number {
    let sum = length;
    for (let i = from + length - 1; i >= from; i -= EVERY)
      sum = Math.imul(sum ^ (bytes[i] ?? 0), 0x0100_0193);
    return ((sum ^ (sum >>> 15)) & (this.sums - 1)) * WAYS;
  }
}

/** The same text in memory of its own: a part of a text keeps all of that alive. There are no lone surrogates in it. */
export function ownText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
