/** What a check found, as a part of the page: the verdict first, and nothing that was not checked left out. */
import type { Fault, LevelReport, Report } from '@cordon/audit';
import type { Span } from '../check/check-bundle.js';
import { element, sign } from './element.js';
import { faultTexts } from './fault-texts.js';
import { inChinese } from './not-checked-texts.js';
import {
  counts,
  fill,
  levelNames,
  outcomes,
  texts,
  type Bilingual,
  type Language,
  type TextName,
} from './texts.js';

export interface Shown {
  readonly report: Report;
  readonly span?: Span;
  readonly file: { readonly name: string; readonly size: number };
  /** A policy file was given. */
  readonly withPolicy: boolean;
}

type Verdict = 'verified' | 'unknownWhose' | 'notVerified';

function verdictOf({ report, withPolicy }: Pick<Shown, 'report' | 'withPolicy'>): Verdict {
  if (!report.ok) return 'notVerified';
  return withPolicy ? 'verified' : 'unknownWhose';
}

const LOOK = { verified: 'good', unknownWhose: 'care', notVerified: 'bad' } as const;

export function reportView(shown: Shown, language: Language): readonly HTMLElement[] {
  return new View(language).parts(shown);
}

class View {
  private readonly inChinese: boolean;
  private readonly numbers: Intl.NumberFormat;

  constructor(language: Language) {
    this.inChinese = language === 'zh-Hant';
    this.numbers = new Intl.NumberFormat(this.inChinese ? 'zh-HK' : 'en-GB');
  }

  parts(shown: Shown): readonly HTMLElement[] {
    const { report } = shown;
    return [
      this.verdict(shown),
      ...(report.fault ? [this.heading('whatIsWrong'), this.fault(report.fault)] : []),
      ...[this.heading('about'), this.about(shown)],
      ...[this.heading('levels'), this.levels(report.levels)],
      ...[this.heading('notChecked'), this.notChecked(report)],
      ...(report.ok ? [this.heading('erased'), this.erased(report)] : []),
    ];
  }

  private verdict(shown: Shown): HTMLElement {
    const verdict = verdictOf(shown);
    const look = LOOK[verdict];
    return element(
      'div',
      { class: `verdict ${look}`, 'data-verdict': verdict },
      element('h2', { id: 'verdict', tabindex: '-1' }, sign(look), element('span', {}, this.say(verdict))),
      element('p', {}, this.say(`${verdict}Text`)),
    );
  }

  private fault({ code, message, path, index, incident, seq }: Fault): HTMLElement {
    const rows: (readonly [TextName, Node | string])[] = [['code', element('code', {}, code)]];
    if (incident !== undefined && seq !== undefined)
      rows.push(['entry', this.say('entryOf', { seq: this.number(seq), incident })]);
    if (index !== undefined) rows.push(['leaf', this.number(index)]);
    if (path !== undefined) rows.push(['member', element('code', {}, path)]);
    rows.push(['detail', element('span', { lang: 'en' }, sentence(message))]);
    const plain = element('p', {}, element('strong', {}, this.of(faultTexts[code])));
    return element('div', { id: 'fault' }, plain, this.list(rows));
  }

  private about({ file, report, span }: Shown): HTMLElement {
    const { bundle } = report;
    const size = this.number(file.size);
    const rows: (readonly [TextName, Node | string])[] = [
      ['file', this.say('fileSize', { name: file.name, size })],
    ];
    if (bundle) {
      rows.push(
        ['scope', this.scope(bundle.scope)],
        ['log', element('code', {}, bundle.origin)],
        [
          'logSize',
          this.say('sizeOf', { size: this.number(bundle.size), entries: this.number(bundle.entries) }),
        ],
        ['root', element('code', {}, bundle.root)],
      );
    }
    if (span) rows.push(['span', this.say('spanOf', { first: moment(span.first), last: moment(span.last) })]);
    return this.list(rows);
  }

  private scope(scope: NonNullable<Report['bundle']>['scope']): string {
    const { kind, ref = '', incident = '', seq = 0, from = 0, to = 0 } = scope;
    if (kind === 'incident')
      return this.say('incidentScope', { ref, incident, seq: this.number(Number(seq)) });
    if (Number(to) <= Number(from)) return this.say('emptyScope');
    return this.say('logScope', { from: this.number(Number(from)), to: this.number(Number(to) - 1) });
  }

  private levels(levels: readonly LevelReport[]): HTMLElement {
    const heads = (['level', 'outcome', 'counted'] as const).map((name) =>
      element('th', { scope: 'col', role: 'columnheader' }, this.say(name)),
    );
    const rows = levels.map(({ level, name, outcome, checked }) => {
      const counted = Object.entries(checked).map(
        ([what, count]) =>
          `${this.of(counts[what] ?? [what, what])}${this.inChinese ? '：' : ': '}${this.number(count)}`,
      );
      return element(
        'tr',
        { 'data-level': String(level), role: 'row' },
        element('th', { scope: 'row', role: 'rowheader' }, `${level}. ${this.of(levelNames[name])}`),
        element('td', { class: `outcome ${outcome}`, role: 'cell' }, this.of(outcomes[outcome])),
        element('td', { class: 'much', role: 'cell' }, counted.join(this.inChinese ? '；' : ', ')),
      );
    });
    return element(
      'table',
      // Roles of a table even where a narrow window shows it as blocks.
      { id: 'levels', role: 'table' },
      element('thead', {}, element('tr', { role: 'row' }, ...heads)),
      element('tbody', {}, ...rows),
    );
  }

  private notChecked({ notChecked, ok }: Report): HTMLElement {
    const none = this.say(ok ? 'allChecked' : 'restUnchecked');
    if (notChecked.length === 0) return element('p', { id: 'not-checked' }, none);
    const items = notChecked.map((line) => {
      const [what, why] = this.inChinese ? inChinese(line) : [line.what, line.why];
      return element('li', {}, this.inChinese ? `${what}：${why}。` : `${what}: ${why}.`);
    });
    if (!ok) items.push(element('li', {}, this.say('restUnchecked')));
    return element('ul', { id: 'not-checked' }, ...items);
  }

  private erased({ erased }: Report): HTMLElement {
    if (erased.length === 0) return element('p', {}, this.say('nothingErased'));
    const items = erased.map(({ subject, by, values }) =>
      element('li', {}, this.say('erasedOf', { subject, by: this.number(by), values: this.number(values) })),
    );
    return element('ul', { id: 'erased' }, ...items);
  }

  private list(rows: readonly (readonly [TextName, Node | string])[]): HTMLElement {
    return element(
      'dl',
      {},
      ...rows.flatMap(([name, value]) => [element('dt', {}, this.say(name)), element('dd', {}, value)]),
    );
  }

  private heading(name: TextName): HTMLElement {
    return element('h2', {}, this.say(name));
  }

  private say(name: TextName, values?: Readonly<Record<string, string | number>>): string {
    return fill(this.of(texts[name]), values);
  }

  private of([en, zh]: Bilingual): string {
    return this.inChinese ? zh : en;
  }

  private number(value: number): string {
    return this.numbers.format(value);
  }
}

function moment(at: string): string {
  return at.replace('T', ' ').replace(/\.\d+Z$/, '');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
