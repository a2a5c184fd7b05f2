/** List items as steps, and runs of items as the order between them. */
import { shortTitle, DEFAULT_ROLE, type Draft, type Written } from '../draft/draft.js';
import { plainText, type Item } from './outline.js';

const ROLE =
  /^(?:\*\*|__)?(?:role|owner|responsible|assignee|assigned to)(?:\*\*|__)?\s*[:：]\s*(?:\*\*|__)?\s*(.{1,80}?)\s*(?:\*\*|__)?\.?$/i;
const BOLD_LEAD = /^(\*\*|__)(?=\S)(.+?)\1\s*[.:,;：。–—-]*\s*/;

/** Which items are steps. */
export interface Rules {
  /** The document has checkboxes: then a bullet without one is text. */
  readonly boxes: boolean;
}

/** Whether the item itself is a step. Below another item only a checkbox is. */
function isTask(item: Item, isTop: boolean, { boxes }: Rules): boolean {
  return item.box !== undefined || (isTop && (item.ordered || !boxes));
}

/** How many steps the item holds, itself included. */
export function taskCount(item: Item, isTop: boolean, rules: Rules): number {
  return itemsIn(item.body).reduce(
    (sum, below) => sum + taskCount(below, false, rules),
    isTask(item, isTop, rules) ? 1 : 0,
  );
}

/** The items of a body, without its text. */
export function itemsIn(body: readonly (string | Item)[]): readonly Item[] {
  return body.filter((part) => typeof part !== 'string');
}

/**
 * The blocks of a body. Numbered items follow each other; bullets that stand together have no order, unless one was asked
 * for; text between two lists puts the second after the first.
 */
export function blocksOf(
  draft: Draft,
  body: readonly (string | Item)[],
  isTop: boolean,
  rules: Rules,
): readonly Written[] {
  return runsOf(body, isTop, rules).flatMap((run) => {
    const branches = run.map((item) => itemBlocks(draft, item, isTop, rules));
    const [first] = run;
    if (first === undefined || run.length < 2 || first.ordered) return branches.flat();
    const { line } = first;
    if (draft.options.order === 'sequence') return branches.flat();
    const why =
      'bullets that stand together may be done in any order; number them, or import with the order "sequence", to have them follow each other';
    draft.report.gather('note', why, `line ${line}`, `line ${line}`);
    return [{ parallel: branches, id: draft.names.idFor(`any order ${line}`, 'parallel') }];
  });
}

/** Items that hold steps, in runs of one kind without text between them. */
function runsOf(
  body: readonly (string | Item)[],
  isTop: boolean,
  rules: Rules,
): readonly (readonly Item[])[] {
  const runs: Item[][] = [];
  let open = false;
  for (const part of body) {
    if (typeof part === 'string') {
      if (part.trim() !== '') open = false;
      continue;
    }
    if (taskCount(part, isTop, rules) === 0) continue;
    const run = runs.at(-1);
    if (open && run?.[0]?.ordered === part.ordered) run.push(part);
    else runs.push([part]);
    open = true;
  }
  return runs;
}

/** A step, or a group of what hangs below the item with the item itself as the last step: it is done when they are. */
function itemBlocks(draft: Draft, item: Item, isTop: boolean, rules: Rules): readonly Written[] {
  const below = blocksOf(draft, item.body, false, rules);
  const own = isTask(item, isTop, rules) ? [stepOf(draft, item, rules)] : [];
  if (below.length === 0) return own;
  const line = `line ${item.line}`;
  const { title, instructions } = wordsOf(item, rules);
  if (own.length === 0 && instructions !== '') {
    draft.report.gather(
      'warning',
      'what an item that is only a group says beside its title is only in origin',
      line,
      line,
    );
  }
  const group = draft.names.idFor(title, 'group');
  draft.report.gather(
    'note',
    'items with checkboxes below them are groups; the item itself comes last',
    line,
    line,
  );
  return [{ group, title: draft.text(title, line), steps: [...below, ...own] }];
}

function stepOf(draft: Draft, item: Item, rules: Rules): Written {
  const { report } = draft;
  const line = `line ${item.line}`;
  const { title, instructions } = wordsOf(item, rules);
  const id = draft.names.idFor(title, 'task');
  report.mapped(line, id);
  if (title.startsWith('Untitled')) report.warning(line, 'the item has no text: give the step a title');
  if (item.box !== undefined && item.box !== ' ') {
    report.gather(
      'note',
      'checkboxes that were ticked are steps like the others, still to be done',
      line,
      line,
    );
  }
  const roles = rolesOf(draft, item);
  const [only = DEFAULT_ROLE] = roles;
  return {
    task: id,
    title: draft.text(title, line),
    ...draft.instructions([instructions], line),
    ...(roles.length > 1 ? { roles } : { role: only }),
    source: line,
  };
}

/** Title: the bold words at the beginning, or the first paragraph, shortened. What the title does not say is instructions. */
function wordsOf(item: Item, rules: Rules): { readonly title: string; readonly instructions: string } {
  const lines = textOf(item, rules);
  const end = lines.findIndex(
    (line) => line.trim() === '' || /^\s*(`{3,}|~{3,}|[-*+] |\d+[.)] |\||>)/.test(line),
  );
  const lead = (end < 0 ? lines : lines.slice(0, end)).join('\n').trim();
  const rest = end < 0 ? '' : lines.slice(end).join('\n').trim();
  const bold = BOLD_LEAD.exec(lead);
  if (bold?.[2] !== undefined && plainText(bold[2]).replace(/[.:,;：。]+$/, '') !== '') {
    const short = shortTitle(plainText(bold[2]).replace(/[.:,;：。]+$/, ''));
    return { title: short.title, instructions: joined(short.rest, lead.slice(bold[0].length), rest) };
  }
  const { title, rest: whole } = shortTitle(plainText(lead));
  if (title === '') return { title: `Untitled item on line ${item.line}`, instructions: rest };
  const links = /\]\(/.test(lead);
  return { title, instructions: joined(whole !== undefined || links ? lead : undefined, rest) };
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part.trim() !== '').join('\n\n');
}

/** The lines of an item and of what below it is no step, as Markdown. */
function textOf(item: Item, rules: Rules, indent = ''): readonly string[] {
  return item.body.flatMap((part) => {
    if (typeof part === 'string') return [part === '' ? '' : indent + part];
    if (taskCount(part, false, rules) > 0) return [];
    const [first = '', ...others] = textOf(part, rules);
    return [
      `${indent}${part.ordered ? '1.' : '-'} ${first}`,
      ...others.map((line) => (line === '' ? '' : `${indent}  ${line}`)),
    ];
  });
}

/** The roles that a line below the item names: "Owner: …". */
function rolesOf(draft: Draft, item: Item): readonly string[] {
  for (const below of itemsIn(item.body)) {
    const [first] = below.body;
    const named =
      typeof first === 'string' && below.box === undefined && first.length < 200
        ? ROLE.exec(first.trim())?.[1]
        : undefined;
    if (named === undefined) continue;
    const line = `line ${below.line}`;
    const titles = named
      .split(/[,/;]/)
      .map((title) => plainText(title))
      .filter((title) => title !== '');
    if (titles.length === 0) continue;
    draft.report.gather('note', 'roles were taken from lines such as "Owner: …"', line, line);
    return [...new Set(titles.map((title) => draft.role(title, line)))];
  }
  return [];
}
