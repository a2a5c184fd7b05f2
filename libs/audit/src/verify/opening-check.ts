/** What is shown of a leaf's commitments, held against them. */
import { hash } from 'node:crypto';
import type { LeafView } from './leaf-view.js';
import { RANK, type Faults } from './faults.js';
import type { ReadOpening, ReadOpenings } from './openings-line.js';
import { ownText } from './seen-texts.js';

/** Used again for every short disclosure: asking for a buffer each time costs as much as hashing it. */
const scratch = Buffer.alloc(4096);
/** Most bytes of a UTF-16 code unit in UTF-8. */
const MAX_UNIT_BYTES = 3;

/** The commitment to RFC 8785 text of `[salt, key, value]`. */
function commitmentTo(text: string): string {
  const short = text.length * MAX_UNIT_BYTES <= scratch.length;
  const disclosure = short
    ? scratch.toString('base64url', 0, scratch.write(text, 'utf8'))
    : Buffer.from(text, 'utf8').toString('base64url');
  return hash('sha256', disclosure, 'base64url');
}

/** From so many commitments on, it pays to look them up. */
const MANY = 16;

/** Texts that are taken out, each once. */
class Left {
  private readonly few: string[] | undefined;
  private readonly many: Set<string> | undefined;

  constructor(texts: readonly string[]) {
    if (texts.length < MANY) this.few = [...texts];
    else this.many = new Set(texts);
  }

  /** False where it is none of those that are left. */
  take(text: string): boolean {
    if (this.many) return this.many.delete(text);
    const { few = [] } = this;
    const at = few.indexOf(text);
    if (at >= 0) few.splice(at, 1);
    return at >= 0;
  }
}

const UNLIKE = 'a value that is shown is not the one committed to';
const NOT_THEIRS = "a value is withheld that is not committed to as this person's";
const ANOTHERS = "a value is said to be another person's than it was when it was committed to";
const NONE: readonly never[] = [];

type Flaw = readonly ['E_OPENING' | 'E_SUPPRESSED', string];

/** It has to be one of the person's values that the leaf names, and none that something else stands for. */
function withheldFlaw(personal: LeafView['pd'], left: Left, { key, subject }: ReadOpening): Flaw | undefined {
  const [commitment] = personal?.find(([, name, person]) => name === key && person === subject) ?? NONE;
  return commitment !== undefined && left.take(commitment) ? undefined : ['E_SUPPRESSED', NOT_THEIRS];
}

/** It has to be one of the values that are left, this person's under this name where the leaf says whose it is. */
function shownFlaw(
  personal: LeafView['pd'],
  left: Left,
  { key, subject, disclosure = '' }: ReadOpening,
): Flaw | undefined {
  const commitment = commitmentTo(disclosure);
  if (!left.take(commitment)) return ['E_OPENING', UNLIKE];
  if (!personal && subject === undefined) return undefined;
  const said = personal?.find(([one]) => one === commitment);
  const same = said ? said[1] === key && said[2] === subject : subject === undefined;
  return same ? undefined : ['E_OPENING', ANOTHERS];
}

/** Whose values are withheld: how many, and where the first of them is. */
interface Withheld {
  values: number;
  readonly first: number;
  readonly incident: string;
  readonly seq: number;
}

/** Gathers who is withheld, for the end, when all erasures are known. */
export class OpeningCheck {
  opened = 0;
  /** All that was checked so far matched. */
  sound = true;
  withheld = 0;
  readonly withheldOf = new Map<string, Withheld>();

  constructor(private readonly faults: Faults) {}

  /**
   * Holds the openings of one leaf against its commitments; those that match. `line` is undefined where there is none.
   * Each commitment has one opening, and each opening one commitment of its own.
   */
  check(leaf: LeafView, index: number, line: ReadOpenings | undefined): readonly ReadOpening[] {
    const { sd = NONE } = leaf;
    const openings = line?.openings ?? NONE;
    if (openings.length !== sd.length) {
      const code = openings.length < sd.length ? 'E_SUPPRESSED' : 'E_OPENING';
      return this.fault(
        leaf,
        index,
        code,
        `it commits to ${sd.length} values, and ${openings.length} are there`,
      );
    }
    const left = new Left(sd);
    const keys = openings.length < 2 ? undefined : new Set<string>();
    for (const opening of openings) {
      const { key } = opening;
      if (keys?.has(key) === true)
        return this.fault(leaf, index, 'E_OPENING', `two values are both called ${key}`);
      keys?.add(key);
      const flaw = opening.disclosure === undefined ? withheldFlaw : shownFlaw;
      const found = flaw(leaf.pd, left, opening);
      if (found) return this.fault(leaf, index, ...found);
      if (opening.disclosure === undefined) this.withhold(opening.subject ?? '', index, leaf);
      else this.opened += 1;
    }
    return openings;
  }

  private fault(
    { incident, seq }: LeafView,
    index: number,
    code: 'E_OPENING' | 'E_SUPPRESSED',
    message: string,
  ): readonly ReadOpening[] {
    this.sound = false;
    this.faults.add(RANK.opening, code, `the leaf ${index}: ${message}`, { index, incident, seq });
    return NONE;
  }

  private withhold(subject: string, first: number, { incident, seq }: LeafView): void {
    this.withheld += 1;
    const known = this.withheldOf.get(subject);
    if (known) known.values += 1;
    else this.withheldOf.set(ownText(subject), { values: 1, first, incident: ownText(incident), seq });
  }
}
