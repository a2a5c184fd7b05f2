/** Effects on their way into the world, and the verdict on the way back. */
import { digestOf } from '@cordon/audit';
import { AUDIENCES, isTlp, type Effect } from '@cordon/engine';
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
  /** Ids of the people to tell, as it is found at the moment of delivery; empty where the effect names nobody. */
  readonly recipients: readonly string[];
  /** TLP:RED: no word of what it is about leaves; title and step are empty, the payload has no texts. */
  readonly concealed?: true;
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
  cordon: Pick<Runtime, 'submitSystemEvent'> & Partial<Pick<Runtime, 'recipients'>>,
  row: OutboxRow,
  lastAttempt: boolean,
): Promise<DeliveryVerdict> {
  const verdict = row.exercise
    ? { outcome: 'done' as const, detail: 'exercise: nothing was sent' }
    : await deliverer.deliver(deliveryOf(row, await recipientsOf(cordon, row)));
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

/** Whoever is on duty now, not when the effect was asked for. */
async function recipientsOf(
  cordon: Partial<Pick<Runtime, 'recipients'>>,
  { effect: { payload } }: OutboxRow,
): Promise<readonly string[]> {
  const { tell, assignee, roles } = payload;
  const audience = AUDIENCES.find((one) => one === tell);
  if (audience === undefined || !cordon.recipients) return [];
  return cordon.recipients({
    tell: audience,
    ...(typeof assignee === 'string' ? { assignee } : {}),
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
  });
}

function deliveryOf(
  { effect, incidentId, incidentTitle, tlp }: OutboxRow,
  recipients: readonly string[],
): Delivery {
  const incident = refOf(incidentId);
  const { action, title: _title, input: _input, ...facts } = effect.payload;
  const concealed = tlp === 'red';
  return {
    // The key names the step as well.
    key: `${incident}/${concealed ? digestOf(effect.key) : effect.key}`,
    kind: effect.kind,
    action: effect.kind === 'action' && typeof action === 'string' ? action : 'notify',
    incident,
    incidentTitle: concealed ? '' : incidentTitle,
    step: concealed ? '' : effect.step,
    payload: concealed ? facts : effect.payload,
    recipients,
    ...(concealed ? { concealed } : {}),
  };
}

/** Reads what the relay handed to the queue; undefined for anything else. */
export function outboxRowOf(payload: unknown): OutboxRow | undefined {
  if (!isJsonObject(payload) || !isJsonObject(payload.effect)) return undefined;
  const { id, incidentId, incidentTitle, exercise, tlp, effect } = payload;
  if (typeof id !== 'string' || typeof incidentId !== 'number') return undefined;
  if (typeof incidentTitle !== 'string' || typeof exercise !== 'boolean') return undefined;
  if (!isTlp(tlp)) return undefined;
  return {
    id,
    incidentId: incidentId as IncidentId,
    incidentTitle,
    exercise,
    tlp,
    effect: effect as unknown as Effect,
  };
}
