/** The diagram as text, for readers who do not see it: the same content, in flow order, indented by depth. */
import { markingText, type Plan, type PlanNode } from '@cordon/playbook';
import { afterWords, blockTitle, inOrder } from './after-words.js';
import { cleanText } from './clean-text.js';
import { guardWords, said, stepTitle } from './condition.js';
import { layoutOf, progressOf } from './layout.js';
import type { Layout } from './layout-context.js';
import { isCurrent, markOf, type Marks } from './marks.js';
import { eachSequence, type GraphMember, itemsOf, stepNode } from './plan-blocks.js';
import { rowWords, statusWords } from './step-box.js';
import { type Route, stepCard, type StepNode } from './step-card.js';

/** How an outline is written: a BCP 47 tag, and where a running incident stands. */
export interface OutlineOptions {
  readonly language: string;
  readonly marks?: Marks;
}

/**
 * The playbook as a plain-text outline: phases, steps with roles, tags and answers, and with `marks` where each stands.
 * Lines end with a line feed, the last one too. Deterministic; O(blocks).
 */
export function outlineOf(plan: Plan, options: OutlineOptions): string {
  const layout = layoutOf(plan, { ...options, narrow: true });
  const { playbook } = plan;
  const lines = [
    `${said(layout, playbook.title)} (${layout.words.version(cleanText(playbook.version))})`,
    ...playbook.markings.map((marking) => cleanText(markingText(marking))),
    said(layout, playbook.summary),
    ...(nowWords(layout) === '' ? [] : [nowWords(layout)]),
    '',
    ...itemsOf(plan.root).flatMap((node) => nodeLines(layout, node, 0)),
    '',
    layout.words.close,
    ...closing(layout).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** What goes on or can begin at this moment, in one sentence; empty without marks, and when nothing is open. */
export function nowWords(layout: Layout): string {
  const { words, marks } = layout;
  const open = [...layout.plan.steps.values()].filter(
    ({ step, anytime }) => !anytime && isCurrent(markOf(marks, step.id)),
  );
  const titles = open.map(({ step }) => words.quoted(stepTitle(layout, step.id)));
  return titles.length === 0 ? '' : words.leading(words.now, words.list(titles));
}

/** What must be so before the incident is closed, one line for each duty and each condition. */
export function closing(layout: Layout): readonly string[] {
  const { duties, closure } = layout.plan.playbook;
  const lines = [
    ...duties.map(({ title, when }) => {
      const condition = when ? ` (${layout.words.condition(guardWords(layout, when))})` : '';
      return `${layout.words.duty(said(layout, title))}${condition}`;
    }),
    ...closure.map(({ title, when }) => `${said(layout, title)} (${guardWords(layout, when)})`),
  ];
  return lines.length === 0
    ? [layout.words.nothingElse]
    : [layout.words.closeNeeds, ...lines.map((line) => `• ${line}`)];
}

function nodeLines(layout: Layout, node: PlanNode, depth: number): readonly string[] {
  const { words } = layout;
  const inside = (body: PlanNode): readonly string[] =>
    itemsOf(body).flatMap((item) => nodeLines(layout, item, depth + 1));
  switch (node.kind) {
    case 'sequence':
      return node.items.flatMap((item) => nodeLines(layout, item, depth));
    case 'phase':
      return [
        line(depth, phaseHead(layout, node.id)),
        ...inside(node.body),
        ...anytimeLines(layout, node.id, depth + 1),
      ];
    case 'group':
      return [line(depth, `${words.group}: ${blockTitle(layout, node.id)}`), ...inside(node.body)];
    case 'each':
      return [line(depth, words.everySystem), ...inside(eachSequence(layout.plan, node.id))];
    case 'parallel': {
      const count = node.branches.length;
      const branches = node.branches.flatMap((branch, index) => [
        line(depth + 1, words.branch(index + 1, count)),
        ...itemsOf(branch).flatMap((item) => nodeLines(layout, item, depth + 2)),
      ]);
      return [line(depth, words.sideBySide(count)), ...branches];
    }
    case 'graph':
      return [
        line(depth, words.graph),
        ...inOrder(node).flatMap((member) => memberLines(layout, member, depth + 1)),
      ];
    case 'step':
      return stepLines(layout, node, depth);
  }
}

function memberLines(layout: Layout, member: GraphMember, depth: number): readonly string[] {
  const [first = '', ...rest] = nodeLines(layout, member.node, depth);
  return [`${first}; ${afterWords(layout, member)}`, ...rest];
}

function phaseHead(layout: Layout, id: string): string {
  const phase = layout.plan.phases.get(id);
  const progress = progressOf(layout, id);
  const title = phase ? said(layout, phase.title) : id;
  return `${layout.words.phase}: ${title}${progress === undefined ? '' : ` (${progress})`}`;
}

function anytimeLines(layout: Layout, id: string, depth: number): readonly string[] {
  const steps = layout.plan.phases.get(id)?.anytime ?? [];
  if (steps.length === 0) return [];
  return [
    line(depth, layout.words.anytime),
    ...steps.flatMap((step) => stepLines(layout, stepNode(step.id), depth + 1)),
  ];
}

function stepLines(layout: Layout, node: StepNode, depth: number): readonly string[] {
  const card = stepCard(layout, node);
  const mark = markOf(layout.marks, card.id);
  const about = [card.roles, ...card.tags.map(({ text }) => text)].filter((part) => part !== '');
  const head = `${card.kindWord}: ${card.title}${about.length === 0 ? '' : ` [${about.join('; ')}]`}`;
  const lines = [line(depth, head)];
  if (mark) {
    const why = mark.blocked === undefined ? '' : `: ${cleanText(mark.blocked)}`;
    lines.push(line(depth + 1, `${statusWords(mark, layout.words)}${why}`, '='));
  }
  return [...lines, ...card.routes.flatMap((route) => routeLines(layout, route, depth + 1))];
}

function routeLines(layout: Layout, route: Route, depth: number): readonly string[] {
  const { words } = layout;
  const on = route.leads.to === 'on' && !route.body && route.notes.length === 0 ? `: ${words.goesOn}` : '';
  const head = route.tone === 'answer' ? `${words.answer} ${words.quoted(route.label)}` : route.label;
  return [
    line(depth, `${rowWords({ ...route, label: head }, words)}${on}`, '>'),
    ...(route.body ? itemsOf(route.body).flatMap((item) => nodeLines(layout, item, depth + 1)) : []),
  ];
}

/** Steps and blocks begin with `-`, answers and other ways out with `>`, and where a step stands with `=`. */
function line(depth: number, text: string, sign = '-'): string {
  return `${'  '.repeat(depth)}${depth === 0 ? '' : `${sign} `}${text}`;
}
