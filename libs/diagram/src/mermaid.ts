/** The playbook as a Mermaid flowchart: phases as subgraphs, steps by shape, a legend. Layout is left to Mermaid. */
import type { Plan, PlanNode, StepKind } from '@cordon/playbook';
import { blockTitle, idOf, inOrder, outcomeWords } from './after-words.js';
import { shortened } from './clean-text.js';
import { said } from './condition.js';
import { layoutOf } from './layout.js';
import type { Layout } from './layout-context.js';
import { closing } from './outline.js';
import { eachSequence, type GraphPlan, stepNode } from './plan-blocks.js';
import { type Route, stepCard, type StepNode } from './step-card.js';

/** How a flowchart is written. */
export interface MermaidOptions {
  readonly language: string;
}

/** Text cannot leave its quotes: everything that Mermaid or HTML reads as a sign becomes an entity code. */
function quoted(text: string): string {
  const coded = shortened(text, 300).replace(
    /[^\p{L}\p{M}\p{N} .,:()+…“”「」、，。：；？！（）×·-]/gu,
    (found) => `#${found.codePointAt(0)};`,
  );
  return `"${coded}"`;
}

/** Line breaks are ours alone; the parts are coded each for itself. */
function quotedLines(parts: readonly string[]): string {
  return `"${parts
    .filter((part) => part !== '')
    .map((part) => quoted(part).slice(1, -1))
    .join('<br/>')}"`;
}

const SHAPES: Readonly<Record<StepKind, readonly [open: string, close: string]>> = {
  task: ['[', ']'],
  decision: ['{{', '}}'],
  approval: ['[/', '/]'],
  action: ['[[', ']]'],
  wait: ['([', '])'],
  notice: ['>', ']'],
};

/** Ends of what has been written so far, each with the words on the line that leads on from it. */
type Ends = readonly { readonly from: string; readonly words: string }[];

/**
 * The flowchart's text, for Mermaid 10 and later, ending with a line feed. Names are numbers, so nothing an author
 * wrote is read as syntax. Deterministic; O(blocks).
 */
export function mermaidOf(plan: Plan, { language }: MermaidOptions): string {
  const layout = layoutOf(plan, { language, narrow: false });
  const chart = new Chart(layout);
  const { words } = layout;
  chart.add(`start([${quoted(words.opened)}])`);
  const ends = chart.write(plan.root, [{ from: 'start', words: '' }]);
  chart.add(`finish([${quotedLines([words.close, ...closing(layout)])}])`);
  chart.join(ends, 'finish');
  const legend = (Object.keys(SHAPES) as StepKind[]).map((kind) => {
    const [open, close] = SHAPES[kind];
    return `  key_${kind}${open}${quoted(words.kinds[kind])}${close}`;
  });
  return [
    'flowchart TD',
    ...chart.lines.map((line) => `  ${line}`),
    ...chart.links.map((link) => `  ${link}`),
    '  subgraph legend[" "]',
    '    direction LR',
    ...legend.map((line) => `  ${line}`),
    `    key_optional[${quoted(words.optional)}]:::optional`,
    '  end',
    '  classDef optional stroke-dasharray: 5 4',
    '',
  ].join('\n');
}

class Chart {
  readonly lines: string[] = [];
  /** Written after all boxes: Mermaid puts a name into the box in which it is first mentioned. */
  readonly links: string[] = [];
  private readonly names = new Map<string, string>();
  private count = 0;
  private depth = 0;

  constructor(private readonly layout: Layout) {}

  add(line: string): void {
    this.lines.push(`${'  '.repeat(this.depth)}${line}`);
  }

  join(ends: Ends, to: string): void {
    for (const { from, words } of ends) this.line(from, to, words, '-->');
  }

  /** Writes a node of the tree behind these ends, and gives the ends that lead on from it. */
  write(node: PlanNode, ends: Ends): Ends {
    switch (node.kind) {
      case 'sequence':
        return this.sequence(node.items, ends);
      case 'phase':
        return this.phase(node.id, node.body, ends);
      case 'group':
        return this.frame(blockTitle(this.layout, node.id), () => this.write(node.body, ends));
      case 'each':
        return this.frame(this.layout.words.everySystem, () =>
          this.write(eachSequence(this.layout.plan, node.id), ends),
        );
      case 'parallel':
        return this.parallel(node.branches, ends);
      case 'graph':
        return this.frame(this.layout.words.graph, () => this.graph(node, ends));
      case 'step':
        return this.step(node, ends);
    }
  }

