/** JSON that must stand in its RFC 8785 form, quickly: JSON.stringify tells almost always, the exact form else. */
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';

/** Nothing that is written here comes near it. */
export const MAX_DEPTH = 256;

export type StrictJson =
  | { readonly flaw: undefined; readonly value: Json; readonly text: string }
  /** `form`: no JSON, no UTF-8, or nested too deeply. `spelling`: the same value is spelt otherwise. */
  | { readonly flaw: 'form' | 'spelling' };

const FORM: StrictJson = { flaw: 'form' };
const SPELLING: StrictJson = { flaw: 'spelling' };

/** Reads bytes. Never throws. */
export function readStrict(bytes: Buffer): StrictJson {
  const text = bytes.toString('utf8');
  // What is not UTF-8 reads as U+FFFD, which may also stand there itself.
  if (text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes)) return FORM;
  try {
    const value = JSON.parse(text) as Json;
    const members = membersOf(value, 0);
    if (members === TOO_DEEP) return FORM;
    const plain = members !== UNSORTED && members === plainMembers(bytes);
    return plain || canonicalJson(value) === text ? { flaw: undefined, value, text } : SPELLING;
  } catch (error) {
    return error instanceof TypeError ? SPELLING : FORM;
  }
}

const UNSORTED = -1;
const TOO_DEEP = -2;
const NOT_PLAIN = -3;
/** The numbers with fewer digits are exact. */
const MAX_DIGITS = 15;

/**
 * How many members its objects have, where all stand in the order of their names' UTF-16 code units; else UNSORTED, which
 * it also says of names that JavaScript orders by itself.
 */
function membersOf(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= MAX_DEPTH) return TOO_DEEP;
  let count = 0;
  let flaw = 0;
  const look = (member: Json): void => {
    const inner = membersOf(member, depth + 1);
    if (inner < 0) flaw = Math.min(flaw, inner);
    else count += inner;
  };
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) if (typeof item === 'object') look(item);
    return flaw < 0 ? flaw : count;
  }
  let before = '';
  const members = value as JsonObject;
  for (const name in members) {
    const first = name.charCodeAt(0);
    if (name < before || (first >= 48 && first <= 57)) flaw = Math.min(flaw, UNSORTED);
    before = name;
    count += 1;
    const member = members[name];
    if (typeof member === 'object') look(member);
  }
  return flaw < 0 ? flaw : count;
}

/**
 * Of JSON: how many members stand in it, a repeated one each time, where nothing in it can be spelt otherwise: no white
 * space, no escapes, no numbers but short whole ones. Else NOT_PLAIN, and the exact form must be written to compare.
 */
function plainMembers(json: Uint8Array): number {
  const end = json.length;
  let count = 0;
  for (let i = 0; i < end; i += 1) {
    const byte = json[i] ?? 0;
    if (byte === QUOTE) {
      for (i += 1; json[i] !== QUOTE; i += 1) if (i >= end || json[i] === BACKSLASH) return NOT_PLAIN;
    } else if (byte === COLON) {
      count += 1;
    } else if (byte <= SPACE || byte === MINUS) {
      return NOT_PLAIN;
    } else if (byte >= ZERO && byte <= NINE) {
      const first = i;
      while (isDigit(json[i + 1])) i += 1;
      const next = json[i + 1];
      if (i - first >= MAX_DIGITS || next === POINT || next === SMALL_E || next === LARGE_E) return NOT_PLAIN;
    }
  }
  return count;
}

const [SPACE, QUOTE, MINUS, POINT, ZERO, NINE, COLON] = [32, 34, 45, 46, 48, 57, 58];
const [LARGE_E, BACKSLASH, SMALL_E] = [69, 92, 101];

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
