/**
 * JSON (RFC 8259) read strictly: what JSON.parse lets pass in silence and what cannot be kept is a finding.
 * Refused: two members of one name, names that JavaScript keeps for itself, texts with half characters or U+0000,
 * numbers that a double cannot hold, and nesting beyond the limit.
 */
import { escapePointer, textFlaw, type Json } from '@cordon/kernel';

export interface JsonFault {
  readonly message: string;
  /** JSON pointer to the value, as far as it was read. */
  readonly pointer: string;
}

export type JsonReading = { readonly value: Json } | { readonly fault: JsonFault };

/** Member names longer than this cannot stand in a playbook. */
const MAX_NAME = 1000;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// The control characters are what the grammar excludes from a string.
// eslint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Reads a whole text. Never throws. O(length); recursion is bounded by `maxDepth`. */
export function readStrictJson(text: string, maxDepth: number): JsonReading {
  const reader = new Reader(text.startsWith('\uFEFF') ? text.slice(1) : text, maxDepth);
  try {
    return { value: reader.document() };
  } catch (error) {
    if (error instanceof Stop) return { fault: { message: error.message, pointer: error.pointer } };
    throw error;
  }
}

class Stop extends Error {
  constructor(
    message: string,
    readonly pointer: string,
  ) {
    super(message);
  }
}

class Reader {
  private at = 0;
  private readonly path: string[] = [];

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): Json {
    const value = this.value();
    this.match(SPACE);
    if (this.at < this.text.length) this.stop('something follows the end of the JSON value');
    return value;
  }

  private value(): Json {
    this.match(SPACE);
    const next = this.text[this.at];
    if (next === '{') return this.object();
    if (next === '[') return this.array();
    if (next === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(): Json {
    this.deeper();
    const object: Record<string, Json> = {};
    if (this.opens('}')) return object;
    do {
      this.match(SPACE);
      if (this.text[this.at] !== '"') this.stop('a member name in double quotes is missing');
      const name = this.string();
      if (name === '__proto__') this.stop('a member is called "__proto__"');
      if (name.length > MAX_NAME) this.stop(`a member name has more than ${MAX_NAME} characters`);
      if (Object.hasOwn(object, name)) this.stop(`the member ${JSON.stringify(name)} is there twice`);
      this.match(SPACE);
      if (this.text[this.at] !== ':') this.stop(`the colon after ${JSON.stringify(name)} is missing`);
      this.at += 1;
      this.path.push(name);
      object[name] = this.value();
      this.path.pop();
    } while (this.goesOn('}'));
    return object;
  }

  private array(): Json {
    this.deeper();
    const items: Json[] = [];
    if (this.opens(']')) return items;
    do {
      this.path.push(String(items.length));
      items.push(this.value());
      this.path.pop();
    } while (this.goesOn(']'));
    return items;
  }

  private string(): string {
    const written = this.match(STRING);
    if (written === undefined) this.stop('a text is not closed, or holds a character that JSON escapes');
    const text = JSON.parse(written) as string;
    const flaw = textFlaw(text);
    if (flaw !== undefined) this.stop(flaw);
    return text;
  }

  private number(): number {
    const written = this.match(NUMBER);
    if (written === undefined || written === '') this.stop('a JSON value is missing');
    const value = Number(written);
    if (!Number.isFinite(value)) this.stop('a number is too large to be kept');
    if (/^-?\d+$/.test(written) && !Number.isSafeInteger(value) && String(value) !== written) {
      this.stop('an integer has more digits than can be kept exactly (beyond 2^53): write it as a text');
    }
    return value;
  }

  private deeper(): void {
    this.at += 1;
    if (this.path.length >= this.maxDepth)
      this.stop(`the document is nested deeper than ${this.maxDepth} levels`);
  }

  /** Whether the container just opened ends at once. */
  private opens(close: string): boolean {
    this.match(SPACE);
    if (this.text[this.at] !== close) return false;
    this.at += 1;
    return true;
  }

  private goesOn(close: string): boolean {
    this.match(SPACE);
    const next = this.text[this.at];
    if (next !== ',' && next !== close) this.stop(`a comma or "${close}" is missing`);
    this.at += 1;
    return next === ',';
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private stop(message: string): never {
    const line = this.text.slice(0, this.at).split('\n').length;
    throw new Stop(`${message} (line ${line})`, this.path.map((part) => `/${escapePointer(part)}`).join(''));
  }
}