  private sequence(items: readonly PlanNode[], ends: Ends): Ends {
    let open = ends;
    for (const item of items) open = this.write(item, open);
    const steps = items.flatMap((item) => (item.kind === 'step' ? [item] : []));
    for (const item of steps) this.backsOf(item);
    return open;
  }

  /** Ways back are written once all that they may lead to has a name. */
  private backsOf(item: StepNode): void {
    for (const route of stepCard(this.layout, item).routes) {
      const from = this.names.get(item.id);
      const to = route.leads.to === 'back' ? this.names.get(route.leads.step) : undefined;
      if (from !== undefined && to !== undefined) this.line(from, to, wordsOf(route), '-.->');
    }
  }

  private phase(id: string, body: PlanNode, ends: Ends): Ends {
    const phase = this.layout.plan.phases.get(id);
    return this.frame(phase ? said(this.layout, phase.title) : id, () => {
      const open = this.write(body, ends);
      const anytime = phase?.anytime ?? [];
      if (anytime.length > 0) {
        this.frame(this.layout.words.anytime, () => {
          for (const step of anytime) this.step(stepNode(step.id), []);
          return [];
        });
      }
      return open;
    });
  }

  private frame(title: string, inside: () => Ends): Ends {
    this.add(`subgraph ${this.name('box')}[${quoted(title)}]`);
    this.depth += 1;
    const ends = inside();
    this.depth -= 1;
    this.add('end');
    return ends;
  }

  private parallel(branches: readonly PlanNode[], ends: Ends): Ends {
    const fork = this.name('fork');
    this.add(`${fork}[${quoted(this.layout.words.sideBySide(branches.length))}]`);
    this.join(ends, fork);
    const joined = branches.flatMap((branch) => this.write(branch, [{ from: fork, words: '' }]));
    const join = this.name('join');
    this.add(`${join}((" "))`);
    this.join(joined, join);
    return [{ from: join, words: '' }];
  }

  private graph(graph: GraphPlan, ends: Ends): Ends {
    const left = new Map<string, Ends>();
    const followed = new Set(graph.nodes.flatMap(({ after }) => after.map(({ step }) => step)));
    for (const member of inOrder(graph)) {
      const before = member.after.flatMap((one) =>
        startsOf(left.get(one.step) ?? []).map((from) => ({ from, words: outcomeWords(this.layout, one) })),
      );
      left.set(idOf(member), this.write(member.node, member.after.length === 0 ? ends : before));
    }
    return [...left].flatMap(([id, open]) => (followed.has(id) ? [] : open));
  }

  private step(node: StepNode, ends: Ends): Ends {
    const card = stepCard(this.layout, node);
    const name = this.name('step');
    this.names.set(node.id, name);
    const [open, close] = SHAPES[card.kind];
    const head = [card.kindWord, card.roles].filter((part) => part !== '').join(' · ');
    const label = quotedLines([head, card.title, ...card.tags.map(({ text }) => text)]);
    this.add(`${name}${open}${label}${close}${card.mandatory ? '' : ':::optional'}`);
    this.join(ends, name);
    const leaving: { from: string; words: string }[] = [];
    const answers = card.routes.filter(({ tone }) => tone === 'answer');
    if (answers.length === 0) leaving.push({ from: name, words: '' });
    for (const route of card.routes) {
      if (route.leads.to === 'back') continue;
      const words = wordsOf(route);
      const out = route.body ? this.write(route.body, [{ from: name, words }]) : [{ from: name, words }];
      if (route.leads.to === 'on') leaving.push(...out);
      else for (const end of out) this.line(end.from, name, end.words, '-.->');
    }
    return leaving;
  }

  private line(from: string, to: string, words: string, arrow: '-->' | '-.->'): void {
    this.links.push(words === '' ? `${from} ${arrow} ${to}` : `${from} ${arrow}|${quoted(words)}| ${to}`);
  }

  private name(prefix: string): string {
    this.count += 1;
    return `${prefix}${this.count}`;
  }
}

/** Where these ends begin, each once. */
function startsOf(ends: Ends): readonly string[] {
  return [...new Set(ends.map(({ from }) => from))];
}

function wordsOf({ label, notes }: Route): string {
  return [label, ...notes].join(', ');
}
