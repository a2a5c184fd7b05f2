/**
 * A running incident moves to another version of its playbook. Records decide and gates read them (ADR 0002), so the
 * whole of it is: give every record the id of its counterpart, and walk the flow of the new version from its start.
 */
import {
  factProblem,
  isDone,
  type Plan,
  type PlannedStep,
  type StepRecord,
  type StepRecords,
} from '@cordon/playbook';
import { invariant, type EpochMs, type Json } from '@cordon/kernel';
import { effectsOf } from './effects.js';
import { instanceId } from './instances.js';
import { lifeOf } from './lives.js';
import type { Machines } from './machines.js';
import type { Effect, FieldError, IncidentState, MigrationProposal, SystemState } from './model.js';
import { settle, stepIncident, stepSystem } from './settle.js';

/** Where each step's record goes, by step; null leaves it behind, and the step, if it exists, is done again. */
export type StepMap = Readonly<Record<string, string | null>>;

/** A step that has a record and no counterpart that the record fits, and why. */
export interface Unmapped {
  readonly step: string;
  readonly reason: 'gone' | 'other_kind' | 'other_place' | 'other_answers' | 'twice';
}

/** The counterpart of every step that has a record, or is in `map`: named there, else the step of the same id. O(records). */
export function mapSteps(
  from: Machines,
  to: Machines,
  state: IncidentState,
  map: StepMap,
): { readonly steps: StepMap; readonly unmapped: readonly Unmapped[] } {
  const steps: Record<string, string | null> = {};
  const unmapped: Unmapped[] = [];
  const taken = new Set<string>();
  const worked = recordsOf(state);
  for (const [step, records] of worked) {
    const target = Object.hasOwn(map, step) ? map[step] : step;
    if (target === null) {
      steps[step] = null;
      continue;
    }
    const reason =
      misfit(from, to, step, target ?? step, records) ?? (taken.has(target ?? step) ? 'twice' : undefined);
    if (reason) unmapped.push({ step, reason });
    else {
      steps[step] = target ?? step;
      taken.add(target ?? step);
    }
  }
  // A step without a record may have counts of turns and of evidence.
  for (const [step, target] of Object.entries(map)) if (!worked.has(step)) steps[step] = target;
  return { steps, unmapped };
}

/** What the map names that there is nothing to map from or to. */
export function mapErrors(from: Machines, to: Machines, map: StepMap): readonly FieldError[] {
  return Object.entries(map).flatMap(([step, target]): FieldError[] => {
    const pointer = `/data/map/${step}`;
    if (!from.plan.steps.has(step)) {
      return [{ pointer, message: `the incident's playbook has no step "${step}"` }];
    }
    if (target !== null && !to.plan.steps.has(target)) {
      return [{ pointer, message: `the playbook to move to has no step "${target}"` }];
    }
    return [];
  });
}

/** The incident in the new version, and what that asks of the world. Every step with a record is in `steps`. Pure. */
export function migrated(
  to: Machines,
  state: IncidentState,
  steps: StepMap,
  at: EpochMs,
): { readonly state: IncidentState; readonly effects: readonly Effect[] } {
  const { ends: _ends, turns, evidence, fired: _fired, migration: _migration, lapsed, ...kept } = state;
  const facts = Object.fromEntries(
    Object.entries(state.facts).filter(([id, { value }]) => {
      const fact = to.plan.playbook.facts.find((one) => one.id === id);
      return fact !== undefined && factProblem(fact, value) === undefined;
    }),
  );
  const blank: IncidentState = {
    ...kept,
    value: 'new',
    facts,
    steps: moved(to.plan, state.steps, steps),
    rounds: roundsOf(state, steps),
    ...(turns ? { turns: renamed(turns, steps) } : {}),
    ...(evidence ? { evidence: renamed(evidence, steps) } : {}),
    ...(lapsed ? { lapsed: lapsedAs(lapsed, steps) } : {}),
    ...firedOf(state, steps),
    gates: [],
    systems: Object.fromEntries(
      Object.entries(state.systems).map(([id, system]) => [id, movedSystem(to, system, steps)]),
    ),
  };
  let next = blank;
  for (const id of Object.keys(blank.systems)) {
    const joined = stepSystem(to, next, id, { type: 'system.join', at });
    invariant(joined, 'a system joins the machine it is moved to');
    next = joined;
  }
  const opened = stepIncident(to, next, { type: 'incident.open', at });
  invariant(opened, 'an incident opens in the machine it is moved to');
  const settled = settle(to, blank, opened, at);
  return { state: settled, effects: effectsOf(to.plan, state, settled) };
}

