import type { IncidentState } from '@cordon/engine';
import type { IncidentId, StoredIncident } from './ports.js';

/** An incident as it was last written by this process, with its state already parsed. */
export interface RecentIncident {
  readonly stored: StoredIncident;
  readonly state: IncidentState;
}

/** Incidents remembered at once; a few kilobytes each. */
const MAX_REMEMBERED = 2_000;
/** After another process has written to an incident, it is read anew each time for so long. */
const SHARED_FOR_MS = 30_000;

/**
 * Spares the door its read for incidents that only this process writes to. Never trusted: a write on top of an outdated
 * memory is refused by the version check, and the incident is then read anew and not remembered for a while.
 */
export class RecentIncidents {
  private readonly remembered = new Map<IncidentId, RecentIncident>();
  private readonly sharedUntil = new Map<IncidentId, number>();

  get(id: IncidentId): RecentIncident | undefined {
    return this.remembered.get(id);
  }

  put(recent: RecentIncident, now: number): void {
    const { id } = recent.stored;
    const shared = this.sharedUntil.get(id);
    if (shared !== undefined) {
      if (now < shared) return;
      this.sharedUntil.delete(id);
    }
    this.remembered.delete(id);
    this.remembered.set(id, recent);
    if (this.remembered.size <= MAX_REMEMBERED) return;
    const oldest = this.remembered.keys().next().value;
    if (oldest !== undefined) this.remembered.delete(oldest);
  }

  /** What became of a write is not known, or it was not ours: read anew next time. */
  forget(id: IncidentId): void {
    this.remembered.delete(id);
  }

  /** Somebody else writes to it too. */
  markShared(id: IncidentId, now: number): void {
    this.remembered.delete(id);
    if (this.sharedUntil.size > MAX_REMEMBERED) this.sharedUntil.clear();
    this.sharedUntil.set(id, now + SHARED_FOR_MS);
  }
}
