/** What the schema cannot see: names that lead nowhere, moves out of order, missing languages, flows that get stuck. */
import { checkClosing, checkHours } from './check-closing.js';
import { checkGraph } from './check-graph.js';
import { CheckScope, type StepPlace } from './check-scope.js';
import { checkStep } from './check-step.js';
import { lookCloser } from './look-closer.js';
import type { Block, Playbook, Step, SystemMove } from './model.js';
import { isStep, sequencesIn, walkBlocks } from './plan.js';
import type { Issue, Path } from './issue.js';

const MOVES: readonly SystemMove[] = ['isolate', 'restore', 'verify', 'return'];

/** One event may pass every step in a single macrostep, and the machines are compiled with a limit of 4,000 of those. */
const MAX_STEPS = 500;

/** What every incident knows of itself, and `fact.set` sets under these names. */
const OWN_MOMENTS = ['awareAt', 'onsetAt'];

/** Semantic findings of a playbook that has the right shape. O(steps × sequence length). */
export function checkSemantics(playbook: Playbook, paths: ReadonlyMap<object, Path>): readonly Issue[] {
  const scope = new CheckScope(playbook, paths);
  checkHeader(scope);
  checkFlow(scope);
  for (const phase of playbook.phases) {
    scope.claim(phase.id, scope.at(phase));
    walkBlocks(phase.blocks, (block) => declare(scope, block));
    for (const step of phase.anytime) declare(scope, step);
  }
  if (scope.steps.size > MAX_STEPS) {
    scope.add(['phases'], `a playbook has at most ${MAX_STEPS} steps; this one has ${scope.steps.size}`);
  }
  for (const phase of playbook.phases) {
    scope.texts(phase.title, scope.at(phase), `the phase ${phase.id}`);
    if (phase.summary) scope.texts(phase.summary, scope.at(phase), `the summary of ${phase.id}`);
    checkSequence(scope, phase.blocks);
    for (const step of phase.anytime)
      checkStep(scope, step, { before: [step], inEach: false, anytime: true });
  }
  checkMoves(scope);
  checkClosing(scope);
  checkHours(scope);
  if (scope.issues.length === 0) lookCloser(scope);
  return scope.issues;
}

function checkHeader(scope: CheckScope): void {
  const { title, summary, roles, facts } = scope.playbook;
  scope.texts(title, ['title'], 'the playbook');
  scope.texts(summary, ['summary'], 'the summary');
  roles.forEach((role, i) => scope.texts(role.title, ['roles', i], `the role ${role.id}`));
  facts.forEach((fact, i) => {
    const path = ['facts', i];
    scope.texts(fact.title, path, `the fact ${fact.id}`);
    if (fact.type === 'choice' && fact.options.length === 0) {
      scope.add(path, `the fact ${fact.id} is a choice: give it options`);
    }
    scope.options(fact.options, path, `the fact ${fact.id}`);
    if (OWN_MOMENTS.includes(fact.id) || scope.isInherited(fact.id)) {
      scope.add(path, `"${fact.id}" has a meaning of its own: choose another id for the fact`);
    }
  });
  scope.duplicates('fact', idsOf(facts), ['facts']);
  scope.duplicates('role', idsOf(roles), ['roles']);
}

function checkFlow(scope: CheckScope): void {
  const named = namedInFlow(scope.playbook);
  const phases = idsOf(scope.playbook.phases);
  scope.duplicates('phase in the flow', named, ['flow']);
  for (const id of named) {
    if (!phases.includes(id)) scope.add(['flow'], `the flow names "${id}", which is not a phase`);
  }
  for (const id of phases) {
    if (!named.includes(id)) scope.add(['flow'], `the flow never reaches the phase "${id}"`);
  }
  const tracks = scope.playbook.flow.filter((item) => typeof item !== 'string');
  tracks.forEach((_, i) => scope.claim(`tracks-${i + 1}`, ['flow']));
}

function namedInFlow({ flow }: Playbook): readonly string[] {
  return flow.flatMap((item) => (typeof item === 'string' ? [item] : item.parallel.flat()));
}

/** Names of steps and blocks, and those that the machine makes from them, are unique in the playbook. */
function declare(scope: CheckScope, block: Block): void {
  const path = scope.at(block);
  scope.claim(block.id, path);
  if (block.kind === 'each') {
    for (const step of block.steps) {
      scope.claim(step.id, scope.at(step));
      scope.steps.set(step.id, { step, each: block.id });
    }
    return;
  }
  if (!isStep(block)) return;
  scope.steps.set(block.id, { step: block });
  if (block.failed && 'then' in block.failed) scope.claim(`${block.id}-failed`, path);
  if (block.kind !== 'decision') return;
  for (const answer of block.answers) {
    if (answer.then.length === 0) continue;
    scope.claim(`${block.id}-if-${answer.id}`, path);
    if (answer.again) scope.claim(`${block.id}-round-${answer.id}`, path);
  }
}

/** Order matters here: going back reaches only what comes earlier in the same sequence. */
function checkSequence(scope: CheckScope, blocks: readonly Block[], graph?: string): void {
  blocks.forEach((block, index) => {
    if (block.kind === 'each') {
      block.steps.forEach((step, i) => checkStep(scope, step, placeOf(block.steps, i, true)));
      return;
    }
    if (block.kind === 'group' && block.title)
      scope.texts(block.title, scope.at(block), `the group ${block.id}`);
    if (block.kind === 'graph') {
      checkGraph(scope, block);
      for (const { block: inner } of block.nodes) checkSequence(scope, [inner], block.id);
      return;
    }
    if (isStep(block)) {
      checkStep(scope, block, {
        ...placeOf(blocks, index, false),
        ...(graph === undefined ? {} : { graph }),
      });
      checkBranches(scope, block);
    }
    for (const inner of sequencesIn(block)) checkSequence(scope, inner);
  });
}

function placeOf(blocks: readonly Block[], index: number, inEach: boolean): StepPlace {
  return { before: blocks.slice(0, index + 1), inEach };
}

/** Steps per system stand in the flow itself: on a branch that is not taken they would never open, nor let anything close. */
function checkBranches(scope: CheckScope, step: Step): void {
  for (const branch of sequencesIn(step)) {
    walkBlocks(branch, (block) => {
      if (block.kind !== 'each') return;
      scope.add(
        scope.at(block),
        `"${block.id}" repeats for every system, so it cannot depend on the outcome of a step`,
      );
    });
  }
}

/** Over all `each` blocks, in flow order, every move once and in order; or none at all. */
function checkMoves(scope: CheckScope): void {
  const made: SystemMove[] = [];
  for (const id of namedInFlow(scope.playbook)) {
    const phase = scope.playbook.phases.find((candidate) => candidate.id === id);
    walkBlocks(phase?.blocks ?? [], (block) => {
      if (block.kind !== 'each') return;
      for (const { move } of block.steps) if (move) made.push(move);
    });
  }
  if (made.length > 0 && made.join() !== MOVES.join()) {
    scope.add(
      ['phases'],
      `affected systems are moved by ${made.join(', ')}: write each of ${MOVES.join(', ')} once, in this order`,
    );
  }
}

function idsOf(items: readonly { readonly id: string }[]): readonly string[] {
  return items.map((item) => item.id);
}
