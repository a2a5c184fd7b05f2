/** A reader of XML 1.0 that forgives nothing, for what drawings use of it: elements, attributes, text, entities. */

/** An element with its entities resolved. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
}

const NAME = /[A-Za-z_:][\w:.-]*/y;
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([\da-fA-F]+));/y;
/** What XML 1.0 (section 2.2) does not take as a character. */
// eslint-disable-next-line no-control-regex
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The only element of the document. Throws an error that says where, at the first thing that is not well-formed. */
export function parseXml(text: string): XmlElement {
  const reader = new Reader(text);
  const element = reader.element();
  reader.end();
  return element;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {
    if (!text.isWellFormed()) throw new Error('half a character');
    const odd = NO_CHARACTER.exec(text);
    if (odd) throw new Error(`a character that XML does not have, at ${odd.index}`);
  }

  element(): XmlElement {
    this.take('<');
    const name = this.name();
    const attributes = this.attributes();
    if (this.has('/>')) return { name, attributes, children: [] };
    this.take('>');
    const children: (XmlElement | string)[] = [];
    while (!this.text.startsWith('</', this.at)) {
      if (this.at >= this.text.length) this.fail(`<${name}> is not closed`);
      children.push(this.text[this.at] === '<' ? this.element() : this.characters('<'));
    }
    this.take('</');
    this.take(name);
    this.take('>');
    return { name, attributes, children };
  }

  end(): void {
    if (this.text.slice(this.at).trim() !== '') this.fail('something after the document');
  }

  private attributes(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    while (this.has(' ')) {
      const name = this.name();
      if (found.has(name)) this.fail(`${name} stands twice`);
      this.take('="');
      found.set(name, this.characters('"'));
      this.take('"');
    }
    return found;
  }

  private characters(until: '<' | '"'): string {
    let value = '';
    while (this.at < this.text.length && this.text[this.at] !== until) {
      const character = this.text[this.at] ?? '';
      if (character === '<') this.fail('a bare <');
      value += character === '&' ? this.entity() : character;
      if (character !== '&') this.at += 1;
    }
    return value;
  }

  private entity(): string {
    ENTITY.lastIndex = this.at;
    const found = ENTITY.exec(this.text);
    if (!found) return this.fail('a bare &');
    this.at = ENTITY.lastIndex;
    const [, named, decimal, hexadecimal] = found;
    if (named !== undefined) return NAMED[named] ?? '';
    return String.fromCodePoint(decimal === undefined ? parseInt(hexadecimal ?? '', 16) : Number(decimal));
  }

  private name(): string {
    NAME.lastIndex = this.at;
    const found = NAME.exec(this.text);
    if (!found) return this.fail('a name is missing');
    this.at = NAME.lastIndex;
    return found[0];
  }

  private has(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  private take(expected: string): void {
    if (!this.has(expected)) this.fail(`${expected} is missing`);
  }

  private fail(what: string): never {
    throw new Error(`${what}, at ${this.at}: ${this.text.slice(this.at, this.at + 60)}`);
  }
}

/** The element and all below it, in document order. */
export function elementsIn(element: XmlElement): readonly XmlElement[] {
  const below = element.children.flatMap((child) => (typeof child === 'string' ? [] : elementsIn(child)));
  return [element, ...below];
}

/** The text of the element and of all below it. */
export function textIn(element: XmlElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textIn(child))).join('');
}
