/** What of the incident's machine stands beside the flow: steps that are open all the time, and what closing asks. */
import { whenParams } from './compile-step.js';
import type { Plan, PlannedStep } from './plan.js';
import type { StepParams, Transition } from './state-config.js';

/** The steps and answers that settle a duty: those that perform it, and those that decide not to. */
export interface Discharge {
  readonly steps: readonly string[];
  readonly answers: readonly StepParams[];
}

export function discharging(duty: string, steps: ReadonlyMap<string, PlannedStep>): Discharge {
  const all = [...steps.values()].map(({ step }) => step);
  return {
    steps: all.filter((step) => step.duty === duty).map(({ id }) => id),
    answers: all.flatMap((step) =>
      step.kind === 'decision'
        ? step.answers
            .filter(({ waives }) => waives === duty)
            .map(({ id }) => ({ step: step.id, answer: id }))
        : [],
    ),
  };
}

const BEGUN = ['ready', 'in_progress', 'problem'] as const;

/** Steps beside the flow have no state of their own: their records change where the flow is. */
export function anytimeEvents(plan: Plan): Record<string, readonly Transition[]> {
  const events: Record<string, readonly Transition[]> = {};
  for (const id of plan.anytime) {
    const step = plan.steps.get(id)?.step;
    if (!step) continue;
    const params = whenParams(step);
    const on = (event: string, action: string, statuses: readonly string[]): void => {
      const guard = { type: 'statusIs', params: { step: id, statuses } };
      events[`${event}.${id}`] = [{ guard, actions: [{ type: action, params }] }];
    };
    on('step.start', 'begin', ['ready', 'problem']);
    on('step.complete', 'complete', BEGUN);
    on('step.problem', 'fail', ['ready', 'in_progress']);
    if (!step.mandatory) on('step.skip', 'skip', BEGUN);
  }
  return events;
}
