import PDFDocument from 'pdfkit';
import { nextTurn } from './next-turn.js';
import { MARGIN, PAGE, STYLES, type Style } from './styles.js';

type Doc = PDFKit.PDFDocument;
type Structure = PDFKit.PDFStructureElement;

export interface PenOptions {
  readonly lang: string;
  /** In the file's metadata. Nothing that people typed: it becomes XML there. */
  readonly title: string;
  readonly createdAt: Date;
  /** In grey across every page. */
  readonly watermark?: string;
  readonly fonts: { readonly regular: Uint8Array; readonly bold: Uint8Array };
}

/** One line of a list of facts: what it is, what it says, and below that in small print a hash or a key. */
export type Fact = readonly [label: string, value: string, code?: string];

/** An item with a margin of its own on the left: a moment, a status. What stands there is short. */
export interface Item {
  readonly margin: readonly string[];
  readonly lines: readonly { readonly text: string; readonly style: Style }[];
}

/** What stands on every page beside the text. */
export interface Furniture {
  readonly head: string;
  readonly foot: (page: number, of: number) => string;
  /** `TLP:AMBER`. */
  readonly marking: string;
  readonly markingColor: string;
}

const HEAD_Y = 30;
const FOOT_Y = PAGE.height - 42;
/** Kept free for the marking. */
const MARKING_WIDTH = 150;
const LABEL_WIDTH = 132;
const GUTTER = 12;
const ITEM_MARGIN_WIDTH = 112;
/** An item of at most this height is not torn apart. */
const MOST_KEPT_TOGETHER = 260;
/** An item starts on a new page rather than with less than this above the lower margin. */
const LEAST_ROOM = 64;

/** Writes running text onto tagged A4 pages, top to bottom. */
export class Pen {
  readonly doc: Doc;
  private section: Structure | undefined;
  private style: Style = 'body';
  private readonly glyphs = new Map<number, boolean>();
  private readonly widths = new Map<string, number>();

  constructor(private readonly options: PenOptions) {
    const { title, lang, createdAt, fonts } = options;
    this.doc = new PDFDocument({
      size: [PAGE.width, PAGE.height],
      margins: MARGIN,
      autoFirstPage: false,
      bufferPages: true,
      tagged: true,
      displayTitle: true,
      lang,
      pdfVersion: '1.7',
      subset: 'PDF/A-3b',
      info: {
        Title: title,
        Creator: 'Cordon',
        Producer: 'Cordon',
        CreationDate: createdAt,
      },
      font: '',
    });
    this.doc.registerFont('regular', Buffer.from(fonts.regular));
    this.doc.registerFont('bold', Buffer.from(fonts.bold));
    this.doc.on('pageAdded', () => this.beginPage());
  }

  /** The text with every character that the fonts cannot show, or that shows nothing, as its number. */
  printable(text: string): string {
    return text
      .replace(/\r\n?/g, '\n')
      .replace(/\t/g, ' ')
      .replace(UNUSUAL, (one) => this.shown(one));
  }

  begin(title: string): void {
    this.beginPlain();
    this.room(LEAST_ROOM * 2);
    if (this.doc.y > MARGIN.top) this.doc.y += 14;
    this.doc.outline.addItem(title);
    this.tagged('H2', title, 'heading');
    this.doc.y += 4;
  }

  /** A section without a heading. */
  beginPlain(): void {
    const section = this.doc.struct('Sect');
    this.doc.addStructure(section);
    this.section?.end();
    this.section = section;
  }

  newPage(): void {
    this.doc.addPage();
  }

  paragraph(text: string, style: Style = 'body'): void {
    this.tagged(style === 'title' ? 'H1' : 'P', text, style);
    this.doc.y += 6;
  }

  facts(facts: readonly Fact[]): void {
    for (const [label, value, code = ''] of facts) {
      const lines = [
        { text: value, style: 'body' },
        { text: code, style: 'code' },
      ] as const;
      this.item({ margin: [label], lines }, LABEL_WIDTH, 'label');
    }
    this.doc.y += 6;
  }

  item({ margin, lines }: Item, marginWidth = ITEM_MARGIN_WIDTH, marginStyle: Style = 'small'): void {
    const { left } = MARGIN;
    const x = left + marginWidth + GUTTER;
    const width = PAGE.width - MARGIN.right - x;
    this.room(Math.max(LEAST_ROOM, Math.min(MOST_KEPT_TOGETHER, roughHeight(lines, width))));
    const top = this.doc.y;
    for (const text of margin) this.tagged('P', text, marginStyle, { x: left, width: marginWidth });
    const below = this.doc.y;
    this.doc.y = top;
    const page = this.doc.page;
    for (const { text, style } of lines) this.tagged('P', text, style, { x, width });
    this.doc.x = left;
    this.doc.y = (page === this.doc.page ? Math.max(below, this.doc.y) : this.doc.y) + 5;
  }

  space(points: number): void {
    this.doc.y += points;
  }

  /** Writes head, foot and marking of every page, and ends the file. */
  async end(furniture: Furniture): Promise<void> {
    this.section?.end();
    const { count } = this.doc.bufferedPageRange();
    for (let i = 0; i < count; i += 1) {
      this.doc.switchToPage(i);
      this.doc.markContent('Artifact', { type: 'Pagination' });
      // Beyond the margins pdfkit would turn the page.
      this.doc.page.margins = { top: 0, bottom: 0, left: 0, right: 0 };
      if (i > 0) this.single(furniture.head, HEAD_Y);
      this.single(furniture.foot(i + 1, count), FOOT_Y);
      for (const y of [HEAD_Y, FOOT_Y]) this.mark(furniture.marking, furniture.markingColor, y);
      this.doc.endMarkedContent();
      await nextTurn();
    }
    this.doc.end();
  }

