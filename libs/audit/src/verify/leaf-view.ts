/**
 * A leaf as the checks see it. Nearly every leaf is plain ASCII without escapes, and is read by matching the one spelling
 * that RFC 8785 allows, member after member; it costs a third of parsing it and writing it again. Whatever does not match
 * is read the long way, which also says what is wrong: the short way never decides that a leaf is unsound.
 */
import { canonicalJson } from '@cordon/kernel';
import type { Leaf } from '../leaf.js';
import { asLeaf, isOfJournal, isTime, leafFlaw } from './leaf-form.js';
import { isPlain } from './plain-bytes.js';
import { MISMATCH, PlainText } from './plain-text.js';
import { ownText, SeenTexts } from './seen-texts.js';
import { readStrict } from './strict-json.js';

export interface LeafView extends Pick<
  Leaf,
  'kind' | 'log' | 'incident' | 'seq' | 'revision' | 'prev' | 'at' | 'event' | 'pd'
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

/** Reads the exact bytes of leaves. Never throws. */
export class LeafReader {
  private readonly plain = new PlainLeaves();

  read(bytes: Buffer): ReadLeaf {
    const plain = this.plain.read(bytes);
    return plain ? { flaw: undefined, leaf: plain } : readAnyLeaf(bytes);
  }
}

function readAnyLeaf(bytes: Buffer): ReadLeaf {
  const read = readStrict(bytes);
  if (read.flaw !== undefined)
    return read.flaw === 'form'
      ? { flaw: 'E_LEAF_FORMAT', why: 'is not JSON in UTF-8' }
      : { flaw: 'E_NONCANONICAL', why: 'is not in the form of RFC 8785' };
  const why = leafFlaw(read.value);
  if (why !== undefined) return { flaw: 'E_LEAF_FORMAT', why };
  const leaf = asLeaf(read.value);
  const [fromText, toText] = [canonicalJson(leaf.from), canonicalJson(leaf.to)];
  return { flaw: undefined, leaf: { ...leaf, sd: leaf.sd, journal: isOfJournal(leaf), fromText, toText } };
}

const COMMITMENT = /^[A-Za-z0-9_-]{43}$/;
const DIGEST_CHARS = 64;
const UUID_CHARS = 36;
const UUID_DIGITS = 32;
const UUID_DASHES = [8, 13, 18, 23];
const DASH = 45;

/** By code: 1 for a lowercase hexadecimal digit. */
const HEX = Uint8Array.from({ length: 256 }, (_, code) => Number(/[0-9a-f]/.test(String.fromCharCode(code))));

/** Members that follow one another, and take few values. */
type Belonging = Pick<LeafView, 'kind' | 'log' | 'journal'>;

/**
 * Matches text that has no escapes, so that a quotation mark always begins or ends a string; of every part that could have
 * some, it is looked whether it has. A part that was matched before, in the same place between the same members, is not
 * matched again: JSON says by itself where a value ends, so that the same text followed by what follows it is the same part.
 */
class PlainLeaves extends PlainText {
  private readonly actors = new SeenTexts<true>(64);
  private readonly events = new SeenTexts<LeafView['event']>(64);
  private readonly belongings = new SeenTexts<Belonging>(16);
  /** Their own texts: a part of the leaf's would keep all of that. */
  private readonly states = new SeenTexts<string>(256);
  private bytes: Buffer = Buffer.alloc(0);

  read(bytes: Buffer): LeafView | undefined {
    this.bytes = bytes;
    this.text = bytes.toString('latin1');
    this.at = 0;
    try {
      return this.leaf();
    } catch (error) {
      if (error === MISMATCH) return undefined;
      throw error;
    }
  }

