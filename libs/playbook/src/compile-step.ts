/** One step as a state: its gate reads the record, and its events bring it on. */
import { invariant } from '@cordon/kernel';
import type { Answer, Step } from './model.js';
import { sequencesIn, walkBlocks, type Plan } from './plan.js';
import type { Limit, Named, StateConfig, StepParams, Transition } from './state-config.js';

/** Where a step stands among the states. */
export interface StepPlace {
  readonly plan: Plan;
  /** Absolute path of the state that holds its sequence. */
  readonly path: string;
  /** Where it leads when it is done. */
  readonly next: string;
  /** Ids of its sequence up to and with itself: how far it may go back. */
  readonly earlier: readonly string[];
  /** Ways into the branches of a decision, by answer. */
  readonly routes: readonly Transition[];
}

/** One step: `gate`, then `ready`, `in_progress` or `problem`, and through the gate again when it is done. */
export function stepState(place: StepPlace, step: Step): StateConfig {
  const finish = finishing(place, step);
  const begin = step.kind === 'approval' ? {} : on('step.start', step, 'in_progress', 'begin');
  // An approval has a problem only when its time is up.
  const fails = step.kind !== 'approval' || step.timeoutMs !== undefined;
  const fail = fails ? on('step.problem', step, 'problem', 'fail') : {};
  const verdicts =
    step.kind === 'action'
      ? {
          ...on('action.succeeded', step, 'gate', 'complete'),
          ...on('action.failed', step, 'problem', 'fail'),
        }
      : {};
  const byItself = [...untilOf(step), ...answeringItself(place, step)];
  const always = byItself.length > 0 ? { always: byItself } : {};
  return {
    initial: 'gate',
    states: {
      gate: { always: gateOf(place, step) },
      ready: { ...always, on: { ...begin, ...finish, ...fail } },
      in_progress: { ...always, on: { ...finish, ...fail, ...verdicts } },
      problem: { on: { ...begin, ...finish } },
    },
  };
}

export function whenParams(step: Step): StepParams {
  return { step: step.id, ...(step.when ? { when: step.when } : {}) };
}

/** Done, or under way already, or passed over, or ready; an unknown condition leaves the step at its gate. */
function gateOf({ routes, next }: StepPlace, step: Step): readonly Transition[] {
  const params = whenParams(step);
  const resume = (status: 'problem' | 'in_progress'): Transition => ({
    guard: { type: 'resumes', params: { ...params, status } },
    target: status,
    actions: [{ type: 'unpark', params }],
  });
  const [open, mark] = step.kind === 'action' ? ['in_progress', 'beginByItself'] : ['ready', 'markReady'];
  return [
    ...routes,
    { guard: { type: 'done', params }, target: next },
    resume('problem'),
    resume('in_progress'),
    { guard: { type: 'notApplicable', params }, target: next, actions: [{ type: 'passOver', params }] },
    { guard: { type: 'applies', params }, target: open, actions: [{ type: mark, params }] },
  ];
}

function on(
  event: string,
  step: Step,
  target: string,
  action: string,
): Record<string, readonly Transition[]> {
  return { [`${event}.${step.id}`]: [{ target, actions: [{ type: action, params: whenParams(step) }] }] };
}

/** A wait ends as soon as its condition holds, whoever made it hold. */
function untilOf(step: Step): readonly Transition[] {
  if (step.kind !== 'wait' || !step.until) return [];
  const holds: Named = { type: 'applies', params: { step: step.id, when: step.until } };
  const end: Named = { type: 'completeByItself', params: whenParams(step) };
  return [{ target: 'gate', actions: [end], guard: holds }];
}

/** Answers that need nobody: the first whose condition holds, once none before it may still come to hold. */
function answeringItself(place: StepPlace, step: Step): readonly Transition[] {
  if (step.kind !== 'decision') return [];
  const own = step.answers.filter((answer) => answer.when);
  return own.map((answer, i): Transition => {
    const before = own.slice(0, i).flatMap(({ when }) => when ?? []);
    const limit = limitOf(step, answer);
    const params = { step: step.id, answer: answer.id, when: answer.when, before, set: answer.set, ...limit };
    const guard: Named = { type: 'answersItself', params };
    const end: Named = { type: 'answerByItself', params };
    if (answer.repeat !== undefined || (answer.again && answer.then.length === 0)) {
      const back = goingBack(place, step, answer.repeat ?? step.id, 'startOverByItself');
      return { ...back, guard, actions: [end, ...(back.actions ?? [])] };
    }
    return { target: 'gate', guard, actions: [end] };
  });
}

function limitOf(step: Step, { max }: Pick<Answer, 'max'>): { readonly limit?: Limit } {
  return max === undefined ? {} : { limit: { step: step.id, max } };
}

