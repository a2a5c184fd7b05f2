/** One step as a state: its gate reads the record, and its events bring it on. */
import { invariant } from '@cordon/kernel';
import type { Step } from './model.js';
import type { Plan } from './plan.js';
import type { Named, StateConfig, StepParams, Transition } from './state-config.js';

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
  const fail = step.kind === 'approval' ? {} : on('step.problem', step, 'problem', 'fail');
  const verdicts =
    step.kind === 'action'
      ? {
          ...on('action.succeeded', step, 'gate', 'complete'),
          ...on('action.failed', step, 'problem', 'fail'),
        }
      : {};
  const until = untilOf(step);
  return {
    initial: 'gate',
    states: {
      gate: { always: gateOf(place, step) },
      ready: { ...until, on: { ...begin, ...finish, ...fail } },
      in_progress: { ...until, on: { ...finish, ...fail, ...verdicts } },
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
function untilOf(step: Step): Pick<StateConfig, 'always'> {
  if (step.kind !== 'wait' || !step.until) return {};
  const holds: Named = { type: 'applies', params: { step: step.id, when: step.until } };
  const end: Named = { type: 'completeByItself', params: whenParams(step) };
  return { always: [{ target: 'gate', actions: [end], guard: holds }] };
}

/** The events that bring the step to its end. */
function finishing(place: StepPlace, step: Step): Record<string, readonly Transition[]> {
  const skip = step.mandatory ? {} : on('step.skip', step, 'gate', 'skip');
  if (step.kind === 'approval') return { ...skip, ...approving(place, step) };
  const over =
    step.kind === 'wait' && step.forMs !== undefined ? on('wait.over', step, 'gate', 'complete') : {};
  const complete: Transition = { target: 'gate', actions: [{ type: 'complete', params: whenParams(step) }] };
  const repeats = step.kind === 'decision' ? repeating(place, step) : [];
  return { ...skip, ...over, [`step.complete.${step.id}`]: [...repeats, complete] };
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
    [`approval.refuse.${step.id}`]: [goingBack(place, step, step.refused)],
  };
}

function repeating(place: StepPlace, step: Extract<Step, { kind: 'decision' }>): readonly Transition[] {
  return step.answers.flatMap(({ id, repeat }) =>
    repeat === undefined
      ? []
      : [
          {
            guard: { type: 'answerIs', params: { step: step.id, answer: id } },
            ...goingBack(place, step, repeat),
          },
        ],
  );
}

/** Forgets all steps from `target` to this one, those nested between included, and enters the sequence at `target`. */
function goingBack({ plan, path, earlier }: StepPlace, step: Step, target: string): Transition {
  invariant(
    earlier.includes(target),
    `${step.id} goes back to ${target}, which comes before it in its sequence`,
  );
  const order = [...plan.steps.keys()];
  const each = plan.steps.get(step.id)?.each;
  const steps = order
    .slice(order.indexOf(target), order.indexOf(step.id) + 1)
    .filter((id) => plan.steps.get(id)?.each === each);
  return { target: `${path}.${target}`, actions: [{ type: 'startOver', params: { steps } }] };
}
