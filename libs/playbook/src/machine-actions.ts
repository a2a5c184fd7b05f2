/** The actions that compiled machines name, as pure functions of context and event: each gives the members it replaces. */
import { invariant, type Json } from '@cordon/kernel';
import type { FactRecord, MachineContext, MachineEvent, StepRecord, StepRecords } from './context.js';
import { isUnderWay } from './records.js';
import type { StepParams } from './state-config.js';

type ActionFn<P> = (ctx: MachineContext, event: MachineEvent, params: P) => Partial<MachineContext>;

const put = (ctx: MachineContext, step: string, record: StepRecord): Partial<MachineContext> => ({
  steps: { ...ctx.steps, [step]: record },
});

/** Keeps who has the task and its timers; everything else of the old record goes. */
function carry(
  old: StepRecord | undefined,
): Pick<StepRecord, 'assignee' | 'accepted' | 'fired' | 'assignedBy' | 'assignedAt' | 'dueAt' | 'priority'> {
  return {
    ...(old?.assignedBy === undefined ? {} : { assignedBy: old.assignedBy }),
    ...(old?.assignedAt === undefined ? {} : { assignedAt: old.assignedAt }),
    ...(old?.dueAt === undefined ? {} : { dueAt: old.dueAt }),
    ...(old?.priority === undefined ? {} : { priority: old.priority }),
    ...(old?.assignee === undefined ? {} : { assignee: old.assignee }),
    ...(old?.accepted === undefined ? {} : { accepted: old.accepted }),
    ...(old?.fired === undefined ? {} : { fired: old.fired }),
  };
}

/** The approvals given so far, and what they are bound to. */
function given(
  old: StepRecord | undefined,
): Pick<StepRecord, 'approvedBy' | 'approvals' | 'covered' | 'askedBy'> {
  return {
    ...(old?.approvedBy ? { approvedBy: old.approvedBy } : {}),
    ...(old?.approvals ? { approvals: old.approvals } : {}),
    ...(old?.covered === undefined ? {} : { covered: old.covered }),
    ...(old?.askedBy === undefined ? {} : { askedBy: old.askedBy }),
  };
}

/** Steps to be done again, and the one whose outcome says so. */
interface Back {
  readonly steps: readonly string[];
  readonly turn: string;
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

/** What is remembered of the timers of these steps when their records are forgotten. */
function firedOf(ctx: MachineContext, ids: readonly string[]): Pick<MachineContext, 'fired'> {
  const fired: Record<string, readonly string[]> = { ...ctx.fired };
  for (const id of ids) {
    const marks = ctx.steps[id]?.fired;
    if (marks) fired[id] = [...new Set([...(fired[id] ?? []), ...marks])];
  }
  return Object.keys(fired).length === 0 ? {} : { fired };
}

/** Forgets the records, remembering that these steps are started over; `turn` is the step that leads back, if one does. */
function clear(ctx: MachineContext, ids: readonly string[], turn?: string): Partial<MachineContext> {
  const cleared = { steps: without(ctx.steps, ids), rounds: started(ctx, ids), ...firedOf(ctx, ids) };
  if (turn === undefined && !ids.some((id) => ctx.turns?.[id])) return cleared;
  const turns = Object.fromEntries(Object.entries(ctx.turns ?? {}).filter(([id]) => !ids.includes(id)));
  return {
    ...cleared,
    turns: turn === undefined ? turns : { ...turns, [turn]: (ctx.turns?.[turn] ?? 0) + 1 },
  };
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
      ...given(old),
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
      ...given(ctx.steps[p.step]),
      ...by(event),
    })) as ActionFn<StepParams>,
  approve: ((ctx, event, p) => {
    const old = ctx.steps[p.step];
    invariant(old && event.by !== undefined, `the approval ${p.step} is open and somebody gives it`);
    const approvedBy = [...new Set([...(old.approvedBy ?? []), event.by])];
    const covered = old.covered ?? event.covered;
    return put(ctx, p.step, {
      ...old,
      approvedBy,
      ...(event.approval ? { approvals: [...(old.approvals ?? []), event.approval] } : {}),
      ...(covered === undefined ? {} : { covered }),
    });
  }) as ActionFn<StepParams>,
  /** Back to an earlier step of the sequence: it and all since are done again. Facts of the answer stand. */
  startOver: ((ctx, event, p) => ({
    ...clear(ctx, p.steps, p.turn),
    ...withFacts(ctx, event),
  })) as ActionFn<Back>,
  /** The same where the machine goes back: the facts of the event are not this step's. */
  startOverByItself: ((ctx, _event, p) => clear(ctx, p.steps, p.turn)) as ActionFn<Back>,
  /** A decision that its facts answer. */
  answerByItself: ((ctx, event, p) => ({
    ...put(ctx, p.step, {
      ...moved(ctx.steps[p.step], event, 'completed'),
      ...(p.answer === undefined ? {} : { answer: p.answer }),
    }),
    ...withFacts(ctx, { type: event.type, at: event.at, facts: p.set }),
  })) as ActionFn<StepParams & { set: Readonly<Record<string, Json>> }>,
  failForGood: ((ctx, event, p) =>
    put(ctx, p.step, { ...moved(ctx.steps[p.step], event, 'failed'), ...by(event) })) as ActionFn<StepParams>,
  refuse: ((ctx, event, p) =>
    put(ctx, p.step, {
      ...moved(ctx.steps[p.step], event, 'failed'),
      ...by(event),
      answer: 'refused',
    })) as ActionFn<StepParams>,
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
  /** Steps beside the flow: open from the start, and after every fresh start of the flow. */
  openAnytime: ((ctx, event, p) => {
    const steps: Record<string, StepRecord> = { ...ctx.steps };
    for (const id of p.steps) {
      const old = steps[id];
      steps[id] = old ? unparked(old) : { status: 'ready', at: event.at, readyAt: event.at };
    }
    return { steps };
  }) as ActionFn<{ steps: readonly string[] }>,
  /** The ends of these blocks are worked out anew. A loop, for hundreds of graphs may follow each other in one event. */
  enterGraph: ((ctx, _event, p) => {
    const known = ctx.ends ?? {};
    if (ctx.ends && !p.nodes.some((id) => Object.hasOwn(known, id))) return {};
    const gone = new Set(p.nodes);
    const ends: Record<string, 'done' | 'dead'> = {};
    for (const id in known) if (!gone.has(id) && known[id]) ends[id] = known[id];
    return { ends };
  }) as ActionFn<{ nodes: readonly string[] }>,
  nodeEnds: ((ctx, _event, p) => ({ ends: { ...ctx.ends, [p.node]: p.end } })) as ActionFn<{
    node: string;
    end: 'done' | 'dead';
  }>,
  openGate: ((ctx, _event, p) =>
    ctx.gates.includes(p.each) ? {} : { gates: [...ctx.gates, p.each] }) as ActionFn<{
    each: string;
  }>,
} as const;
