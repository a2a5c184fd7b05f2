/**
 * Approvals and what they cover. An approval stands for exactly what its approvers saw: when any of that changes, by
 * whatever event, it is void, the flow goes back to it, and the approvers are asked again.
 */
import type { EpochMs } from '@cordon/kernel';
import type { MachineEvent, Plan } from '@cordon/playbook';
import { coveredChanges, coveredDigest } from './covered.js';
import { effectsOf } from './effects.js';
import { instanceId, recorded, recordOf, statusOf, withRecord, type Instance } from './instances.js';
import type { Machines } from './machines.js';
import {
  MOVE_EVENTS,
  type Actor,
  type Decision,
  type Effect,
  type IncidentState,
  type Lapse,
} from './model.js';
import { settle, stepIncident, stepSystem } from './settle.js';

type Accepted = Extract<Decision, { outcome: 'accepted' }>;

/** Who asked for what, and when: an event that has been accepted. */
interface Asked {
  readonly type: string;
  readonly step?: string;
  readonly actor: Actor;
  readonly at: EpochMs;
}

/**
 * The decision with its consequences for approvals: those whose subject has changed have lapsed, those that the event
 * opened know who asked. On a closed incident nothing lapses. O(approvals given × what they cover).
 */
export function withApprovals(
  machines: Machines,
  before: IncidentState,
  decision: Accepted,
  asked: Asked,
): Accepted {
  const decider = decision.machines ?? machines;
  const noted = withAskers(decider.plan, before, withoutSettled(decider.plan, decision.state, asked), asked);
  const current = noted === decision.state ? decision : { ...decision, state: noted };
  if (noted.status === 'closed' || unchanged(before, noted)) return current;
  const { state, lapsed } = lapses(decider, before, noted, asked, decision.machines !== undefined);
  if (Object.keys(lapsed).length === 0) return current;
  const after = withoutBegun(decider.plan, decision.effects, state);
  const told = { ...after, lapsed: { ...after.lapsed, ...lapsed } };
  const others = decision.effects.filter(({ kind }) => kind !== 'action');
  const effects = [
    ...effectsOf(decider.plan, before, told),
    ...others,
    ...Object.entries(lapsed).map(([id, lapse]) => askingAgain(decider.plan, told, id, lapse)),
  ];
  return { ...decision, state: told, effects, lapsed };
}

function unchanged(before: IncidentState, after: IncidentState): boolean {
  return before.facts === after.facts && before.steps === after.steps && before.systems === after.systems;
}

/** A step that somebody brings to its end; what people write down or an approver says asks nobody for approval. */
function isWork(type: string): boolean {
  return type === 'step.complete' || type === 'step.skip' || MOVE_EVENTS[type] !== undefined;
}

/** Approvals that this event has opened keep who asked for them. */
function withAskers(
  plan: Plan,
  before: IncidentState,
  after: IncidentState,
  { type, actor, at }: Asked,
): IncidentState {
  if (actor.type !== 'person' || !isWork(type)) return after;
  let state = after;
  for (const instance of approvalsOf(plan, after)) {
    const { record, planned, system } = instance;
    const opened = record?.status === 'ready' && record.readyAt === at && !record.parked;
    if (!opened || recordOf(before, planned.step.id, system)?.status === 'ready') continue;
    state = withRecord(state, instance, (old) => ({ ...old, askedBy: actor.id }));
  }
  return state;
}

/** What is said of a lapse goes once the approval is given again, refused, or left out. */
function withoutSettled(plan: Plan, state: IncidentState, { type, step }: Asked): IncidentState {
  const { lapsed, ...rest } = state;
  if (!lapsed) return state;
  const kept = Object.entries(lapsed).filter(([id]) => {
    const [name = '', system] = id.split('@');
    const record = plan.steps.has(name) ? recordOf(state, name, system) : undefined;
    const refused = type === 'approval.refuse' && step === id;
    return plan.steps.has(name) && !refused && !ENDED.includes(record?.status ?? '');
  });
  if (kept.length === Object.keys(lapsed).length) return state;
  return kept.length === 0 ? rest : { ...rest, lapsed: Object.fromEntries(kept) };
}

const ENDED: readonly string[] = ['completed', 'skipped', 'failed'];

function approvalsOf(plan: Plan, state: IncidentState): readonly Instance[] {
  if (plan.bindings.size === 0) return [];
  return recorded(plan, state).filter(({ planned }) => planned.step.kind === 'approval');
}

