import { invariant } from '@cordon/kernel';
import type { NewIncident } from '@cordon/runtime';
import {
  effectColumns,
  entryColumns,
  instant,
  openingColumns,
  plannedColumns,
  taskColumns,
  textArray,
  timerColumns,
} from './parameters.js';

/** The 52 parameters of `open-incident`, in its order. Throws an InvariantError when there is no first entry. */
export function openParameters(incident: NewIncident): unknown[] {
  const last = incident.entries.at(-1);
  invariant(last !== undefined, 'an incident opens with at least one entry');
  return [
    incident.uid,
    incident.playbookId,
    incident.playbookVersion,
    incident.playbookDigest,
    incident.title,
    incident.summary ?? null,
    incident.severity ?? null,
    incident.organisation === undefined ? null : JSON.stringify(incident.organisation),
    incident.exercise,
    incident.listing.status,
    textArray(incident.listing.phases),
    instant(incident.listing.awareAt),
    incident.openedBy,
    instant(incident.onsetAt),
    instant(incident.openedAt),
    instant(incident.listing.closedAt),
    incident.revision,
    last.seq,
    last.hash,
    incident.state,
    incident.requestHash,
    incident.eventKey,
    ...entryColumns(incident.entries),
    ...openingColumns(incident.entries),
    ...taskColumns(incident.tasks),
    ...timerColumns(incident.timersSet),
    ...effectColumns(incident.effects),
    incident.listing.tlp,
    textArray(incident.listing.members),
    ...plannedColumns(incident.tasks),
  ];
}
