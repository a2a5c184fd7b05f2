/** The guards and actions that compiled machines name, as pure functions of context and event. */
import { invariant } from '@cordon/kernel';
import type { FactRecord, MachineContext, MachineEvent, StepRecord, StepRecords } from './context.js';
import { evaluate, type Truth } from './guard.js';
import type { Guard } from './model.js';

/** Parameters written into the machine's configuration; all plain JSON. */
export interface StepParams {
  readonly step: string;
  readonly when?: Guard;
  readonly answer?: string;
  readonly count?: number;
  readonly status?: string;
}

const truthOf = (ctx: MachineContext, when: Guard | undefined): Truth => (when ? evaluate(when, ctx.facts) : 'yes');

/** Done: completed, skipped by a person, or not applicable and still so. */
export function isDone(record: StepRecord | undefined, applies: Truth): boolean {
  if (!record) return false;
  if (record.status === 'completed') return true;
  return record.status === 'skipped' && (record.notApplicable !== true || applies === 'no');
}

const isUnderWay = (record: StepRecord | undefined): boolean =>
  record?.status === 'in_progress' || record?.status === 'problem';

type GuardFn<P> = (ctx: MachineContext, event: MachineEvent, params: P) => boolean;

export const guards = {
  done: ((ctx, _event, p) => isDone(ctx.steps[p.step], truthOf(ctx, p.when))) as GuardFn<StepParams>,
  answered: ((ctx, _event, p) =>
    ctx.steps[p.step]?.status === 'completed' && ctx.steps[p.step]?.answer === p.answer) as GuardFn<StepParams>,
  resumes: ((ctx, _event, p) => ctx.steps[p.step]?.status === p.status) as GuardFn<StepParams>,
  notApplicable: ((ctx, _event, p) => truthOf(ctx, p.when) === 'no') as GuardFn<StepParams>,
  applies: ((ctx, _event, p) => truthOf(ctx, p.when) === 'yes') as GuardFn<StepParams>,
  answerIs: ((_ctx, event, p) => event.answer === p.answer) as GuardFn<StepParams>,
  lastApproval: ((ctx, event, p) => {
    const so = new Set(ctx.steps[p.step]?.approvedBy ?? []);
    if (event.by !== undefined) so.add(event.by);
    return so.size >= (p.count ?? 1);
  }) as GuardFn<StepParams>,
  gateOpen: ((ctx, _event, p) => ctx.gates.includes(p.each)) as GuardFn<{ each: string }>,
  /** Every affected system is through these steps. */
  everySystemDone: ((ctx, _event, p) =>
    Object.values(ctx.systems).every((system) =>
      p.steps.every(({ step, when }) => isDone(system.steps[step], truthOf(ctx, when))),
    )) as GuardFn<{ steps: readonly StepParams[] }>,
  /** A step that was passed over applies now, or one that is ready does not apply any more. */
  flowOutdated: ((ctx, _event, p) =>
    p.steps.some(({ step, when }) => {
      const record = ctx.steps[step];
      if (!record || !when) return false;
      const applies = evaluate(when, ctx.facts);
      return (record.notApplicable === true && applies !== 'no') || (record.status === 'ready' && applies !== 'yes');
    })) as GuardFn<{ steps: readonly StepParams[] }>,
} as const;

type ActionFn<P> = (ctx: MachineContext, event: MachineEvent, params: P) => Partial<MachineContext>;

const put = (ctx: MachineContext, step: string, record: StepRecord): Partial<MachineContext> => ({
  steps: { ...ctx.steps, [step]: record },
});

/** Keeps who has the task; everything else of the old record goes. */
function carry(old: StepRecord | undefined): Pick<StepRecord, 'assignee' | 'accepted' | 'fired'> {
  return {
    ...(old?.assignee === undefined ? {} : { assignee: old.assignee }),
    ...(old?.accepted === undefined ? {} : { accepted: old.accepted }),
    ...(old?.fired === undefined ? {} : { fired: old.fired }),
  };
}

const by = (event: MachineEvent): { by?: string } => (event.by === undefined ? {} : { by: event.by });

function withFacts(ctx: MachineContext, event: MachineEvent): Partial<MachineContext> {
  if (!event.facts) return {};
  const facts: Record<string, FactRecord> = { ...ctx.facts };
  for (const [id, value] of Object.entries(event.facts)) facts[id] = { value, at: event.at, ...by(event) };
  return { facts };
}

function unparked(record: StepRecord): StepRecord {
  const rest: { -readonly [K in keyof StepRecord]: StepRecord[K] } = { ...record };
  delete rest.parked;
  return rest;
}

