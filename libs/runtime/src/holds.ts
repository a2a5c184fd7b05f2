/**
 * Legal holds: what is kept of an incident, or of the whole deployment, must stay as it is until the hold is released.
 * Nobody whose data is part of it is erased meanwhile. Who placed it, and why, is in the journal.
 */
import { randomUUID } from 'node:crypto';
import type { Actor } from '@cordon/engine';
import type { Clock, EpochMs } from '@cordon/kernel';
import type { Journal } from './journal.js';
import type { IncidentId } from './ports.js';
import { refOf } from './views.js';

export interface LegalHold {
  /** UUID. */
  readonly id: string;
  /** Absent where it covers everything. */
  readonly incidentId?: IncidentId;
  readonly placedAt: EpochMs;
  readonly placedBy: string;
  /** `seq` of the journal's entry that says why. */
  readonly placedSeq: number;
  readonly released?: { readonly at: EpochMs; readonly by: string; readonly seq: number };
}

export interface HoldStore {
  place(hold: Omit<LegalHold, 'released'>): Promise<void>;
  /** False where it is released already, or was never there. */
  release(id: string, released: NonNullable<LegalHold['released']>): Promise<boolean>;
  byId(id: string): Promise<LegalHold | undefined>;
  /** Newest first. */
  list(): Promise<readonly LegalHold[]>;
  /** Holds that stand and cover something that is kept of this person. */
  covering(person: string): Promise<readonly LegalHold[]>;
}

interface Dependencies {
  readonly holds: HoldStore;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Places a hold. The journal's entry comes first: a hold is never without the entry that says why. */
export async function placeHold(
  { holds, journal, clock }: Dependencies,
  { incidentId, reason }: { readonly incidentId?: IncidentId; readonly reason: string },
  actor: Actor,
): Promise<LegalHold> {
  const id = randomUUID();
  const covers = incidentId === undefined ? { scope: 'deployment' } : { incident: refOf(incidentId) };
  const { seq } = await journal.record({
    actor,
    type: 'hold.place',
    subject: id,
    data: { ...covers, reason },
  });
  const hold: LegalHold = {
    ...{ id, placedAt: clock.now(), placedBy: actor.id, placedSeq: seq },
    ...(incidentId === undefined ? {} : { incidentId }),
  };
  await holds.place(hold);
  return hold;
}

/** Releases it; the hold as it is then, or undefined where there is none that stands. */
export async function releaseHold(
  { holds, journal, clock }: Dependencies,
  id: string,
  reason: string,
  actor: Actor,
): Promise<LegalHold | undefined> {
  const hold = await holds.byId(id);
  if (!hold || hold.released) return undefined;
  const { seq } = await journal.record({ actor, type: 'hold.release', subject: id, data: { reason } });
  const released = { at: clock.now(), by: actor.id, seq };
  return (await holds.release(id, released)) ? { ...hold, released } : undefined;
}

/** What a hold covers, as people call it. */
export function heldBy({ incidentId }: LegalHold): string {
  return incidentId === undefined ? 'deployment' : refOf(incidentId);
}
