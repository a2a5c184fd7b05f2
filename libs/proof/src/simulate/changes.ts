/** What lies between two states, as a reader of a trace wants to see it. */
import { createHash } from 'node:crypto';
import { instances, isOpen, statusOf, type IncidentState, type Instance } from '@cordon/engine';
import { canonicalJson } from '@cordon/kernel';
import type { Plan } from '@cordon/playbook';
import type { Changes } from './model.js';

/** Hex SHA-256 of the state's canonical JSON: equal where replay gives the same state byte for byte. */
export function stateDigest(state: IncidentState): string {
  return createHash('sha256').update(canonicalJson(state)).digest('hex');
}

/** Steps that opened, ended and came back between two states; against nothing, all that is open or done. O(steps × systems). */
export function changesBetween(plan: Plan, before: IncidentState | undefined, after: IncidentState): Changes {
  if (before === after) return { opened: [], done: [], undone: [] };
  const was = new Map(before ? instances(plan, before).map((one) => [one.id, one]) : []);
  const now = instances(plan, after);
  const ids = (pick: (one: Instance, old: Instance | undefined) => boolean): readonly string[] =>
    now.filter((one) => pick(one, was.get(one.id))).map(({ id }) => id);
  return {
    opened: ids((one, old) => isUp(one) && !isUp(old)),
    done: ids((one, old) => isEnded(one) && !(isEnded(old) && sameEnd(one, old))),
    undone: ids((one, old) => isEnded(old) && !isEnded(one)),
  };
}

function isUp(one: Instance | undefined): boolean {
  return one !== undefined && isOpen(statusOf(one.record));
}

/** Ended by a person or by the machine; being passed over is no end that anybody brought about. */
function isEnded(one: Instance | undefined): boolean {
  const record = one?.record;
  if (!record || record.parked || record.notApplicable) return false;
  return record.status === 'completed' || record.status === 'skipped' || record.status === 'failed';
}

function sameEnd(one: Instance, old: Instance | undefined): boolean {
  return one.record?.at === old?.record?.at && one.record?.status === old?.record?.status;
}
