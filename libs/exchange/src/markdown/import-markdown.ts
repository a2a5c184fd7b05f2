/**
 * Checklists in Markdown. Headings become phases, deeper ones groups; items with a checkbox and numbered items become
 * steps, in a document without checkboxes every item of a list does; what stands under a heading beside them is its
 * summary.
 */
import { isJsonObject, type JsonObject } from '@cordon/kernel';
import { Draft, MOST_STEPS, shortTitle, type ImportOptions, type Written } from '../draft/draft.js';
import { isReadable, readYaml } from '../draft/read-document.js';
import { Report } from '../draft/report.js';
import { withoutSecrets } from '../draft/secrets.js';
import { textIn } from '../draft/shapes.js';
import type { ImportResult } from '../import-result.js';
import { outlineOf, type Item, type Section } from './outline.js';
import { blocksOf, itemsIn, taskCount, type Rules } from './steps.js';

/** What the front matter may say. */
const UNDERSTOOD = ['title', 'version', 'id', 'description', 'summary'];

/**
 * A checklist to a Cordon playbook. Never throws: a document without a single step, or too large a one, is an error among
 * the findings, and then there is no source. Linear in the length of the text.
 */
export function importMarkdown(text: string, options: ImportOptions = {}): ImportResult {
  const report = new Report();
  if (!isReadable(text, report)) return report.refused('markdown');
  const document = cleaned(text, report);
  const lines = document.split('\n');
  const front = frontMatterOf(lines, report);
  const root = outlineOf(lines, front.next, report);
  const rules: Rules = { boxes: boxesIn(root) };
  const inSource = countIn(root, rules);
  if (inSource === 0 || inSource > MOST_STEPS) {
    const none = 'the document has no list items: write each step as "- [ ] …" or as a numbered item';
    const many = `the document has ${inSource} steps; at most ${MOST_STEPS} are possible: split it`;
    report.error('', inSource === 0 ? none : many);
    return report.refused('markdown');
  }
  const frontId = textIn(front.data, 'id');
  const draft = new Draft(
    'markdown',
    { ...(frontId === undefined ? {} : { id: frontId }), ...options },
    report,
  );
  if (!rules.boxes) report.note('', 'the document has no checkboxes: every item of its lists is a step');
  const { title, phases, opening } = partsOf(root, front.data, report);
  const summary = [
    textIn(front.data, 'description') ?? textIn(front.data, 'summary'),
    paragraphs(opening.body, rules),
  ];
  if (itemsIn(opening.body).some((item) => taskCount(item, true, rules) > 0)) {
    report.note(`line ${opening.line}`, 'the steps before the first phase have a phase of their own');
    const name = phases.length === 0 ? title : 'To begin with';
    draft.phases.push(phaseOf(draft, { ...opening, title: name, sections: [] }, rules, ''));
  }
  for (const section of phases) {
    if (countIn(section, rules) > 0) draft.phases.push(phaseOf(draft, section, rules));
    else summary.push(...textsOf(section, rules, report));
  }
  const version = textIn(front.data, 'version');
  return draft.finish({
    title,
    summary,
    ...(version === undefined ? {} : { version }),
    comment:
      'Imported from a checklist in Markdown.\nHeadings are phases, list items are steps; "source" names the line of each.',
    document,
    inSource,
  });
}

/** The text with line feeds only, without what cannot be stored or looks like a secret. Lines keep their numbers. */
function cleaned(text: string, report: Report): string {
  const storable = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n')
    .toWellFormed()
    .replaceAll('\0', '\uFFFD');
  const safe = withoutSecrets(storable);
  if (safe === storable) return safe;
  const before = storable.split('\n');
  safe.split('\n').forEach((line, i) => {
    if (line === before[i]) return;
    report.gather('warning', 'values that look like secrets were left out', `line ${i + 1}`, `line ${i + 1}`);
  });
  return safe;
}

/** YAML between two lines of hyphens at the top, and the line after it. */
function frontMatterOf(
  lines: readonly string[],
  report: Report,
): { readonly data: JsonObject; readonly next: number } {
  if (lines[0]?.trimEnd() !== '---') return { data: {}, next: 0 };
  const end = lines.findIndex((line, i) => i > 0 && /^(---|\.\.\.)\s*$/.test(line));
  if (end < 0) return { data: {}, next: 0 };
  const own = new Report();
  const data = end === 1 ? {} : readYaml(lines.slice(1, end).join('\n'), own);
  if (!isJsonObject(data)) {
    report.warning('line 1', 'the front matter is no YAML map that can be read: it was left out');
    return { data: {}, next: end + 1 };
  }
  for (const key of Object.keys(data).filter((name) => !UNDERSTOOD.includes(name))) {
    report.gather(
      'note',
      'members of the front matter have no counterpart here; they are in origin',
      'line 1',
      key,
    );
  }
  return { data, next: end + 1 };
}

