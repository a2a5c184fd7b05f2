import type { Plan } from '@cordon/playbook';
import { instanceId, recorded, recordOf } from './instances.js';
import type { Effect, IncidentState } from './model.js';

/**
 * What the step from one state to the next asks the world to do: every action that began, or began again.
 * The round is part of the key, so that a retry by a person is a new effect and a repeated delivery is not.
 */
export function effectsOf(plan: Plan, before: IncidentState, after: IncidentState): readonly Effect[] {
  if (before.steps === after.steps && before.systems === after.systems) return [];
  return recorded(plan, after).flatMap((instance): Effect[] => {
    const { step } = instance.planned;
    if (step.kind !== 'action' || instance.record?.status !== 'in_progress' || instance.record.parked)
      return [];
    const key = actionKey(after, step.id, instance.system);
    const was = recordOf(before, step.id, instance.system);
    if (was?.status === 'in_progress' && actionKey(before, step.id, instance.system) === key) return [];
    return [
      {
        key,
        kind: 'action',
        step: instance.id,
        payload: { action: step.action, input: step.input, title: step.title },
      },
    ];
  });
}

export function actionKey(state: IncidentState, step: string, system: string | undefined): string {
  const rounds = system === undefined ? state.rounds : state.systems[system]?.rounds;
  return `action:${instanceId(step, system)}#${rounds?.[step] ?? 0}`;
}
