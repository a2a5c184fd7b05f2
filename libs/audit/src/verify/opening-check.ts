/** What is shown of a leaf's commitments, held against them. */
import { hash } from 'node:crypto';
import { isJsonObject, type Json } from '@cordon/kernel';
import type { OpeningsLine, ShownOpening } from '../bundle/documents.js';
import { commitmentTo, isOpen, type Opening } from '../leaf.js';
import type { LeafView } from './leaf-view.js';
import { RANK, type Faults } from './faults.js';
import { readStrict } from './strict-json.js';

/** Reads a line in the form of docs/audit.md section 4; undefined for any other. O(bytes). */
export function readOpeningsLine(bytes: Buffer): OpeningsLine | undefined {
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

/** Used again for every short disclosure: asking for a buffer each time costs as much as hashing it. */
const scratch = Buffer.alloc(4096);
/** Most bytes of a UTF-16 code unit in UTF-8. */
const MAX_UNIT_BYTES = 3;

/** The commitment to an opening that was read from RFC 8785 text, so that JSON.stringify writes its value as it stood. */
function commitmentOf(salt: string, key: string, value: Json): string {
  const text = JSON.stringify([salt, key, value]);
  const short = text.length * MAX_UNIT_BYTES <= scratch.length;
  const disclosure = short
    ? scratch.toString('base64url', 0, scratch.write(text, 'utf8'))
    : Buffer.from(text, 'utf8').toString('base64url');
  return hash('sha256', disclosure, 'base64url');
}

/** Takes the opening's commitment out of those that are left; false where it is none of them. */
function matches(left: Set<string>, opening: Opening): boolean {
  const { salt, key, value } = opening;
  // Members whose names are numbers come back from JSON.parse in another order than they stood in.
  return left.delete(commitmentOf(salt, key, value)) || left.delete(commitmentTo(opening));
}

const UNLIKE = 'a value that is shown is not the one committed to';

/** Gathers who is withheld, for the end, when all erasures are known. */
export class OpeningCheck {
  opened = 0;
  /** All that was checked so far matched. */
  sound = true;
  withheld = 0;
  readonly withheldOf = new Map<
    string,
    { values: number; readonly first: number; readonly leaf: LeafView }
  >();

  constructor(private readonly faults: Faults) {}

  /**
   * Holds the openings of one leaf against its commitments; those that match. `line` is undefined where there is none.
   * Each commitment has one opening, and each opening that is open one commitment of its own.
   */
  check(leaf: LeafView, index: number, line: OpeningsLine | undefined): readonly ShownOpening[] {
    const { sd = [], incident, seq } = leaf;
    const place = { index, incident, seq };
    const openings = line?.openings ?? [];
    const fault = (code: 'E_OPENING' | 'E_SUPPRESSED', message: string): readonly ShownOpening[] => {
      this.sound = false;
      this.faults.add(RANK.opening, code, `the leaf ${index}: ${message}`, place);
      return [];
    };
    if (openings.length < sd.length)
      return fault('E_SUPPRESSED', `it commits to ${sd.length} values, and ${openings.length} are there`);
    if (openings.length > sd.length)
      return fault('E_OPENING', `it commits to ${sd.length} values, and ${openings.length} are there`);
    const left = new Set(sd);
    const keys = new Set<string>();
    for (const opening of openings) {
      if (keys.has(opening.key)) return fault('E_OPENING', `two values are both called ${opening.key}`);
      keys.add(opening.key);
      if (isOpen(opening)) {
        this.opened += 1;
        if (!matches(left, opening)) return fault('E_OPENING', UNLIKE);
        continue;
      }
      this.withhold(opening.subject, index, leaf);
    }
    return openings;
  }

  private withhold(subject: string, index: number, leaf: LeafView): void {
    this.withheld += 1;
    const known = this.withheldOf.get(subject);
    if (known) known.values += 1;
    else this.withheldOf.set(subject, { values: 1, first: index, leaf });
  }
}
