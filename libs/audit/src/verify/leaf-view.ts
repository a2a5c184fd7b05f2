/**
 * A leaf as the checks see it. Nearly every leaf is plain ASCII without escapes, and is read by matching the one spelling
 * that RFC 8785 allows, member after member; it costs a third of parsing it and writing it again. Whatever does not match
 * is read the long way, which also says what is wrong: the short way never decides that a leaf is unsound.
 */
import type { Leaf } from '../leaf.js';
import { asLeaf, isOfJournal, isTime, leafFlaw } from './leaf-form.js';
import { isPlain } from './plain-bytes.js';
import { MAX_DEPTH, readStrict } from './strict-json.js';

export interface LeafView extends Pick<
  Leaf,
  'kind' | 'log' | 'incident' | 'seq' | 'revision' | 'prev' | 'at' | 'event'
> {
  /** Commitments. */
  readonly sd: readonly string[] | undefined;
  /** It is of the deployment's own chain. */
  readonly journal: boolean;
  /** RFC 8785 texts. */
  readonly fromText: string;
  readonly toText: string;
}

export type ReadLeaf =
  | { readonly flaw: undefined; readonly leaf: LeafView }
  | { readonly flaw: 'E_LEAF_FORMAT' | 'E_NONCANONICAL'; readonly why: string };

/** Reads the exact bytes of a leaf. Never throws. */
export function readLeafView(bytes: Buffer): ReadLeaf {
  if (isPlain(bytes)) {
    const leaf = new PlainLeaf(bytes, bytes.toString('latin1')).read();
    if (leaf) return { flaw: undefined, leaf };
  }
  const read = readStrict(bytes);
  if (read.flaw !== undefined)
    return read.flaw === 'form'
      ? { flaw: 'E_LEAF_FORMAT', why: 'is not JSON in UTF-8' }
      : { flaw: 'E_NONCANONICAL', why: 'is not in the form of RFC 8785' };
  const why = leafFlaw(read.value);
  if (why !== undefined) return { flaw: 'E_LEAF_FORMAT', why };
  const leaf = asLeaf(read.value);
  const [fromText, toText] = [JSON.stringify(leaf.from), JSON.stringify(leaf.to)];
  return { flaw: undefined, leaf: { ...leaf, sd: leaf.sd, journal: isOfJournal(leaf), fromText, toText } };
}

const COMMITMENT = /^[A-Za-z0-9_-]{43}$/;
const [QUOTE, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 44, 91, 93, 123, 125];
const DIGEST_CHARS = 64;
const UUID_CHARS = 36;
const UUID_DIGITS = 32;
const UUID_DASHES = [8, 13, 18, 23];
const DASH = 45;
const MAX_DIGITS = 15;

/** By code: 1 for a lowercase hexadecimal digit. */
const HEX = Uint8Array.from({ length: 256 }, (_, code) => Number(/[0-9a-f]/.test(String.fromCharCode(code))));

/** The text does not match. Caught here, and nowhere else. */
const MISMATCH = new Error('the text does not match');