  private tagged(tag: string, text: string, style: Style, place?: { x: number; width: number }): void {
    const x = place?.x ?? MARGIN.left;
    const width = place?.width ?? PAGE.width - MARGIN.left - MARGIN.right;
    if (text === '') return;
    const write = (): void => {
      this.use(style);
      this.doc.text(this.broken(this.printable(text), width), x, this.doc.y, { width, ...featuresFor(text) });
    };
    this.section?.add(this.doc.struct(tag, {}, [write]));
  }

  private single(text: string, y: number): void {
    this.use('foot');
    const width = PAGE.width - MARGIN.left - MARGIN.right - MARKING_WIDTH;
    const options = { width, height: 14, ellipsis: true, ...featuresFor(text) };
    this.doc.text(this.printable(text), MARGIN.left, y, options);
  }

  /** On the right, coloured on black, in twelve points: as TLP 2.0 asks of every page. */
  private mark(text: string, color: string, y: number): void {
    this.use('mark');
    const width = this.doc.widthOfString(text) + 8;
    const x = PAGE.width - MARGIN.right - width;
    this.doc.rect(x, y - 4, width, 19).fill('#000000');
    this.doc.fillColor(color).text(text, x + 4, y - 4, { lineBreak: false });
  }

  private use(style: Style): void {
    const { font, size, color } = STYLES[style];
    this.style = style;
    this.doc.font(font).fontSize(size).fillColor(color);
  }

  /** Turns the page where less than this is left. */
  private room(points: number): void {
    if (this.doc.y + points > PAGE.height - MARGIN.bottom) this.doc.addPage();
  }

  /** The watermark lies under the text; afterwards everything is as the text that goes on here needs it. */
  private beginPage(): void {
    const { watermark } = this.options;
    const { doc, style } = this;
    if (watermark !== undefined) {
      doc.markContent('Artifact', { type: 'Pagination' });
      doc.save();
      this.use('watermark');
      doc.rotate(-52, { origin: [PAGE.width / 2, PAGE.height / 2] });
      const width = doc.widthOfString(watermark);
      doc.text(watermark, (PAGE.width - width) / 2, PAGE.height / 2 - 60, { lineBreak: false });
      doc.restore();
      doc.endMarkedContent();
    }
    this.use(style);
    doc.x = MARGIN.left;
    doc.y = MARGIN.top;
  }

  /**
   * The text with line ends inside words that are wider than a line. pdfkit breaks such words too, but measures all that
   * is left of them for each line: twenty thousand letters without a space would hold the server up for ten seconds.
   */
  private broken(text: string, width: number): string {
    return text.replace(NO_BREAK_INSIDE, (word) => {
      let line = 0;
      const pieces = [''];
      for (const character of word) {
        const step = this.widthOf(character);
        if (line + step > width) {
          pieces.push('');
          line = 0;
        }
        line += step;
        pieces[pieces.length - 1] += character;
      }
      return pieces.length === 1 ? word : `\n${pieces.join('\n')}`;
    });
  }

  /** Width of one character in the present style. */
  private widthOf(character: string): number {
    const key = `${this.style}${character}`;
    const known = this.widths.get(key);
    if (known !== undefined) return known;
    const width = this.doc.widthOfString(character);
    this.widths.set(key, width);
    return width;
  }

  /** A character that is in the font and leaves a mark, or a space; of any other, its number. */
  private shown(character: string): string {
    if (character === '\n') return character;
    const point = character.codePointAt(0) ?? 0;
    if (!/^[\p{C}\p{Zl}\p{Zp}]$/u.test(character) && this.hasGlyph(point)) return character;
    return `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`;
  }

  /** PDF/A (ISO 19005-3, 6.2.11.8) allows no reference to a glyph that is not there. */
  private hasGlyph(point: number): boolean {
    const known = this.glyphs.get(point);
    if (known !== undefined) return known;
    this.doc.font('regular');
    const { _font } = this.doc as unknown as {
      readonly _font: { readonly font: { hasGlyphForCodePoint(point: number): boolean } };
    };
    const has = _font.font.hasGlyphForCodePoint(point);
    this.use(this.style);
    this.glyphs.set(point, has);
    return has;
  }
}

/** About how high the lines are, on the side of too high: to measure them takes as long as to set them. */
function roughHeight(lines: Item['lines'], width: number): number {
  return lines.reduce((sum, { text, style }) => {
    const { size } = STYLES[style];
    const rows = text === '' ? [] : text.split('\n');
    const count = rows.reduce((all, row) => all + Math.ceil((roughWidth(row) * size) / width || 1), 0);
    return sum + count * size * LINE_HEIGHT;
  }, 0);
}

/** Of the fonts that are used: their line in relation to their size. */
const LINE_HEIGHT = 1.45;

function roughWidth(row: string): number {
  const wide = row.length - row.replace(/[\u2e80-\uffef]/g, '').length;
  return wide + (row.length - wide) * 0.56;
}

/** Long runs in which no line may end for certain: between two ideographs it always may (UAX 14). */
const NO_BREAK_INSIDE = /[^\s\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]{40,}/gu;

/** Everything but plain ASCII, which every font has. */
const UNUSUAL = /[^\u0020-\u007e]/gu;

/** Punctuation that the font draws as wide as a Chinese character unless asked for the Western form (`pwid`). */
const WIDE_PUNCTUATION = /[\u2018\u2019\u201c\u201d\u2026]/;

/** Asked for only where it makes a difference: pdfkit remembers the layout of words that are set without features. */
function featuresFor(text: string): { readonly features?: PDFKit.Mixins.OpenTypeFeatures[] } {
  return WIDE_PUNCTUATION.test(text) ? { features: ['pwid'] } : {};
}