interface Parts {
  readonly title: string;
  readonly phases: readonly Section[];
  /** What stands before the first phase. */
  readonly opening: Section;
}

/** A single heading above all others is the title; the headings of the highest level below it are the phases. */
function partsOf(root: Section, front: JsonObject, report: Report): Parts {
  const named = textIn(front, 'title');
  const [only] = root.sections;
  const isTitle =
    root.sections.length === 1 && only !== undefined && (only.sections.length > 0 || only.level === 1);
  const written = isTitle ? only.title : undefined;
  const title = named ?? (written === '' ? undefined : written);
  if (title === undefined) {
    report.warning(
      '',
      'the document has no title: write one as a single heading of the first level, or in front matter',
    );
  }
  const opening = isTitle ? { ...only, body: [...root.body, ...only.body] } : root;
  const phases = isTitle ? only.sections : root.sections;
  return { title: shortTitle(title ?? 'Imported checklist').title, phases, opening };
}

function phaseOf(
  draft: Draft,
  section: Section,
  rules: Rules,
  own = paragraphs(section.body, rules),
): Written {
  const line = `line ${section.line}`;
  const { title, rest } = shortTitle(section.title === '' ? `Phase of line ${section.line}` : section.title);
  const id = draft.names.idFor(title, 'phase');
  const notes: string[] = [];
  const steps = [
    ...blocksOf(draft, section.body, true, rules),
    ...section.sections.flatMap((below) => groupOf(draft, below, rules, notes)),
  ];
  const summary = [rest, own, ...notes].filter((part) => part !== undefined && part !== '').join('\n\n');
  return {
    id,
    title: draft.text(title, line),
    ...(summary === '' ? {} : { summary: draft.text(summary, line) }),
    steps,
  };
}

/** A heading inside a phase. Its text goes to the summary of the phase: a group has none. */
function groupOf(draft: Draft, section: Section, rules: Rules, notes: string[]): readonly Written[] {
  const line = `line ${section.line}`;
  if (countIn(section, rules) === 0) {
    notes.push(...textsOf(section, rules, draft.report));
    return [];
  }
  const { title } = shortTitle(section.title === '' ? `Group of line ${section.line}` : section.title);
  const group = draft.names.idFor(title, 'group');
  const own = paragraphs(section.body, rules);
  if (own !== '') notes.push(`**${title}**\n\n${own}`);
  const steps = [
    ...blocksOf(draft, section.body, true, rules),
    ...section.sections.flatMap((below) => groupOf(draft, below, rules, notes)),
  ];
  return [{ group, title: draft.text(title, line), steps }];
}

/** What a heading without steps says, with all below it. */
function textsOf(section: Section, rules: Rules, report: Report): readonly string[] {
  const line = `line ${section.line}`;
  report.gather('note', 'headings without steps are part of a summary', line, line);
  const own = paragraphs(section.body, rules);
  const heading = section.title === '' ? '' : `**${section.title}**`;
  const whole = [heading, own].filter((part) => part !== '').join('\n\n');
  return [
    ...(whole === '' ? [] : [whole]),
    ...section.sections.flatMap((below) => textsOf(below, rules, report)),
  ];
}

/** What is no step, as Markdown. */
function paragraphs(body: readonly (string | Item)[], rules: Rules): string {
  const lines = body.flatMap((part): readonly string[] =>
    typeof part === 'string' ? [part] : taskCount(part, true, rules) > 0 ? [] : itemLines(part, rules),
  );
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function itemLines(item: Item, rules: Rules): readonly string[] {
  const [first = '', ...others] = item.body.flatMap((part) =>
    typeof part === 'string' ? [part] : itemLines(part, rules),
  );
  return [`- ${first}`, ...others.map((line) => (line === '' ? '' : `  ${line}`))];
}

function boxesIn(section: Section): boolean {
  const within = (items: readonly Item[]): boolean =>
    items.some((item) => item.box !== undefined || within(itemsIn(item.body)));
  return within(itemsIn(section.body)) || section.sections.some(boxesIn);
}

function countIn(section: Section, rules: Rules): number {
  const own = itemsIn(section.body).reduce((sum, item) => sum + taskCount(item, true, rules), 0);
  return section.sections.reduce((sum, below) => sum + countIn(below, rules), own);
}
