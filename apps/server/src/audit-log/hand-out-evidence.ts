import { randomUUID } from 'node:crypto';
import type { Actor } from '@cordon/engine';
import type { Cordon, EvidenceView, IncidentId } from '@cordon/runtime';
import { refusalProblem } from '../http/refusal-problem.js';
import { alteredEvidence, quarantinedEvidence } from './audit-problems.js';

/**
 * The files that may go with the incident's bundle; undefined for whoever may not read them. Throws a problem where one
 * is in quarantine or is not what was collected: nothing is left out quietly.
 */
export async function evidenceToHandOut(
  cordon: Pick<Cordon, 'records'>,
  id: IncidentId,
  actor: Actor,
): Promise<readonly EvidenceView[] | undefined> {
  const items = await cordon.records.evidence(id, actor);
  if (typeof items === 'string') return undefined;
  const stored = items.filter((item) => item.stored);
  if (stored.some(({ altered }) => altered)) throw alteredEvidence();
  const quarantined = stored.filter((item) => item.quarantined);
  if (quarantined.length > 0) throw quarantinedEvidence(quarantined.map((item) => item.id));
  return stored;
}

/** Makes the entry of each file's custody, before its first byte goes out. Throws the problem of one that is refused. */
export async function recordHandOut(
  cordon: Pick<Cordon, 'submitEvent'>,
  id: IncidentId,
  items: readonly EvidenceView[],
  actor: Actor,
  language: string,
): Promise<void> {
  for (const item of items) {
    const viewed = { key: randomUUID(), type: 'evidence.view', data: { id: item.id, how: 'export' } };
    const answer = await cordon.submitEvent(id, viewed, actor, language);
    if (!answer.ok) throw refusalProblem(answer.refusal);
  }
}
