/**
 * A line of openings as the checks need it: docs/audit.md section 4. Nearly every line has no escapes; what is committed to
 * is then put together from its own text, and its values are read only where a check asks for them. Any other line is read
 * the long way, which decides what is a line of openings.
 */
import { canonicalJson, isJsonObject, type Json } from '@cordon/kernel';
import type { OpeningsLine, ShownOpening } from '../bundle/documents.js';
import { isOpen } from '../leaf.js';
import { isPlain } from './plain-bytes.js';
import { MISMATCH, PlainText } from './plain-text.js';
import { readStrict } from './strict-json.js';

/** What is shown of one commitment. */
export interface ReadOpening {
  readonly key: string;
  readonly subject: string | undefined;
  /** RFC 8785 text of `[salt, key, value]`; undefined for one that is withheld. */
  readonly disclosure: string | undefined;
  /** For one that is not withheld. */
  readonly value: () => Json;
}

/** What the leaf of this index commits to. */
export interface ReadOpenings {
  readonly index: number;
  readonly openings: readonly ReadOpening[];
}

/** Reads the exact bytes of lines. */
export class OpeningsReader {
  private readonly plain = new PlainOpenings();

  /** Undefined for what is not in the form of a line of openings. O(bytes). */
  read(bytes: Buffer): ReadOpenings | undefined {
    const plain = this.plain.read(bytes);
    if (plain) return plain;
    const line = parseOpenings(bytes);
    return line && { index: line.index, openings: line.openings.map(asRead) };
  }
}

/** The line with all that it says; undefined for what is not in the form of one. O(bytes). */
export function parseOpenings(bytes: Buffer): OpeningsLine | undefined {
  const read = readStrict(bytes);
  if (read.flaw !== undefined || !isJsonObject(read.value)) return undefined;
  const { index, openings, ...more } = read.value;
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) return undefined;
  if (!Array.isArray(openings) || Object.keys(more).length > 0) return undefined;
  return (openings as readonly Json[]).every(isShownOpening)
    ? { index, openings: openings as unknown as readonly ShownOpening[] }
    : undefined;
}

function isShownOpening(value: Json): boolean {
  if (!isJsonObject(value) || typeof value['key'] !== 'string') return false;
  const { subject, salt } = value;
  const members = Object.keys(value).length;
  if (value['withheld'] !== undefined)
    return value['withheld'] === true && typeof subject === 'string' && members === 3;
  if (typeof salt !== 'string' || value['value'] === undefined) return false;
  return subject === undefined ? members === 3 : typeof subject === 'string' && members === 4;
}

function asRead(opening: ShownOpening): ReadOpening {
  const { key, subject } = opening;
  if (!isOpen(opening)) return { key, subject, disclosure: undefined, value: noValue };
  const { salt, value } = opening;
  return { key, subject, disclosure: canonicalJson([salt, key, value]), value: () => value };
}

function noValue(): never {
  throw new TypeError('a value that is withheld is not there');
}

/** A value stands in an opening, in the list of them, in the object of the line. */
const VALUE_DEPTH = 3;
/** What may be spelt otherwise, or is not UTF-8: U+FFFD stands for that, and may also stand there itself. */
const NOT_PLAIN = /[\u0000-\u001f\\\ufffd]/; // eslint-disable-line no-control-regex

class PlainOpenings extends PlainText {
  read(bytes: Buffer): ReadOpenings | undefined {
    const ascii = isPlain(bytes);
    this.text = bytes.toString(ascii ? 'latin1' : 'utf8');
    if (!ascii && NOT_PLAIN.test(this.text)) return undefined;
    this.at = 0;
    try {
      return this.line();
    } catch (error) {
      if (error === MISMATCH) return undefined;
      throw error;
    }
  }

  private line(): ReadOpenings {
    const index = this.number('{"index":');
    this.expect(',"openings":[');
    const openings: ReadOpening[] = [];
    if (!this.has(']')) {
      do openings.push(this.opening());
      while (this.has(','));
      this.expect(']');
    }
    this.expect('}');
    if (this.at !== this.text.length) throw MISMATCH;
    return { index, openings };
  }

  private opening(): ReadOpening {
    const key = this.string('{"key":"');
    const salt = this.has(',"salt":"') ? this.rest() : undefined;
    const subject = this.has(',"subject":"') ? this.rest() : undefined;
    if (salt === undefined) {
      this.expect(',"withheld":true}');
      if (subject === undefined) throw MISMATCH;
      return { key, subject, disclosure: undefined, value: noValue };
    }
    this.expect(',"value":');
    const start = this.at;
    this.skip(VALUE_DEPTH);
    const text = this.text.slice(start, this.at);
    this.expect('}');
    const disclosure = `["${salt}","${key}",${text}]`;
    return { key, subject, disclosure, value: () => JSON.parse(text) as Json };
  }
}
