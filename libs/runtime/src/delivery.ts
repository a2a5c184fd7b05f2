/** Effects on their way into the world, and the verdict on the way back. */
import type { Effect } from '@cordon/engine';
import { isJsonObject } from '@cordon/kernel';
import type { Runtime } from './create-cordon.js';
import type { IncidentId, OutboxRow } from './ports.js';
import { refOf } from './views.js';

/** What a deliverer is asked to do. `key` is stable over retries and unique in the deployment: twice must equal once. */
export interface Delivery {
  readonly key: string;
  readonly kind: Effect['kind'];
  /** The action's name; `notify` for reminders, overdue and escalations. */
  readonly action: string;
  readonly incident: string;
  readonly incidentTitle: string;
  readonly step: string;
  readonly payload: Effect['payload'];
}

/** `retry`: the world misbehaved and may behave later. `failed`: it will not, a person has to look. */
export interface DeliveryVerdict {
  readonly outcome: 'done' | 'failed' | 'retry';
  readonly detail: string;
}

export interface Deliverer {
  deliver(delivery: Delivery): Promise<DeliveryVerdict>;
}

/** Thrown to make the queue try again later. */
export class RetryDelivery extends Error {
  override readonly name = 'RetryDelivery';
}

/**
 * Carries one effect out and brings its verdict through the door. May run more than once for the same effect: the
 * deliverer is given the same key, and the door knows the verdict already. Nothing real leaves from an exercise.
 */
export async function deliverEffect(
  deliverer: Deliverer,
  cordon: Pick<Runtime, 'submitSystemEvent'>,
  row: OutboxRow,
  lastAttempt: boolean,
): Promise<DeliveryVerdict> {
  const verdict = row.exercise
    ? { outcome: 'done' as const, detail: 'exercise: nothing was sent' }
    : await deliverer.deliver(deliveryOf(row));
  if (verdict.outcome === 'retry' && !lastAttempt) throw new RetryDelivery(verdict.detail);
  const { effect, incidentId } = row;
  const done = verdict.outcome === 'done';
  const data = { key: effect.key, detail: verdict.detail };
  const key = `verdict:${effect.key}`;
  if (effect.kind === 'action') {
    await cordon.submitSystemEvent(incidentId, {
      key,
      type: done ? 'action.succeeded' : 'action.failed',
      step: effect.step,
      data,
    });
  } else {
    await cordon.submitSystemEvent(incidentId, {
      key,
      type: done ? 'effect.delivered' : 'effect.failed',
      step: effect.step,
      data,
    });
  }
  return verdict;
}

function deliveryOf({ effect, incidentId, incidentTitle }: OutboxRow): Delivery {
  const incident = refOf(incidentId);
  const { action } = effect.payload;
  return {
    key: `${incident}/${effect.key}`,
    kind: effect.kind,
    action: effect.kind === 'action' && typeof action === 'string' ? action : 'notify',
    incident,
    incidentTitle,
    step: effect.step,
    payload: effect.payload,
  };
}

/** Reads what the relay handed to the queue; undefined for anything else. */
export function outboxRowOf(payload: unknown): OutboxRow | undefined {
  if (!isJsonObject(payload) || !isJsonObject(payload.effect)) return undefined;
  const { id, incidentId, incidentTitle, exercise, effect } = payload;
  if (typeof id !== 'string' || typeof incidentId !== 'number') return undefined;
  if (typeof incidentTitle !== 'string' || typeof exercise !== 'boolean') return undefined;
  return {
    id,
    incidentId: incidentId as IncidentId,
    incidentTitle,
    exercise,
    effect: effect as unknown as Effect,
  };
}
