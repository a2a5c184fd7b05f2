import type { IncidentId, Records } from '@cordon/runtime';

/** Incidents that are there and hold nothing. */
export function emptyRecords(isThere: (id: IncidentId) => boolean): Records {
  return {
    evidence: async (id) => (isThere(id) ? [] : 'unknown_incident'),
    indicators: async (id) => (isThere(id) ? { uid: '', log: '', items: [] } : 'unknown_incident'),
    notes: async (id) => (isThere(id) ? [] : 'unknown_incident'),
    refusal: async (id) => (isThere(id) ? undefined : 'unknown_incident'),
  };
}
