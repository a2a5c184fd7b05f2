/** Finds Simplified characters in a text that is meant to be Traditional. */
import { SIMPLIFIED_ONLY } from './simplified-characters.js';

const SIMPLIFIED: ReadonlySet<string> = new Set(SIMPLIFIED_ONLY);

/** A Simplified character, and where it begins in the text: an index as of `String.prototype.at`, counted from 0. */
export interface SimplifiedCharacter {
  readonly character: string;
  readonly index: number;
}

/**
 * Every occurrence of a character that is written only in Simplified Chinese and never in the Traditional Chinese of
 * Hong Kong, in the order of the text. What both use is not reported, whatever it stands for (台, 里, 后), nor is a
 * variant within Traditional Chinese (裏 and 裡, 啟 and 啓): a text with nothing reported may still hold Simplified
 * words. Never fails. The list and its sources are in `simplified-characters.ts`. O(length of the text).
 */
export function simplifiedCharacters(text: string): SimplifiedCharacter[] {
  const found: SimplifiedCharacter[] = [];
  let index = 0;
  for (const character of text) {
    if (SIMPLIFIED.has(character)) found.push({ character, index });
    index += character.length;
  }
  return found;
}
