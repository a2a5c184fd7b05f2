/** Matching JSON that can be spelt in one way only, from front to back. */
import { MAX_DEPTH } from './strict-json.js';

const [QUOTE, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 44, 91, 93, 123, 125];
const [ZERO, NINE] = [48, 57];
/** A number with fewer digits is exact, and has no other spelling. */
const MAX_DIGITS = 15;

/** The text does not match. */
export const MISMATCH = new Error('the text does not match');

/**
 * Text that has no escapes and nothing that JSON would have to escape, so that a quotation mark always begins or ends a
 * string. Each method goes on behind what it matches, or throws MISMATCH.
 */
export abstract class PlainText {
  protected text = '';
  protected at = 0;

  /** Goes on behind the literal where it stands here. */
  protected has(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  protected expect(literal: string): void {
    if (!this.has(literal)) throw MISMATCH;
  }

  /** A string that begins within the literal. */
  protected string(literal: string): string {
    this.expect(literal);
    return this.rest();
  }

  /** What is left of a string. */
  protected rest(): string {
    const end = this.text.indexOf('"', this.at);
    if (end < 0) throw MISMATCH;
    const found = this.text.slice(this.at, end);
    this.at = end + 1;
    return found;
  }

  protected number(literal: string): number {
    this.expect(literal);
    return this.digits();
  }

  private digits(): number {
    const start = this.at;
    let value = 0;
    for (let digit = this.digitAt(start); digit >= 0; digit = this.digitAt(this.at)) {
      value = value * 10 + digit;
      this.at += 1;
    }
    const digits = this.at - start;
    if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && this.digitAt(start) === 0)) throw MISMATCH;
    return value;
  }

  private digitAt(at: number): number {
    const digit = this.text.charCodeAt(at) - 48;
    return digit >= 0 && digit <= 9 ? digit : -1;
  }

  /** Any value whose numbers are short whole ones, its members in order; `depth` is how many values it stands in. */
  protected skip(depth: number): void {
    const first = this.text.charCodeAt(this.at);
    if (first === QUOTE) {
      this.at += 1;
      this.rest();
    } else if (first === OPEN_OBJECT) {
      if (depth >= MAX_DEPTH) throw MISMATCH;
      this.skipObject(depth);
    } else if (first === OPEN_LIST) {
      if (depth >= MAX_DEPTH) throw MISMATCH;
      this.at += 1;
      if (this.text.charCodeAt(this.at) === CLOSE_LIST) this.at += 1;
      else this.skipItems(depth);
    } else if (first >= ZERO && first <= NINE) {
      this.digits();
    } else if (!this.has('null') && !this.has('true') && !this.has('false')) {
      throw MISMATCH;
    }
  }

  private skipItems(depth: number): void {
    for (;;) {
      this.skip(depth + 1);
      const next = this.text.charCodeAt(this.at);
      this.at += 1;
      if (next === CLOSE_LIST) return;
      if (next !== COMMA) throw MISMATCH;
    }
  }

  private skipObject(depth: number): void {
    this.at += 1;
    if (this.text.charCodeAt(this.at) === CLOSE_OBJECT) {
      this.at += 1;
      return;
    }
    for (let before: string | undefined; ;) {
      const name = this.string('"');
      if (before !== undefined && name <= before) throw MISMATCH;
      before = name;
      this.expect(':');
      this.skip(depth + 1);
      const next = this.text.charCodeAt(this.at);
      this.at += 1;
      if (next === CLOSE_OBJECT) return;
      if (next !== COMMA) throw MISMATCH;
    }
  }
}
