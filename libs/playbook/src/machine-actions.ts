/** The actions that compiled machines name, as pure functions of context and event: each gives the members it replaces. */
import { invariant } from '@cordon/kernel';
import type { FactRecord, MachineContext, MachineEvent, StepRecord, StepRecords } from './context.js';
import { isUnderWay } from './records.js';
import type { StepParams } from './state-config.js';

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

/** What a record keeps when the step takes a new status: when it became ready, and who has it. */
function moved(old: StepRecord | undefined, event: MachineEvent, status: StepRecord['status']): StepRecord {
  return { ...carry(old), status, at: event.at, readyAt: old?.readyAt ?? event.at };
}

/** A person who begins an unassigned step takes it. */
function takenBy(old: StepRecord | undefined, by: string | undefined): Partial<StepRecord> {
  if (by === undefined) return {};
  if (old?.assignee === undefined) return { assignee: by, accepted: true, by };
  return old.assignee === by ? { accepted: true, by } : { by };
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
  passOver: ((ctx, { at }, p) =>
    put(ctx, p.step, { status: 'skipped', at, readyAt: at, notApplicable: true })) as ActionFn<StepParams>,
  /** Somebody begins, or begins again after a problem. */
  begin: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    const record = { ...moved(old, event, 'in_progress'), ...takenBy(old, event.by) };
    const again = old?.status === 'problem' ? { rounds: started(ctx, [p.step]) } : {};
    return { ...put(ctx, p.step, record), ...again };
  }) as ActionFn<StepParams>,
  /** The machine begins: whoever sent the event that led here did something else. */
  beginByItself: ((ctx, event, p) =>
    put(ctx, p.step, moved(ctx.steps[p.step], event, 'in_progress'))) as ActionFn<StepParams>,
  complete: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    const record: StepRecord = {
      ...moved(old, event, 'completed'),
      ...(old?.approvedBy ? { approvedBy: old.approvedBy } : {}),
      ...(event.answer === undefined ? {} : { answer: event.answer }),
      ...by(event),
    };
    return { ...put(ctx, p.step, record), ...withFacts(ctx, event) };
  }) as ActionFn<StepParams>,
  /** The machine ends a wait: neither the answer nor the person of the event is this step's. */
  completeByItself: ((ctx, event, p) =>
    put(ctx, p.step, moved(ctx.steps[p.step], event, 'completed'))) as ActionFn<StepParams>,
  skip: ((ctx, event, p) =>
    put(ctx, p.step, {
      ...moved(ctx.steps[p.step], event, 'skipped'),
      ...by(event),
    })) as ActionFn<StepParams>,
  fail: ((ctx, event, p) =>
    put(ctx, p.step, {
      ...moved(ctx.steps[p.step], event, 'problem'),
      ...by(event),
    })) as ActionFn<StepParams>,
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
  openGate: ((ctx, _event, p) =>
    ctx.gates.includes(p.each) ? {} : { gates: [...ctx.gates, p.each] }) as ActionFn<{
    each: string;
  }>,
} as const;
