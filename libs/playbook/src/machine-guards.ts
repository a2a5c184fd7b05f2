/** The guards that compiled machines name, as pure functions of context and event. */
import type { MachineContext, MachineEvent } from './context.js';
import { evaluate, type Truth } from './guard.js';
import type { After, Guard } from './model.js';
import { dutySettled, endTaken, isDone, turnsLeft, type DutyParams } from './records.js';
import type { StepParams } from './state-config.js';

const truthOf = (ctx: MachineContext, when: Guard | undefined): Truth =>
  when ? evaluate(when, ctx.facts) : 'yes';

type GuardFn<P> = (ctx: MachineContext, event: MachineEvent, params: P) => boolean;

export const guards = {
  done: ((ctx, _event, p) => isDone(ctx.steps[p.step], truthOf(ctx, p.when))) as GuardFn<StepParams>,
  answered: ((ctx, _event, p) =>
    ctx.steps[p.step]?.status === 'completed' &&
    ctx.steps[p.step]?.answer === p.answer) as GuardFn<StepParams>,
  resumes: ((ctx, _event, p) => ctx.steps[p.step]?.status === p.status) as GuardFn<StepParams>,
  notApplicable: ((ctx, _event, p) => truthOf(ctx, p.when) === 'no') as GuardFn<StepParams>,
  applies: ((ctx, _event, p) => truthOf(ctx, p.when) === 'yes') as GuardFn<StepParams>,
  answerIs: ((ctx, event, p) => event.answer === p.answer && turnsLeft(ctx, p.limit)) as GuardFn<StepParams>,
  answerAmong: ((_ctx, event, p) =>
    event.answer !== undefined && p.answers.includes(event.answer)) as GuardFn<{
    answers: readonly string[];
  }>,
  /** The answer's condition holds, and none of those before it does or may still. */
  answersItself: ((ctx, _event, p) =>
    truthOf(ctx, p.when) === 'yes' &&
    p.before.every((when) => evaluate(when, ctx.facts) === 'no') &&
    turnsLeft(ctx, p.limit)) as GuardFn<StepParams & { before: readonly Guard[] }>,
  turnsLeft: ((ctx, _event, p) => turnsLeft(ctx, p.limit)) as GuardFn<Pick<StepParams, 'limit'>>,
  statusIs: ((ctx, _event, p) => {
    const status = ctx.steps[p.step]?.status;
    return status !== undefined && p.statuses.includes(status);
  }) as GuardFn<{ step: string; statuses: readonly string[] }>,
  endsTaken: ((ctx, _event, p) => {
    const ends = p.after.map((end) => endTaken(ctx, end));
    return ends.length === 0 || (!ends.includes('open') && ends.includes('taken'));
  }) as GuardFn<{ after: readonly After[] }>,
  endsDead: ((ctx, _event, p) =>
    p.after.length > 0 && p.after.every((end) => endTaken(ctx, end) === 'dead')) as GuardFn<{
    after: readonly After[];
  }>,
  mayClose: ((ctx, _event, p) =>
    p.conditions.every((when) => evaluate(when, ctx.facts) === 'yes') &&
    p.duties.every((duty) => dutySettled(ctx, duty))) as GuardFn<{
    duties: readonly DutyParams[];
    conditions: readonly Guard[];
  }>,
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
      return (
        (record.notApplicable === true && applies !== 'no') ||
        (record.status === 'ready' && applies !== 'yes')
      );
    })) as GuardFn<{ steps: readonly StepParams[] }>,
} as const;
