/** Which step of a new version stands for which of the old one: a proposal for moving running incidents. */
import { inLanguage } from '@cordon/engine';
import { planOf, type PlannedStep, type Playbook } from '@cordon/playbook';
import { stepsBehind } from './flow-order.js';

/** `same` has the same id; `likely` was found by what it says and where it stands; `none` has no counterpart. */
export type MatchCertainty = 'same' | 'likely' | 'none';

/** What became of one step of the old version. */
export interface StepMatch {
  readonly from: string;
  readonly to: string | null;
  readonly certainty: MatchCertainty;
  /** Sentences. */
  readonly reasons: readonly string[];
}

/** A mandatory step that the old version does not have, before a step that has begun: people will meet it at once. */
export interface LateStep {
  readonly step: string;
  readonly phase: string;
  /** Steps of the new version that come only after it and that have begun already. */
  readonly before: readonly string[];
  readonly reason: string;
}

/** A proposal for every step, and what people should know before they accept it. */
export interface StepMapping {
  /** In the flow order of the old version. */
  readonly steps: readonly StepMatch[];
  /** The same as data, as the engine takes it: every step of the old version with its counterpart or null. */
  readonly map: Readonly<Record<string, string | null>>;
  /** Steps of the new version that are nobody's counterpart, in flow order. */
  readonly added: readonly string[];
  readonly late: readonly LateStep[];
}

/** Titles this alike are taken for the same step reworded. */
const ALIKE = 0.6;

/**
 * Proposes a counterpart for each step of the old version; nobody is bound by it. A step fits only one of the same kind
 * that is likewise done once or per system, and no two steps get the same. `begun` are the steps of the old version
 * that the incident has begun or done. Pure; O(removed × added steps × length of titles).
 */
export function mappingOf(
  before: Playbook,
  after: Playbook,
  begun: ReadonlySet<string> = new Set(),
): StepMapping {
  const [old, now] = [planOf(before), planOf(after)];
  const matches = new Map<string, StepMatch>();
  const taken = new Set<string>();
  for (const [id, planned] of old.steps) {
    const same = now.steps.get(id);
    const misfit = same && misfitOf(planned, same);
    if (!same || misfit !== undefined) continue;
    matches.set(id, { from: id, to: id, certainty: 'same', reasons: ['It has the same id.'] });
    taken.add(id);
  }
  for (const { from, to, reasons } of candidates(old.steps, now.steps, matches, taken)) {
    if (matches.has(from) || taken.has(to)) continue;
    matches.set(from, { from, to, certainty: 'likely', reasons });
    taken.add(to);
  }
  const steps = [...old.steps].map(
    ([id, planned]) => matches.get(id) ?? unmatched(id, planned, now.steps.get(id)),
  );
  const map = Object.fromEntries(steps.map(({ from, to }) => [from, to]));
  const added = [...now.steps.keys()].filter((id) => !taken.has(id));
  const reached = new Set(steps.flatMap(({ from, to }) => (to !== null && begun.has(from) ? [to] : [])));
  const late = added.flatMap((step): readonly LateStep[] => {
    const planned = now.steps.get(step);
    if (!planned?.step.mandatory || planned.anytime) return [];
    const behind = stepsBehind(now, step);
    const passed = [...reached].filter((id) => behind.has(id));
    if (passed.length === 0) return [];
    const reason = `${step} is new and mandatory, and comes before ${passed.join(', ')}, which has begun: the flow returns to it.`;
    return [{ step, phase: planned.phase, before: passed, reason }];
  });
  return { steps, map, added, late };
}

/** Why a record of one cannot be a record of the other. */
function misfitOf(old: PlannedStep, now: PlannedStep): string | undefined {
  if (old.step.kind !== now.step.kind) {
    return `its kind changes from ${old.step.kind} to ${now.step.kind}`;
  }
  if ((old.each === undefined) !== (now.each === undefined)) {
    return old.each === undefined ? 'it is now done per system' : 'it is no longer done per system';
  }
  if (old.anytime === now.anytime) return undefined;
  return old.anytime ? 'it now stands in the flow' : 'it no longer stands in the flow';
}

function unmatched(id: string, old: PlannedStep, same: PlannedStep | undefined): StepMatch {
  const misfit = same && misfitOf(old, same);
  const reason =
    misfit === undefined
      ? 'The new version has no step like it.'
      : `The new version has a step of this id, but ${misfit}.`;
  return { from: id, to: null, certainty: 'none', reasons: [reason] };
}

interface Candidate {
  readonly from: string;
  readonly to: string;
  readonly score: number;
  readonly reasons: readonly string[];
}

/** Pairs of a step without counterpart and a free step that fits, the most alike first. */
function candidates(
  old: ReadonlyMap<string, PlannedStep>,
  now: ReadonlyMap<string, PlannedStep>,
  matches: ReadonlyMap<string, StepMatch>,
  taken: ReadonlySet<string>,
): readonly Candidate[] {
  const pairs: Candidate[] = [];
  for (const [from, planned] of old) {
    if (matches.has(from)) continue;
    for (const [to, other] of now) {
      if (taken.has(to) || misfitOf(planned, other) !== undefined) continue;
      const pair = likeness(from, planned, to, other);
      if (pair) pairs.push(pair);
    }
  }
  return pairs.sort((a, b) => b.score - a.score);
}

function likeness(from: string, old: PlannedStep, to: string, now: PlannedStep): Candidate | undefined {
  const [was, is] = [inLanguage(old.step.title, 'en'), inLanguage(now.step.title, 'en')];
  const alike = was === is ? 1 : similarity(was, is);
  if (alike < ALIKE) return undefined;
  const samePhase = old.phase === now.phase;
  const reasons = [
    was === is ? 'It has the same title.' : `Its title is alike: "${was}" and "${is}".`,
    `It is a ${now.step.kind} too.`,
    ...(samePhase ? ['It is in the same phase.'] : []),
  ];
  return { from, to, score: alike + (samePhase ? 0.2 : 0), reasons };
}

/** Shared pairs of neighbouring letters (Sørensen–Dice), from 0 to 1. */
function similarity(a: string, b: string): number {
  const [x, y] = [pairsOf(a), pairsOf(b)];
  const total = x.length + y.length;
  if (total === 0) return 0;
  const rest = [...y];
  let shared = 0;
  for (const pair of x) {
    const at = rest.indexOf(pair);
    if (at < 0) continue;
    rest.splice(at, 1);
    shared += 1;
  }
  return (2 * shared) / total;
}

function pairsOf(text: string): readonly string[] {
  const letters = [...text.toLowerCase()].filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  return letters.slice(1).map((letter, n) => `${letters[n] ?? ''}${letter}`);
}
