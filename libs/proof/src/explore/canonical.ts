/**
 * States without what no guard can see: times, names, assignments, how often something was done over. What is left is
 * finite, and two states with the same rest take the same events to states with the same rest.
 */
import { canonicalJson, type Json } from '@cordon/kernel';
import type { IncidentState, SystemState } from '@cordon/engine';
import {
  factValue,
  type Facts,
  type Plan,
  type Step,
  type StepRecord,
  type StepRecords,
} from '@cordon/playbook';

/** The people of an exploration: one does all the work, others approve it. */
export const DOER = 'doer';
/** The people who approve, counted from 0. */
export function approverName(index: number): string {
  return `approver-${index + 1}`;
}

/** The record of a step that the exploration takes as done. A decision has an answer that goes on, and waives what it can. */
function doneRecord(step: Step): StepRecord {
  const base = { status: 'completed', at: 0, readyAt: 0 } as const;
  if (step.kind !== 'decision') return base;
  const onward = step.answers.filter(({ repeat, again }) => repeat === undefined && again === undefined);
  const answer = onward.find(({ waives }) => waives !== undefined) ?? onward[0];
  return answer ? { ...base, answer: answer.id } : base;
}

/** Completed, failed for good, or left out by a person: changed facts do not undo it. */
export function isHardDone(record: StepRecord | undefined): boolean {
  if (!record) return false;
  return (
    record.status === 'completed' ||
    record.status === 'failed' ||
    (record.status === 'skipped' && !record.notApplicable)
  );
}

/** Which records matter in an exploration. */
export interface Canon {
  readonly plan: Plan;
  /** Steps whose records matter; every other has the record of a step that is done. */
  readonly steps: ReadonlySet<string>;
  readonly done: ReadonlyMap<string, StepRecord>;
  /** The same, of the incident and of each system; without steps that stand beside the flow. */
  readonly fixed: { readonly incident: StepRecords; readonly system: StepRecords };
}

/** O(steps). */
export function canonOf(plan: Plan, steps: ReadonlySet<string>): Canon {
  const done = new Map(
    [...plan.steps].filter(([id]) => !steps.has(id)).map(([id, { step }]) => [id, doneRecord(step)]),
  );
  const fixed = (perSystem: boolean): StepRecords =>
    Object.fromEntries(
      [...done].filter(([id]) => {
        const planned = plan.steps.get(id);
        return planned !== undefined && !planned.anytime && (planned.each !== undefined) === perSystem;
      }),
    );
  return { plan, steps, done, fixed: { incident: fixed(false), system: fixed(true) } };
}

/** O(steps × systems). Facts are not touched. */
export function canonical(canon: Canon, state: IncidentState): IncidentState {
  const systems: Record<string, SystemState> = {};
  for (const [id, system] of Object.entries(state.systems)) {
    const { name, value, life } = system;
    systems[id] = {
      name,
      addedAt: 0,
      life,
      value,
      steps: records(canon, system.steps, true),
      rounds: {},
      ...turnsOf(canon, system),
    };
  }
  const { format, status, value, facts, ends, evidence } = state as IncidentState & Loose;
  return {
    format,
    status,
    value,
    openedAt: 0,
    members: [],
    awareAt: 0,
    ...(status === 'closed' ? { closedAt: 0 } : {}),
    facts,
    steps: records(canon, state.steps, false),
    systems,
    gates: [...state.gates].sort(),
    rounds: {},
    ...turnsOf(canon, state),
    ...(ends ? { ends } : {}),
    ...capped(canon, evidence ?? {}),
  };
}

/** Members that only some versions of the state have. */
interface Loose {
  readonly turns?: Readonly<Record<string, number>>;
  readonly ends?: Json;
  readonly evidence?: Readonly<Record<string, number>>;
}

function records({ plan, steps, fixed }: Canon, from: StepRecords, perSystem: boolean): StepRecords {
  const to: Record<string, StepRecord> = { ...(perSystem ? fixed.system : fixed.incident) };
  for (const id of plan.anytime) {
    const record = from[id];
    if (record && !perSystem && !steps.has(id)) to[id] = record;
  }
  for (const id of steps) {
    const planned = plan.steps.get(id);
    const record = from[id];
    if (record && planned && (planned.each !== undefined) === perSystem) to[id] = bare(record, planned.step);
  }
  return to;
}

