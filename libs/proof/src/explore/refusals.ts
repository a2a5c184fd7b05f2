/** Which approvals were refused last, and not approved since. */
import { findInstance, type IncidentEvent, type IncidentState } from '@cordon/engine';
import type { Plan } from '@cordon/playbook';

/** One object for the usual case. */
export const NONE_REFUSED: readonly string[] = [];

/** The refusals that stand after an event that was accepted. */
export function nextRefused(
  plan: Plan,
  refused: readonly string[],
  event: IncidentEvent,
  after: IncidentState,
): readonly string[] {
  const now =
    event.type === 'approval.refuse' && event.step !== undefined ? [...refused, event.step] : refused;
  if (now.length === 0) return NONE_REFUSED;
  const standing = now.filter((id) => {
    const record = findInstance(plan, after, id)?.record;
    return (
      !record || !(record.status === 'completed' || (record.status === 'skipped' && !record.notApplicable))
    );
  });
  return [...new Set(standing)].sort();
}