/** The proposal that this event signs off: the same target, by another person, with the same map or none named. */
export function signedOff(
  { migration }: IncidentState,
  digest: string,
  map: StepMap | undefined,
): MigrationProposal | undefined {
  if (migration?.digest !== digest) return undefined;
  return map === undefined || sameMap(map, migration.map) ? migration : undefined;
}

function sameMap(a: StepMap, b: StepMap): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

/** Steps that have a record of more than being passed over, with their records: the incident's, or each system's. */
function recordsOf(state: IncidentState): ReadonlyMap<string, readonly StepRecord[]> {
  const found = new Map<string, StepRecord[]>();
  for (const records of [state.steps, ...Object.values(state.systems).map(({ steps }) => steps)]) {
    for (const [step, record] of Object.entries(records)) {
      if (!record.notApplicable) found.set(step, [...(found.get(step) ?? []), record]);
    }
  }
  return found;
}

function misfit(
  from: Machines,
  to: Machines,
  step: string,
  target: string,
  records: readonly StepRecord[],
): Unmapped['reason'] | undefined {
  const old = from.plan.steps.get(step);
  const planned = to.plan.steps.get(target);
  if (!old || !planned) return 'gone';
  if (old.step.kind !== planned.step.kind) return 'other_kind';
  const perSystem = (old.each === undefined) !== (planned.each === undefined);
  if (perSystem || old.anytime !== planned.anytime) return 'other_place';
  const { step: counterpart } = planned;
  if (counterpart.kind !== 'decision') return undefined;
  const known = (record: StepRecord): boolean =>
    record.answer === undefined || counterpart.answers.some(({ id }) => id === record.answer);
  return records.every(known) ? undefined : 'other_answers';
}

/** Open steps wait, parked, until the flow of the new version comes to them; so does what cannot end there as it ended. */
function moved({ steps: planned }: Plan, records: StepRecords, steps: StepMap): StepRecords {
  const out: Record<string, StepRecord> = {};
  for (const [step, record] of Object.entries(records)) {
    const target = steps[step];
    if (typeof target !== 'string' || record.notApplicable) continue;
    const counterpart = planned.get(target);
    invariant(counterpart, `the version moved to has the step ${target}`);
    const fits = isDone(record, 'yes') ? fitting(counterpart, record) : record;
    out[target] = isDone(fits, 'yes') ? fits : { ...fits, parked: true };
  }
  return out;
}

/** The record, if the step can end so; else open again: nothing that failed, was refused or goes back passes as done. */
function fitting({ step, failable }: PlannedStep, record: StepRecord): StepRecord {
  const { answer, by: _by, ...rest } = record;
  if (record.status === 'failed') {
    if (step.kind === 'approval' && answer === 'refused')
      return step.refused === undefined ? record : { ...rest, status: 'ready' };
    const goesOn = failable === true && !(step.failed && 'repeat' in step.failed);
    return goesOn ? record : { ...rest, status: 'problem' };
  }
  const given = step.kind === 'decision' ? step.answers.find(({ id }) => id === answer) : undefined;
  const goesBack = given?.repeat !== undefined || (given?.again === true && given.then.length === 0);
  return goesBack ? { ...rest, status: 'ready' } : record;
}