  private leaf(): LeafView {
    this.part(this.actors, ',"at":"', this.actor);
    const at = this.time(',"at":"');
    const event = this.part(this.events, ',"from":', this.event);
    const fromText = this.state(',"from":', ',"incident":"');
    const incident = this.uuid(',"incident":"');
    const { kind, log, journal } = this.part(this.belongings, ',"occurredAt":"', this.belonging);
    this.expect(',"occurredAt":"');
    const occurredAt = this.rest();
    if (occurredAt !== at && !isTime(occurredAt)) throw MISMATCH;
    this.expect(',"prev":"');
    this.digest();
    const prev = this.text.slice(this.at - DIGEST_CHARS - 1, this.at - 1);
    const rejected = this.has(',"rejection":"') && this.anyText();
    const revision = this.number(',"revision":');
    const sd = this.has(',"sd":[') ? this.commitments() : undefined;
    const seq = this.number(',"seq":');
    const state = this.has(',"state":"sha256:') && this.digest();
    if (this.has(',"system":{"from":"')) this.system();
    const toText = this.state(',"to":', ',"v":1}');
    this.expect(',"v":1}');
    if (this.at !== this.text.length || seq < 1 || journal === state || rejected !== (kind === 'rejection'))
      throw MISMATCH;
    const moves = kind === 'opened' || kind === 'transition';
    const still = fromText === 'null' && toText === 'null';
    const fits = journal ? still && (kind === 'journal' || rejected) : moves || rejected;
    if (!fits) throw MISMATCH;
    return { at, event, fromText, incident, journal, kind, log, prev, revision, sd, seq, toText };
  }

  /** The part from here to where `next` stands: as it was read before, or as `read` reads it, which goes on behind it. */
  private part<T>(seen: SeenTexts<T>, next: string, read: () => T): T {
    const start = this.at;
    const end = this.text.indexOf(next, start);
    if (end < 0) throw MISMATCH;
    const text = this.text.slice(start, end);
    const known = seen.get(text, this.bytes, start);
    if (known !== undefined) {
      this.at = end;
      return known;
    }
    const found = read.call(this);
    this.plainFrom(start);
    if (this.at === end) seen.add(text, this.bytes, start, found);
    return found;
  }

  /** What was read since then has no escapes: else its quotation marks were not what they were taken for. */
  private plainFrom(start: number): void {
    if (!isPlain(this.bytes.subarray(start, this.at))) throw MISMATCH;
  }

  private state(before: string, next: string): string {
    this.expect(before);
    return this.part(this.states, next, this.value);
  }

  private value(): string {
    const start = this.at;
    this.skip(1);
    return ownText(this.text.slice(start, this.at));
  }

  private actor(): true {
    this.string('{"actor":{"id":"');
    this.expect(',"roles":[');
    for (let first = true; !this.has(']'); first = false) this.string(first ? '"' : ',"');
    if (!this.has(',"type":"person"}')) this.expect(',"type":"system"}');
    return true;
  }

  private event(): LeafView['event'] {
    this.expect(',"event":{');
    const step = this.has('"step":"') ? ownText(this.rest()) : undefined;
    if (step !== undefined) this.expect(',');
    const subject = this.has('"subject":"') ? ownText(this.rest()) : undefined;
    if (subject !== undefined) this.expect(',');
    const type = ownText(this.string('"type":"'));
    this.expect('}');
    if (step === undefined) return subject === undefined ? { type } : { type, subject };
    return subject === undefined ? { type, step } : { type, step, subject };
  }

  private belonging(): Belonging {
    const kind = ownText(this.string(',"kind":"')) as LeafView['kind'];
    const log = ownText(this.string(',"log":"'));
    const machine = this.has(',"machine":"sha256:') && this.digest();
    return { kind, log, journal: !machine };
  }

  private anyText(): true {
    const start = this.at;
    this.rest();
    this.plainFrom(start);
    return true;
  }

  private system(): void {
    const start = this.at;
    this.rest();
    this.string(',"id":"');
    this.string(',"to":"');
    this.expect('}');
    this.plainFrom(start);
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
}