/** The events that bring the step to its end. */
function finishing(place: StepPlace, step: Step): Record<string, readonly Transition[]> {
  const skip = step.mandatory ? {} : on('step.skip', step, 'gate', 'skip');
  if (step.kind === 'approval') return { ...skip, ...failing(place, step), ...approving(place, step) };
  const over =
    step.kind === 'wait' && step.forMs !== undefined ? on('wait.over', step, 'gate', 'complete') : {};
  const complete: Transition = { target: 'gate', actions: [{ type: 'complete', params: whenParams(step) }] };
  const completing = step.kind === 'decision' ? answering(place, step, complete) : [complete];
  return { ...skip, ...over, ...failing(place, step), [`step.complete.${step.id}`]: completing };
}

/** Failing for good: back to an earlier step, or on along the edges that lead from a failure. */
function failing(place: StepPlace, step: Step): Record<string, readonly Transition[]> {
  if (!place.plan.steps.get(step.id)?.failable) return {};
  const event = `step.fail.${step.id}`;
  const { failed } = step;
  if (!failed || !('repeat' in failed)) {
    return { [event]: [{ target: 'gate', actions: [{ type: 'failForGood', params: whenParams(step) }] }] };
  }
  return { [event]: [limited(step, failed, goingBack(place, step, failed.repeat))] };
}

/** The transition, as often as it is allowed. */
function limited(step: Step, { max }: { readonly max?: number }, transition: Transition): Transition {
  if (max === undefined) return transition;
  return { ...transition, guard: { type: 'turnsLeft', params: { limit: { step: step.id, max } } } };
}

function approving(
  place: StepPlace,
  step: Extract<Step, { kind: 'approval' }>,
): Record<string, readonly Transition[]> {
  const params = whenParams(step);
  const approve: Named = { type: 'approve', params };
  const last: Transition = {
    guard: { type: 'lastApproval', params: { ...params, count: step.count } },
    target: 'gate',
    actions: [approve, { type: 'complete', params }],
  };
  return {
    [`approval.approve.${step.id}`]: [last, { actions: [approve] }],
    [`approval.refuse.${step.id}`]: [refusing(place, step)],
  };
}

/** In a graph a refusal is an end of its own, from which edges lead; elsewhere it leads back. */
function refusing(place: StepPlace, step: Extract<Step, { kind: 'approval' }>): Transition {
  if (step.refused !== undefined) return limited(step, step, goingBack(place, step, step.refused));
  return { target: 'gate', actions: [{ type: 'refuse', params: whenParams(step) }] };
}

/** Answers that go back, answers that come round as often as they may, and all others. */
function answering(
  place: StepPlace,
  step: Extract<Step, { kind: 'decision' }>,
  complete: Transition,
): readonly Transition[] {
  const special = step.answers.flatMap((answer): Transition[] => {
    const { id, repeat, again, then } = answer;
    const back = repeat ?? (again && then.length === 0 ? step.id : undefined);
    const params = { step: step.id, answer: id, ...limitOf(step, answer) };
    if (back !== undefined) return [{ ...goingBack(place, step, back), guard: { type: 'answerIs', params } }];
    return params.limit ? [{ ...complete, guard: { type: 'answerIs', params } }] : [];
  });
  if (special.length === 0) return [complete];
  const goingOn = step.answers.filter(({ repeat, again, then, max }) => {
    return max === undefined && repeat === undefined && !(again && then.length === 0);
  });
  const answers = goingOn.map(({ id }) => id);
  return [...special, { ...complete, guard: { type: 'answerAmong', params: { step: step.id, answers } } }];
}

/** After the branch of an answer that comes round: forget it and ask again. Undefined for any other answer. */
export function roundOf(place: StepPlace, step: Step, answer: string): StateConfig | undefined {
  if (step.kind !== 'decision' || !step.answers.find(({ id }) => id === answer)?.again) return undefined;
  return { always: [goingBack(place, step, step.id, 'startOverByItself')] };
}

/** Forgets all steps from `target` to this one and its branches, those nested between included, and enters the sequence at `target`. */
function goingBack(
  { plan, path, earlier }: StepPlace,
  step: Step,
  target: string,
  action: 'startOver' | 'startOverByItself' = 'startOver',
): Transition {
  invariant(
    earlier.includes(target),
    `${step.id} goes back to ${target}, which comes before it in its sequence`,
  );
  const order = [...plan.steps.keys()];
  const each = plan.steps.get(step.id)?.each;
  const inner: string[] = [];
  walkBlocks(sequencesIn(step).flat(), ({ id }) => inner.push(id));
  const steps = order
    .slice(order.indexOf(target), order.indexOf(step.id) + 1)
    .concat(inner)
    .filter((id) => plan.steps.has(id) && plan.steps.get(id)?.each === each);
  return { target: `${path}.${target}`, actions: [{ type: action, params: { steps, turn: step.id } }] };
}