function movedSystem(to: Machines, system: SystemState, steps: StepMap): SystemState {
  const own = moved(to.plan, system.steps, steps);
  const { fired: _fired, ...kept } = system;
  return {
    ...kept,
    value: 'new',
    steps: own,
    rounds: roundsOf(system, steps),
    ...(system.turns ? { turns: renamed(system.turns, steps) } : {}),
    ...firedOf(system, steps),
    life: lifeOf(to.plan, own),
  };
}

/**
 * Rounds are part of the keys of effects, which are never used twice: no count is forgotten, a step that loses its
 * record begins another round, and a counterpart goes on from the higher of both counts.
 */
function roundsOf(
  { steps: records, rounds }: Pick<SystemState, 'steps' | 'rounds'>,
  steps: StepMap,
): Record<string, number> {
  const gone = Object.entries(records).filter(
    ([step, { notApplicable }]) => !notApplicable && steps[step] !== step,
  );
  const out: Record<string, number> = { ...rounds };
  for (const [step] of gone) out[step] = (rounds[step] ?? 0) + 1;
  for (const [step] of gone) {
    const target = steps[step];
    const count = Math.max(rounds[step] ?? 0, typeof target === 'string' ? (out[target] ?? 0) : 0);
    if (typeof target === 'string' && count > 0) out[target] = count;
  }
  return out;
}

/** Timers that have fired: under the new id, and of what loses its record under the old one, should it come again. */
function firedOf(
  { steps: records, fired }: Pick<SystemState, 'steps' | 'fired'>,
  steps: StepMap,
): Pick<SystemState, 'fired'> {
  const out: Record<string, readonly string[]> = { ...fired };
  const add = (step: string, marks: readonly string[]): void => {
    if (marks.length > 0) out[step] = [...new Set([...(out[step] ?? []), ...marks])];
  };
  for (const [step, record] of Object.entries(records)) {
    const target = steps[step];
    if (target !== step) add(step, record.fired ?? []);
    if (typeof target === 'string' && target !== step)
      add(
        target,
        [...(fired?.[step] ?? []), ...(record.fired ?? [])].map((mark) => ofStep(mark, target)),
      );
  }
  return Object.keys(out).length === 0 ? {} : { fired: out };
}

/** The mark of a timer as another step has it: `due:old@…` is `due:new@…`. */
function ofStep(mark: string, step: string): string {
  const start = mark.slice(0, mark.indexOf('@')).lastIndexOf(':') + 1;
  return `${mark.slice(0, start)}${step}${mark.slice(mark.indexOf('@'))}`;
}

type Lapses = NonNullable<IncidentState['lapsed']>;

/** What has lapsed and was not approved again, under the new ids. */
function lapsedAs(lapsed: Lapses, steps: StepMap): Lapses {
  return Object.fromEntries(
    Object.entries(lapsed).flatMap(([id, lapse]) => {
      const [step = '', system] = id.split('@');
      const target = Object.hasOwn(steps, step) ? steps[step] : step;
      return typeof target === 'string' ? [[instanceId(target, system), lapse]] : [];
    }),
  );
}

/** Counts by step or step instance, under the new ids, added up where two meet; what is left behind counts from nothing. */
function renamed(counts: Readonly<Record<string, number>>, steps: StepMap): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [id, count] of Object.entries(counts)) {
    const at = id.indexOf('@');
    const step = at < 0 ? id : id.slice(0, at);
    const target = Object.hasOwn(steps, step) ? steps[step] : step;
    if (typeof target !== 'string') continue;
    const key = instanceId(target, at < 0 ? undefined : id.slice(at + 1));
    out[key] = (out[key] ?? 0) + count;
  }
  return out;
}

/** The map as the event holds it; undefined when it is not one. */
export function stepMapOf(value: Json | undefined): StepMap | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const fits = entries.every(([, target]) => target === null || typeof target === 'string');
  return fits ? (Object.fromEntries(entries) as Record<string, string | null>) : undefined;
}
