/** Which texts can be kept: canonical JSON has no lone surrogates, and the texts of PostgreSQL no U+0000. */
import { escapePointer, isJsonObject, type Json } from './json.js';

/** Why the text cannot be kept; undefined when it can. O(length). */
export function textFlaw(text: string): string | undefined {
  if (!text.isWellFormed()) return 'the text holds half a character (a lone surrogate)';
  return text.includes('\0') ? 'the text holds the character U+0000, which cannot be stored' : undefined;
}

/**
 * The first text or member name inside a value that cannot be kept, with its JSON pointer; undefined when all can.
 * O(size); as deep as the value is.
 */
export function jsonFlaw(
  value: Json,
  pointer = '',
): { readonly pointer: string; readonly flaw: string } | undefined {
  if (typeof value === 'string') {
    const flaw = textFlaw(value);
    return flaw === undefined ? undefined : { pointer, flaw };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const named = isJsonObject(value);
  for (const [key, member] of Object.entries(value)) {
    const flaw = named ? textFlaw(key) : undefined;
    if (flaw !== undefined) return { pointer, flaw };
    const below = jsonFlaw(member, `${pointer}/${escapePointer(key)}`);
    if (below) return below;
  }
  return undefined;
}