function bare(record: StepRecord, step: Step): StepRecord {
  const { status, parked, notApplicable, answer, approvedBy, fired } = record;
  const timeouts = fired?.filter((mark) => mark.startsWith('timeout:')) ?? [];
  const shown = step.kind === 'decision' || answer === 'refused' ? answer : undefined;
  return {
    status,
    at: 0,
    readyAt: 0,
    ...(parked ? { parked } : {}),
    ...(notApplicable ? { notApplicable } : {}),
    ...(shown === undefined ? {} : { answer: shown }),
    ...(approvedBy && status !== 'completed'
      ? { approvedBy: approvedBy.map((_one, i) => approverName(i)) }
      : {}),
    ...(timeouts.length > 0 ? { fired: timeouts } : {}),
  };
}

/** Turns count only towards a limit, and not beyond it. */
function turnsOf(
  { plan, steps }: Canon,
  { turns }: Loose,
): { readonly turns?: Readonly<Record<string, number>> } {
  if (!turns) return {};
  const kept = Object.entries(turns).flatMap(([id, count]): [string, number][] => {
    const limit = steps.has(id) ? limitOf(plan.steps.get(id)?.step) : 0;
    return limit > 0 && count > 0 ? [[id, Math.min(count, limit)]] : [];
  });
  return kept.length > 0 ? { turns: Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))) } : {};
}

function limitOf(step: Step | undefined): number {
  if (!step) return 0;
  const limits = [0, step.failed && 'max' in step.failed ? (step.failed.max ?? 0) : 0];
  if (step.kind === 'approval') limits.push(step.max ?? 0);
  if (step.kind === 'decision') limits.push(...step.answers.map(({ max }) => max ?? 0));
  return Math.max(...limits);
}

/** Items count only towards what a step needs. */
function capped(
  { plan, steps }: Canon,
  evidence: Readonly<Record<string, number>>,
): { readonly evidence?: Readonly<Record<string, number>> } {
  const kept: Record<string, number> = {};
  for (const id of Object.keys(evidence).sort()) {
    const step = id.split('@')[0] ?? id;
    const min = steps.has(step) ? (plan.steps.get(step)?.step.evidence?.min ?? 0) : 0;
    if (min > 0) kept[id] = Math.min(evidence[id] ?? 0, min);
  }
  return Object.keys(kept).length > 0 ? { evidence: kept } : {};
}

const STATUS: Readonly<Record<string, string>> = {
  ready: 'r',
  in_progress: 'i',
  problem: 'p',
  completed: 'c',
  skipped: 's',
  failed: 'f',
};

/** Machine values and answers as short names; one table for one exploration. */
export class Names {
  private readonly ids = new Map<string, string>();

  of(text: string): string {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.ids.size.toString(36);
    this.ids.set(text, id);
    return id;
  }
}

/** A short text that is the same for two canonical states exactly when they are the same. O(steps that matter). */
export function keyOf(canon: Canon, names: Names, facts: number, state: IncidentState): string {
  const { turns, ends, evidence } = state as IncidentState & Loose;
  const parts = [
    names.of(canonicalJson(state.value)),
    facts.toString(36),
    recordsKey(canon, names, state.steps, false),
  ];
  for (const [id, system] of Object.entries(state.systems)) {
    const loose = (system as Loose).turns;
    parts.push(id, names.of(canonicalJson(system.value)), recordsKey(canon, names, system.steps, true));
    if (loose) parts.push(canonicalJson(loose));
  }
  const rest = {
    gates: state.gates,
    ...(turns ? { turns } : {}),
    ...(ends ? { ends } : {}),
    ...(evidence ? { evidence } : {}),
  };
  parts.push(names.of(canonicalJson(rest)));
  return parts.join(' ');
}

function recordsKey({ plan, steps }: Canon, names: Names, from: StepRecords, perSystem: boolean): string {
  let key = '';
  for (const id of steps) {
    if ((plan.steps.get(id)?.each !== undefined) !== perSystem) continue;
    const record = from[id];
    if (!record) key += '-';
    else {
      key += STATUS[record.status] ?? record.status;
      if (record.parked) key += '.';
      if (record.notApplicable) key += '/';
      if (record.fired) key += '!';
      if (record.approvedBy) key += String(record.approvedBy.length);
      if (record.answer !== undefined) key += `${names.of(record.answer)},`;
    }
  }
  return key;
}

/** Facts that are unknown, left out. */
export function knownFacts(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([id]) => factValue(facts, id) !== undefined));
}
