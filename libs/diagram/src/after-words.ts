/** The blocks of a graph: their titles, their order, and what each comes after. */
import type { After } from '@cordon/playbook';
import { said, stepTitle } from './condition.js';
import type { Layout } from './layout-context.js';
import type { GraphMember, GraphPlan } from './plan-blocks.js';

type Named = Pick<Layout, 'plan' | 'language' | 'words' | 'groups'>;

/** The id of a block of a graph. */
export function idOf({ node }: GraphMember): string {
  return node.id;
}

/** A block's title: a step's or a group's own, `For every affected system` for an `each`, else its id. */
export function blockTitle(named: Named, id: string): string {
  if (named.plan.steps.has(id)) return stepTitle(named, id);
  const group = named.groups.get(id);
  if (group?.title) return said(named, group.title);
  return named.plan.eaches.has(id) ? named.words.everySystem : id;
}

/** What an edge of a graph says beside its arrow; empty where the block before is simply done. */
export function outcomeWords({ plan, language, words }: Named, after: After): string {
  const step = plan.steps.get(after.step)?.step;
  if (after.answer !== undefined && step?.kind === 'decision') {
    const answer = step.answers.find(({ id }) => id === after.answer);
    return answer ? said({ plan, language, words }, answer.title) : after.answer;
  }
  switch (after.outcome) {
    case 'done':
      return '';
    case 'failed':
      return words.statuses.failed;
    case 'approved':
      return words.approved;
    case 'refused':
      return words.refused;
  }
}

/** What a block of a graph comes after, in one phrase. */
export function afterWords(named: Named, { after }: GraphMember): string {
  const { words } = named;
  if (after.length === 0) return words.first;
  const ends = after.map((one) => {
    const outcome = outcomeWords(named, one);
    const title = words.quoted(blockTitle(named, one.step));
    return outcome === '' ? title : `${title} (${outcome})`;
  });
  return words.after(words.list(ends));
}

/** Every block after all that it waits for, else in the order written. O(blocks × edges). */
export function inOrder(graph: GraphPlan): readonly GraphMember[] {
  const left = [...graph.nodes];
  const ids = new Set(left.map(idOf));
  const placed = new Set<string>();
  const ordered: GraphMember[] = [];
  while (left.length > 0) {
    const free = left.findIndex(({ after }) => after.every(({ step }) => placed.has(step) || !ids.has(step)));
    // A plan has no circles; were there one, its blocks would still each be drawn once.
    const [next] = left.splice(Math.max(0, free), 1);
    if (!next) break;
    placed.add(idOf(next));
    ordered.push(next);
  }
  return ordered;
}
