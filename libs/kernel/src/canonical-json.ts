/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, ECMAScript number
 * spelling, no white space. Members whose value is `undefined` are left out, as JSON.stringify does.
 * Throws a TypeError on what JSON cannot carry exactly: NaN, infinities, lone surrogates, functions,
 * symbols, bigints and objects that are not plain. O(n log n) in the size of the value.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON has no ${String(value)}`);
      // ECMAScript's own spelling is the one RFC 8785 section 3.2.2.3 asks for; minus zero becomes 0.
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? arrayText(value) : objectText(value);
    default:
      throw new TypeError(`canonical JSON has no ${typeof value}`);
  }
}

/** ASCII that JSON writes as it is; most of what we write is, and this is twice as fast as asking for more. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('canonical JSON has no lone surrogates');
  return JSON.stringify(text);
}

function arrayText(items: readonly unknown[]): string {
  let out = '[';
  for (let i = 0; i < items.length; i += 1) {
    if (i > 0) out += ',';
    out += canonicalJson(items[i]);
  }
  return out + ']';
}

function objectText(object: object): string {
  const proto: unknown = Object.getPrototypeOf(object);
  if (proto !== Object.prototype && proto !== null)
    throw new TypeError('canonical JSON takes plain objects only');
  const members = object as Record<string, unknown>;
  let out = '{';
  let first = true;
  // The default sort compares UTF-16 code units, which is the order RFC 8785 section 3.2.3 asks for.
  const keys = Object.keys(members);
  if (!areSorted(keys)) keys.sort();
  for (const key of keys) {
    const member = members[key];
    if (member === undefined) continue;
    if (!first) out += ',';
    first = false;
    out += `${quote(key)}:${canonicalJson(member)}`;
  }
  return out + '}';
}

/** What was canonical text before has its members in order already. */
function areSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i += 1) if ((keys[i - 1] as string) > (keys[i] as string)) return false;
  return true;
}