/** Somebody has approved, refused or left out what it covers, or its time was up. */
function isGiven({ record }: Instance): boolean {
  if (!record || record.notApplicable) return false;
  return ENDED.includes(record.status) || (record.approvedBy ?? []).length > 0;
}

/** One lapse may bring another: an approval that covers an approval, a fact that follows from going back. */
function lapses(
  machines: Machines,
  before: IncidentState,
  after: IncidentState,
  { actor, at }: Asked,
  moved: boolean,
): { readonly state: IncidentState; readonly lapsed: Readonly<Record<string, Lapse>> } {
  const { plan } = machines;
  const lapsed: Record<string, Lapse> = {};
  const by = actor.type === 'person' ? { by: actor.id } : {};
  let state = after;
  for (;;) {
    const gone = approvalsOf(plan, state).filter(
      (one) => isGiven(one) && !Object.hasOwn(lapsed, one.id) && isVoid(plan, before, state, one, moved),
    );
    if (gone.length === 0) return { state, lapsed };
    for (const one of gone) {
      const changes = moved ? [] : coveredChanges(plan, before, state, one);
      const { version } = plan.playbook;
      const because = changes.length > 0 ? changes : [{ kind: 'playbook', id: version } as const];
      lapsed[one.id] = { at, ...by, because, approvers: one.record?.approvedBy ?? [] };
    }
    state = settle(machines, state, cleared(machines, state, gone, at), at);
  }
}

/**
 * What was approved is not what there is; one that keeps no digest is held against the state before. What was refused
 * or left out is asked anew only when a step that it covers is done again: the facts alone bring no refusal back.
 */
function isVoid(
  plan: Plan,
  before: IncidentState,
  now: IncidentState,
  one: Instance,
  moved: boolean,
): boolean {
  const { record, planned, system } = one;
  const stands = record?.status !== 'failed' && record?.status !== 'skipped';
  if (stands && record?.covered !== undefined) return record.covered !== coveredDigest(plan, now, one);
  const was = recordOf(before, planned.step.id, system);
  if (moved || !was || !isGiven({ ...one, record: was })) return false;
  return coveredChanges(plan, before, now, one).some(({ kind }) => stands || kind === 'step');
}

/** The approvals are forgotten, and the flow is entered anew where they stand: as when a step is reopened. */
function cleared(
  machines: Machines,
  state: IncidentState,
  gone: readonly Instance[],
  at: EpochMs,
): IncidentState {
  const clearing = (system: string | undefined): MachineEvent | undefined => {
    const clear = gone.filter((one) => one.system === system).map(({ planned }) => planned.step.id);
    return clear.length === 0 ? undefined : { type: 'step.reopen', at, clear };
  };
  let next = state;
  for (const id of Object.keys(state.systems)) {
    const event = clearing(id);
    if (event) next = stepSystem(machines, next, id, event) ?? next;
  }
  const event = clearing(undefined);
  return (event && stepIncident(machines, next, event)) ?? next;
}

/** An action that this very event began behind an approval that has lapsed has not begun: nobody was asked to do it. */
function withoutBegun(plan: Plan, effects: readonly Effect[], after: IncidentState): IncidentState {
  const begun = new Set(effects.filter(({ kind }) => kind === 'action').map(({ step }) => step));
  let state = after;
  for (const instance of recorded(plan, after)) {
    if (!begun.has(instance.id) || instance.record?.parked !== true) continue;
    state = withRecord(state, instance, (old) => ({ ...old, status: 'ready', parked: true }));
  }
  return state;
}

/** The approvers, and whoever else may approve, are told that they are asked again. */
function askingAgain(plan: Plan, state: IncidentState, id: string, { because, approvers }: Lapse): Effect {
  const [name = '', system] = id.split('@');
  const step = plan.steps.get(name)?.step;
  const rounds = system === undefined ? state.rounds : state.systems[system]?.rounds;
  const status = statusOf(recordOf(state, name, system));
  return {
    key: `lapse:${instanceId(name, system)}#${rounds?.[name] ?? 0}`,
    kind: 'reminder',
    step: id,
    payload: {
      title: step?.title ?? id,
      roles: step?.roles ?? [],
      assignee: null,
      dueAt: null,
      tell: 'role',
      lapsed: {
        approvers,
        because: because.map(({ kind, id: what }) => ({ kind, id: what })),
        open: status === 'ready',
      },
    },
  };
}
