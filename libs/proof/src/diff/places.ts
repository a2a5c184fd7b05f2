/**
 * Where blocks stand: every sequence of blocks with a name that is the same in both versions. Phases, groups, graphs,
 * answers and failures have such names; the branches of a parallel have none, and are paired by the steps in them.
 */
import { isStep, sequencesIn, type After, type Block, type Playbook } from '@cordon/playbook';

/** A sequence of blocks. */
export interface Place {
  readonly name: string;
  /** As a sentence says it. */
  readonly words: string;
  readonly phase: string;
  /** Keys of the blocks in order: `step:id`, `block:id`, or `parallel:…` by one of its branches. */
  readonly items: readonly string[];
  /** In a graph: what each block comes after. */
  readonly after?: ReadonlyMap<string, readonly After[]>;
}

/** A branch of a parallel, with every step below it. */
interface Branch {
  readonly steps: ReadonlySet<string>;
  readonly phase: string;
}

/** The places of both versions, a branch of the new one named as the branch of the old one that it shares most steps with. */
export function placesOf(before: Playbook, after: Playbook): readonly [readonly Place[], readonly Place[]] {
  const old = branchesOf(before);
  const now = branchesOf(after);
  const names = new Map<readonly Block[], string>();
  for (const blocks of old.keys()) names.set(blocks, branchName(blocks));
  for (const [blocks, partner] of paired(old, now)) {
    names.set(blocks, names.get(partner) ?? '');
  }
  const taken = new Set(names.values());
  for (const blocks of now.keys()) {
    if (names.has(blocks)) continue;
    const name = branchName(blocks);
    names.set(blocks, taken.has(name) ? `${name} (new)` : name);
  }
  return [placesIn(before, names), placesIn(after, names)];
}

function branchesOf({ phases }: Playbook): ReadonlyMap<readonly Block[], Branch> {
  const branches = new Map<readonly Block[], Branch>();
  const visit = (blocks: readonly Block[], phase: string): void => {
    for (const block of blocks) {
      if (block.kind === 'parallel') {
        for (const branch of block.branches)
          branches.set(branch, { steps: new Set(stepsBelow(branch)), phase });
      }
      for (const inner of sequencesIn(block)) visit(inner, phase);
    }
  };
  for (const { id, blocks } of phases) visit(blocks, id);
  return branches;
}

/** Ids of all steps in these blocks, at any depth. */
function stepsBelow(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap((block) => [
    ...(isStep(block) ? [block.id] : []),
    ...(block.kind === 'each' ? block.steps.map(({ id }) => id) : []),
    ...sequencesIn(block).flatMap(stepsBelow),
  ]);
}

function branchName(blocks: readonly Block[]): string {
  return `the branch of ${stepsBelow(blocks)[0] ?? 'nothing'}`;
}

/** New branches with their old ones, the best matches first; each stands in one pair at most. O(branches² × steps). */
function paired(
  old: ReadonlyMap<readonly Block[], Branch>,
  now: ReadonlyMap<readonly Block[], Branch>,
): ReadonlyMap<readonly Block[], readonly Block[]> {
  const candidates = [...now].flatMap(([mine, { steps }]) =>
    [...old].map(([theirs, { steps: others }]) => {
      const shared = [...steps].filter((id) => others.has(id)).length;
      return { mine, theirs, score: shared / Math.max(1, steps.size + others.size - shared) };
    }),
  );
  const pairs = new Map<readonly Block[], readonly Block[]>();
  const used = new Set<readonly Block[]>();
  for (const { mine, theirs, score } of candidates.sort((a, b) => b.score - a.score)) {
    if (score === 0 || pairs.has(mine) || used.has(theirs)) continue;
    pairs.set(mine, theirs);
    used.add(theirs);
  }
  return pairs;
}

function placesIn({ phases }: Playbook, names: ReadonlyMap<readonly Block[], string>): readonly Place[] {
  const places: Place[] = [];
  const keyOf = (block: Block): string => {
    if (block.kind === 'parallel') {
      // Branches have no order that means anything; the first name of all stands for the parallel.
      return `parallel:${block.branches.map((branch) => names.get(branch) ?? '').sort()[0] ?? ''}`;
    }
    return isStep(block) ? `step:${block.id}` : `block:${block.id}`;
  };
  const add = (
    phase: string,
    name: string,
    words: string,
    blocks: readonly Block[],
    after?: Place['after'],
  ): void => {
    places.push({ name, words, phase, items: blocks.map(keyOf), ...(after ? { after } : {}) });
    for (const block of blocks) within(phase, block);
  };
  const within = (phase: string, block: Block): void => {
    const { id } = block;
    switch (block.kind) {
      case 'parallel':
        for (const branch of block.branches)
          add(phase, names.get(branch) ?? '', names.get(branch) ?? '', branch);
        return;
      case 'group':
        return add(phase, `group ${id}`, `the group ${id}`, block.blocks);
      case 'each':
        return add(phase, `each ${id}`, `the steps per system of ${id}`, block.steps);
      case 'graph':
        return add(
          phase,
          `graph ${id}`,
          `the graph ${id}`,
          block.nodes.map((node) => node.block),
          new Map(block.nodes.map((node) => [keyOf(node.block), node.after])),
        );
      default:
        if (block.kind === 'decision') {
          for (const { id: answer, then } of block.answers) {
            if (then.length > 0) add(phase, `answer ${id}/${answer}`, `the answer ${answer} of ${id}`, then);
          }
        }
        if (block.failed && 'then' in block.failed)
          add(phase, `failure ${id}`, `the failure of ${id}`, block.failed.then);
    }
  };
  for (const { id, blocks, anytime } of phases) {
    add(id, `phase ${id}`, `the phase ${id}`, blocks);
    add(id, `anytime ${id}`, `the steps at any time of ${id}`, anytime);
  }
  return places;
}
