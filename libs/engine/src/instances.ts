/** Step instances: a step of the incident, or a step of one affected system (`isolate-system@crm`). */
import { invariant } from '@cordon/kernel';
import type { Plan, PlannedStep, StepRecord, StepRecords } from '@cordon/playbook';
import type { IncidentState, StepStatus } from './model.js';

export interface Instance {
  /** `step` or `step@system`. */
  readonly id: string;
  readonly planned: PlannedStep;
  readonly system?: string;
  readonly record?: StepRecord;
}

const INHERITED = Object.getOwnPropertyNames(Object.prototype).join('|');

/** Ids of systems. What every JavaScript object answers to is not among them: it would never read as absent. */
export const SYSTEM_ID = new RegExp(`^(?!(?:${INHERITED})$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`);

export function instanceId(step: string, system: string | undefined): string {
  return system === undefined ? step : `${step}@${system}`;
}

/** Every step instance, in flow order. O(steps × systems). */
export function instances(plan: Plan, state: IncidentState): readonly Instance[] {
  const all: Instance[] = [];
  const systems = Object.keys(state.systems);
  for (const [step, planned] of plan.steps) {
    if (planned.each === undefined) all.push(instance(step, planned, undefined, state));
    else for (const system of systems) all.push(instance(step, planned, system, state));
  }
  return all;
}

/** Only the instances that have a record; in no particular order. O(records): the hot path uses this. */
export function recorded(plan: Plan, state: Pick<IncidentState, 'steps' | 'systems'>): readonly Instance[] {
  const all: Instance[] = [];
  const add = (records: StepRecords, system?: string): void => {
    for (const [step, record] of Object.entries(records)) {
      const planned = plan.steps.get(step);
      if (planned)
        all.push({
          id: instanceId(step, system),
          planned,
          record,
          ...(system === undefined ? {} : { system }),
        });
    }
  };
  add(state.steps);
  for (const [id, system] of Object.entries(state.systems)) add(system.steps, id);
  return all;
}

function instance(
  step: string,
  planned: PlannedStep,
  system: string | undefined,
  state: IncidentState,
): Instance {
  const record = recordOf(state, step, system);
  const id = instanceId(step, system);
  return { id, planned, ...(system === undefined ? {} : { system }), ...(record ? { record } : {}) };
}

/** The instance of that id; undefined when the playbook has no such step or the incident no such system. */
export function findInstance(plan: Plan, state: IncidentState, id: string): Instance | undefined {
  const at = id.indexOf('@');
  const step = at < 0 ? id : id.slice(0, at);
  const system = at < 0 ? undefined : id.slice(at + 1);
  const planned = plan.steps.get(step);
  if (!planned || (planned.each === undefined) !== (system === undefined)) return undefined;
  if (system !== undefined && !Object.hasOwn(state.systems, system)) return undefined;
  return instance(step, planned, system, state);
}

export function statusOf(record: StepRecord | undefined): StepStatus {
  return !record || record.parked ? 'cannot_start' : record.status;
}

export function isOpen(status: StepStatus): boolean {
  return status === 'ready' || status === 'in_progress' || status === 'problem';
}

/** How often the step has led back since the flow came to it. */
export function instanceTurns(state: IncidentState, { planned, system }: Instance): number {
  const turns = system === undefined ? state.turns : state.systems[system]?.turns;
  return turns?.[planned.step.id] ?? 0;
}

/** The record of a step, of the incident or of one system. */
export function recordOf(
  state: Pick<IncidentState, 'steps' | 'systems'>,
  step: string,
  system: string | undefined,
): StepRecord | undefined {
  return system === undefined ? state.steps[step] : state.systems[system]?.steps[step];
}

/** The state with the instance's record changed, and nothing else. The instance has one. */
export function withRecord(
  state: IncidentState,
  { planned, system }: Instance,
  change: (record: StepRecord) => StepRecord,
): IncidentState {
  const changed = (records: StepRecords): StepRecords => {
    const record = records[planned.step.id];
    invariant(record, `the step ${planned.step.id} has a record`);
    return { ...records, [planned.step.id]: change(record) };
  };
  if (system === undefined) return { ...state, steps: changed(state.steps) };
  const one = state.systems[system];
  invariant(one, `the incident has the system ${system}`);
  return { ...state, systems: { ...state.systems, [system]: { ...one, steps: changed(one.steps) } } };
}
