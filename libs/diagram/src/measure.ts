/**
 * How wide a text is, without a font at hand: a table of advances in thousandths of the font size. The figures are
 * those of wide sans-serif faces (DejaVu Sans, Verdana), so that a reader's own font needs less room and never more.
 */

const ADVANCES: readonly (readonly [number, string])[] = [
  [290, "'ijlI"],
  [340, ' .,:;|/\\'],
  [410, '()[]-ftr!J'],
  [510, '"°*`_'],
  [560, '?sczL'],
  [600, 'kvxyF'],
  [645, '0123456789abdeghnopquES$T{}YP'],
  [700, 'ABCRUVXZK'],
  [800, 'DGHNOQw&'],
  [880, 'M+<>=~^#'],
  [1000, 'mW%@'],
];

const LATIN = new Map(
  ADVANCES.flatMap(([advance, characters]) => [...characters].map((one) => [one, advance])),
);

/** Joined to the character before them: no room of their own. */
const JOINED = /^(?:\p{M}|\u200d|[\ufe00-\ufe0f])$/u;

/** As wide as the font is high: Han, kana, Hangul, their punctuation, full-width forms, and pictures. */
const FULL_WIDTH =
  /^[\u1100-\u115f\u2e80-\u303f\u3040-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3ffff}]$/u;
const PICTURE = /^[\u2190-\u2bff\u{1f000}-\u{1faff}]$/u;
/** Quotation marks and dashes that Chinese fonts draw in a full square and others in half of one. */
const EITHER = /^[\u2010-\u2027\u2030-\u205e\u00b7]$/u;

/** Bold faces are wider. */
const BOLD = 1.13;

function advance(character: string): number {
  const known = LATIN.get(character);
  if (known !== undefined) return known;
  if (JOINED.test(character)) return 0;
  if (FULL_WIDTH.test(character)) return 1000;
  if (PICTURE.test(character)) return 1300;
  if (EITHER.test(character)) return 1000;
  return character.charCodeAt(0) < 0x250 ? 720 : 900;
}

/** A font as far as width depends on it; the size is in pixels. */
export interface Face {
  readonly size: number;
  readonly bold?: boolean;
}

/** The most pixels that a text takes in one line. O(length). */
export function widthOf(text: string, { size, bold = false }: Face): number {
  let sum = 0;
  for (const character of text) sum += advance(character);
  return (sum / 1000) * size * (bold ? BOLD : 1);
}

/** Never at the start of a line, and never at the end of one (UAX #14, the classes that matter for Chinese). */
const CLOSING = /^[、。，．：；！？）」』】〉》〕％”’…,.:;!?)\]}%]$/u;
const OPENING = /^[（「『【〈《〔“‘([{]$/u;

/** The smallest parts that a line may be broken between: words with the space after them, and Chinese characters. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let before = '';
  for (const character of text) {
    const glued = JOINED.test(character) || CLOSING.test(character) || OPENING.test(before);
    const breaks = before === ' ' || FULL_WIDTH.test(before) || FULL_WIDTH.test(character);
    if (part !== '' && breaks && !glued && character !== ' ') {
      parts.push(part);
      part = '';
    }
    part += character;
    if (!JOINED.test(character)) before = character;
  }
  return part === '' ? parts : [...parts, part];
}

/** A word that is wider than a line, cut to pieces that are not. */
function piecesOf(part: string, width: number, face: Face): readonly string[] {
  if (widthOf(part.trimEnd(), face) <= width) return [part];
  const pieces: string[] = [];
  let piece = '';
  for (const character of part) {
    if (piece !== '' && !JOINED.test(character) && widthOf(piece + character, face) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** The width of the widest part of a text that is better not broken. O(length). */
export function widestPart(text: string, face: Face): number {
  return Math.max(0, ...partsOf(text).map((part) => widthOf(part.trimEnd(), face)));
}

/** A text is not measured beyond this: no box shows as much. */
const LONGEST = 600;

/**
 * The text in lines no wider than `width`, broken between words, between Chinese characters, and inside a word only
 * where it is wider than a line. Lines beyond `most` are left out, and the last one then ends with an ellipsis.
 * O(length), whatever the length: no more than 600 characters are looked at. An empty text has no lines.
 */
export function wrap(text: string, width: number, face: Face, most = Infinity): readonly string[] {
  const seen = text.length > LONGEST ? Array.from(text.slice(0, LONGEST)).slice(0, -1).join('') : text;
  const lines: string[] = [];
  let line = '';
  for (const part of partsOf(seen).flatMap((one) => piecesOf(one, width, face))) {
    if (line !== '' && widthOf((line + part).trimEnd(), face) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += part;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  if (lines.length <= most && seen === text) return lines;
  const kept = lines.slice(0, most);
  return [...kept.slice(0, -1), withEllipsis(kept.at(-1) ?? '', width, face)];
}

function withEllipsis(line: string, width: number, face: Face): string {
  const characters = Array.from(line);
  while (characters.length > 0 && widthOf(`${characters.join('').trimEnd()}…`, face) > width)
    characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
