import { randomUUID } from 'node:crypto';
import type { Actor } from '@cordon/engine';
import { refOf, type Cordon, type EvidenceEntry, type EvidenceView, type IncidentId } from '@cordon/runtime';
import { refusalProblem } from '../http/refusal-problem.js';
import { alteredEvidence, quarantinedEvidence, unreadableEvidence } from './audit-problems.js';

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
  mustBeSound(stored, (item) => String(item.id));
  return stored;
}

/** Makes the entry of each file's custody, before its first byte goes out. Throws the problem of one that is refused. */
export async function recordHandOut(
  cordon: Pick<Cordon, 'submitEvent'>,
  id: IncidentId,
  items: readonly Pick<EvidenceView, 'id'>[],
  actor: Actor,
  language: string,
): Promise<void> {
  for (const item of items) {
    const viewed = { key: randomUUID(), type: 'evidence.view', data: { id: item.id, how: 'export' } };
    const answer = await cordon.submitEvent(id, viewed, actor, language);
    if (!answer.ok) throw refusalProblem(answer.refusal);
  }
}

/**
 * The same for a bundle of the log, whose entries name these files: all of them are looked at before any entry is made.
 * Throws a problem where the person may not read those of some incident, for they were asked for by name.
 */
export async function handOutOfLog(
  cordon: Pick<Cordon, 'records' | 'submitEvent'>,
  entries: readonly EvidenceEntry[],
  actor: Actor,
  language: string,
): Promise<void> {
  const named = new Map<IncidentId, Set<number>>();
  for (const { incident, seq } of entries) named.set(incident, (named.get(incident) ?? new Set()).add(seq));
  const going = new Map<IncidentId, readonly Pick<EvidenceView, 'id'>[]>();
  for (const [id, seqs] of named) {
    const items = await cordon.records.evidence(id, actor);
    if (typeof items === 'string') throw unreadableEvidence(refOf(id));
    const asked = items.filter(({ custody }) => seqs.has(custody[0]?.seq ?? 0));
    mustBeSound(asked, (item) => `${refOf(id)}/${item.id}`);
    going.set(
      id,
      asked.map((item) => ({ id: item.id })),
    );
  }
  for (const [id, items] of going) await recordHandOut(cordon, id, items, actor, language);
}

function mustBeSound(items: readonly EvidenceView[], nameOf: (item: EvidenceView) => string): void {
  if (items.some(({ altered }) => altered)) throw alteredEvidence();
  const quarantined = items.filter((item) => item.quarantined);
  if (quarantined.length > 0) throw quarantinedEvidence(quarantined.map(nameOf));
}
