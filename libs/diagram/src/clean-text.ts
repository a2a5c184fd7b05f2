/** Texts from playbooks, made fit to be drawn: one line, nothing that steers a reader's eye or an XML parser. */
import type { Text } from '@cordon/playbook';

/** The text in a language, else in English, else in whichever there is. Never throws. */
export function textIn(text: Text, language: string): string {
  return text[language] ?? text['en'] ?? Object.values(text)[0] ?? '';
}

/** Line breaks, tabs and other control characters of ISO 6429. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Marks that turn the direction of what follows (Unicode UAX #9), and characters without width or meaning in XML. */
const STEERING = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]+/g;

/**
 * One line of text: control characters become spaces, marks that would reorder the words around them are left out, half
 * characters become U+FFFD, and runs of spaces one space. O(length).
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(CONTROL, ' ').replace(STEERING, '').replace(/ {2,}/g, ' ').trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in XML, in content and in attributes alike. What XML 1.0 cannot hold must be cleaned before. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found);
}

/** At most so many characters, the last an ellipsis where something was cut off. Characters are never halved. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = Array.from(text.slice(0, most * 2));
  return characters.length <= most
    ? text
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