function without(records: StepRecords, ids: readonly string[]): StepRecords {
  const kept: Record<string, StepRecord> = { ...records };
  for (const id of ids) delete kept[id];
  return kept;
}

function started(ctx: MachineContext, ids: readonly string[]): Record<string, number> {
  const rounds: Record<string, number> = { ...ctx.rounds };
  for (const id of ids) if (ctx.steps[id]) rounds[id] = (rounds[id] ?? 0) + 1;
  return rounds;
}

/** Forgets the records, remembering that these steps are started over. */
function clear(ctx: MachineContext, ids: readonly string[]): Partial<MachineContext> {
  return { steps: without(ctx.steps, ids), rounds: started(ctx, ids) };
}

export const actions = {
  markReady: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    if (old?.status === 'ready') return put(ctx, p.step, unparked(old));
    return put(ctx, p.step, { status: 'ready', at: event.at, readyAt: event.at, ...carry(old) });
  }) as ActionFn<StepParams>,
  unpark: ((ctx, _event, p) => {
    const old = ctx.steps[p.step];
    invariant(old, `the step ${p.step} resumes with a record`);
    return put(ctx, p.step, unparked(old));
  }) as ActionFn<StepParams>,
  passOver: ((ctx, event, p) =>
    put(ctx, p.step, { status: 'skipped', at: event.at, readyAt: event.at, notApplicable: true })) as ActionFn<StepParams>,
  /** Work begins; a person who begins an unassigned step takes it. */
  begin: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    const mine = event.by === undefined || old?.assignee !== undefined ? {} : { assignee: event.by };
    const accepted = event.by !== undefined && (old?.assignee ?? event.by) === event.by ? { accepted: true as const } : {};
    const record: StepRecord = {
      ...carry(old), ...mine, ...accepted,
      status: 'in_progress', at: event.at, readyAt: old?.readyAt ?? event.at, ...by(event),
    };
    const again = old?.status === 'problem' ? { rounds: started(ctx, [p.step]) } : {};
    return { ...put(ctx, p.step, record), ...again };
  }) as ActionFn<StepParams>,
  complete: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    const answer = event.answer === undefined ? {} : { answer: event.answer };
    const approvedBy = old?.approvedBy ? { approvedBy: old.approvedBy } : {};
    const record: StepRecord = {
      ...carry(old), ...approvedBy, ...answer,
      status: 'completed', at: event.at, readyAt: old?.readyAt ?? event.at, ...by(event),
    };
    return { ...put(ctx, p.step, record), ...withFacts(ctx, event) };
  }) as ActionFn<StepParams>,
  skip: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    return put(ctx, p.step, {
      ...carry(old), status: 'skipped', at: event.at, readyAt: old?.readyAt ?? event.at, ...by(event),
    });
  }) as ActionFn<StepParams>,
  fail: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    return put(ctx, p.step, {
      ...carry(old), status: 'problem', at: event.at, readyAt: old?.readyAt ?? event.at, ...by(event),
    });
  }) as ActionFn<StepParams>,
  approve: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    invariant(old && event.by !== undefined, `the approval ${p.step} is open and somebody gives it`);
    const approvedBy = [...new Set([...(old.approvedBy ?? []), event.by])];
    return put(ctx, p.step, { ...old, approvedBy });
  }) as ActionFn<StepParams>,
  /** Back to an earlier step of the sequence: it and all since are done again. Facts of the answer stand. */
  startOver: ((ctx, event, p) => ({ ...clear(ctx, p.steps), ...withFacts(ctx, event) })) as ActionFn<{
    steps: readonly string[];
  }>,
  clearNamed: ((ctx, event) => clear(ctx, event.clear ?? [])) as ActionFn<object>,
  setFacts: ((ctx, event) => withFacts(ctx, event)) as ActionFn<object>,
  setSystems: ((_ctx, event) => (event.systems ? { systems: event.systems } : {})) as ActionFn<object>,
  /** What was open waits until the flow comes by again. */
  park: ((ctx) => {
    const steps: Record<string, StepRecord> = {};
    for (const [id, record] of Object.entries(ctx.steps)) {
      steps[id] = record.status === 'ready' || isUnderWay(record) ? { ...record, parked: true } : record;
    }
    return { steps };
  }) as ActionFn<object>,
  openGate: ((ctx, _event, p) => (ctx.gates.includes(p.each) ? {} : { gates: [...ctx.gates, p.each] })) as ActionFn<{
    each: string;
  }>,
} as const;