/** Matches text that has no escapes, so that a quotation mark always begins or ends a string. */
class PlainLeaf {
  private at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly text: string,
  ) {}

  read(): LeafView | undefined {
    try {
      return this.leaf();
    } catch (error) {
      if (error === MISMATCH) return undefined;
      throw error;
    }
  }

  private leaf(): LeafView {
    this.actor();
    const at = this.time(',"at":"');
    const event = this.event();
    const fromText = this.value(',"from":');
    const incident = this.uuid(',"incident":"');
    const kind = this.string(',"kind":"');
    const log = this.string(',"log":"');
    const machine = this.has(',"machine":"sha256:') && this.digest();
    this.expect(',"occurredAt":"');
    const occurredAt = this.rest();
    if (occurredAt !== at && !isTime(occurredAt)) throw MISMATCH;
    this.expect(',"prev":"');
    this.digest();
    const prev = this.text.slice(this.at - DIGEST_CHARS - 1, this.at - 1);
    const rejected = this.has(',"rejection":"') && this.rest() !== undefined;
    const revision = this.number(',"revision":');
    const sd = this.has(',"sd":[') ? this.commitments() : undefined;
    const seq = this.number(',"seq":');
    const state = this.has(',"state":"sha256:') && this.digest();
    if (this.has(',"system":{"from":"')) this.system();
    const toText = this.value(',"to":');
    this.expect(',"v":1}');
    if (this.at !== this.text.length || seq < 1 || machine !== state || rejected !== (kind === 'rejection'))
      throw MISMATCH;
    const moves = kind === 'opened' || kind === 'transition';
    const still = fromText === 'null' && toText === 'null';
    const fits = machine ? moves || rejected : still && (kind === 'journal' || rejected);
    if (!fits) throw MISMATCH;
    return {
      at,
      event,
      fromText,
      incident,
      journal: !machine,
      kind: kind as LeafView['kind'],
      log,
      prev,
      revision,
      sd,
      seq,
      toText,
    };
  }

  private actor(): void {
    this.string('{"actor":{"id":"');
    this.expect(',"roles":[');
    for (let first = true; !this.has(']'); first = false) this.string(first ? '"' : ',"');
    if (!this.has(',"type":"person"}')) this.expect(',"type":"system"}');
  }

  private event(): LeafView['event'] {
    this.expect(',"event":{');
    const step = this.has('"step":"') ? this.rest() : undefined;
    if (step !== undefined) this.expect(',');
    const subject = this.has('"subject":"') ? this.rest() : undefined;
    if (subject !== undefined) this.expect(',');
    const type = this.string('"type":"');
    this.expect('}');
    if (step === undefined) return subject === undefined ? { type } : { type, subject };
    return subject === undefined ? { type, step } : { type, step, subject };
  }

  private system(): void {
    this.rest();
    this.string(',"id":"');
    this.string(',"to":"');
    this.expect('}');
  }

  private commitments(): readonly string[] {
    const found: string[] = [];
    for (let before = ''; ;) {
      const one = this.fitting('"', COMMITMENT);
      if (one <= before) throw MISMATCH;
      found.push(one);
      before = one;
      if (this.has(']')) return found;
      this.expect(',');
    }
  }

  /** Goes on behind the literal where it stands here. */
  private has(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  private expect(literal: string): void {
    if (!this.has(literal)) throw MISMATCH;
  }

  /** A string that begins within the literal. */
  private string(literal: string): string {
    this.expect(literal);
    return this.rest();
  }

  /** What is left of a string. */
  private rest(): string {
    const end = this.text.indexOf('"', this.at);
    if (end < 0) throw MISMATCH;
    const found = this.text.slice(this.at, end);
    this.at = end + 1;
    return found;
  }

  private fitting(literal: string, form: RegExp): string {
    const found = this.string(literal);
    if (!form.test(found)) throw MISMATCH;
    return found;
  }

  private time(literal: string): string {
    this.expect(literal);
    const start = this.at;
    if (!isTime(this.rest())) throw MISMATCH;
    // A text of its own: a part of the leaf's would keep all of that, and is slower to compare.
    return this.bytes.toString('latin1', start, this.at - 1);
  }

  private digest(): boolean {
    if (this.hexDigits(DIGEST_CHARS) !== DIGEST_CHARS) throw MISMATCH;
    this.at += DIGEST_CHARS;
    this.expect('"');
    return true;
  }

  private uuid(literal: string): string {
    this.expect(literal);
    const { bytes, at } = this;
    if (this.hexDigits(UUID_CHARS) !== UUID_DIGITS) throw MISMATCH;
    for (const dash of UUID_DASHES) if (bytes[at + dash] !== DASH) throw MISMATCH;
    this.at += UUID_CHARS;
    this.expect('"');
    return this.text.slice(at, at + UUID_CHARS);
  }

  /** How many of the next bytes are hexadecimal digits. */
  private hexDigits(among: number): number {
    const { bytes, at } = this;
    let digits = 0;
    for (let i = at; i < at + among; i += 1) digits += HEX[bytes[i] ?? 0] ?? 0;
    return digits;
  }

  private number(literal: string): number {
    this.expect(literal);
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

  private value(literal: string): string {
    this.expect(literal);
    const start = this.at;
    this.skip(0);
    return this.text.slice(start, this.at);
  }

  /** Any value without numbers, its members in order. */
  private skip(depth: number): void {
    if (depth >= MAX_DEPTH) throw MISMATCH;
    const first = this.text.charCodeAt(this.at);
    if (first === QUOTE) {
      this.at += 1;
      this.rest();
    } else if (first === OPEN_OBJECT) {
      this.skipObject(depth);
    } else if (first === OPEN_LIST) {
      this.at += 1;
      if (this.text.charCodeAt(this.at) === CLOSE_LIST) this.at += 1;
      else this.skipItems(depth);
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
