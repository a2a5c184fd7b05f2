import type { InspectedIncident } from '../support/inspect-database.js';
import type { Campaign } from './harness.js';

/** What a campaign showed, to be printed, and what was not kept, to be empty. */
export interface Verdict {
  readonly figures: Readonly<Record<string, number>>;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly undelivered: readonly string[];
  readonly faults: readonly string[];
}

/** Holds what clients were told, and what the sink was given, against the incidents in the database. */
export function judgeCampaign(
  { ledger, sink, figures }: Campaign,
  incidents: readonly InspectedIncident[],
): Verdict {
  const lost: string[] = [];
  const duplicated: string[] = [];
  const undelivered: string[] = [];
  const faults = [...ledger.faults, ...incidents.flatMap((incident) => incident.faults)];
  const entries = entriesByKey(incidents);
  for (const { key, ref, status, seq, hash } of ledger.told.values()) {
    if (status === 201) {
      const opened = incidents.filter((incident) => incident.openKey === key);
      if (!opened.some((incident) => incident.ref === ref)) lost.push(`the opening ${key} of ${ref}`);
      if (opened.length > 1) duplicated.push(`the opening ${key}`);
      continue;
    }
    const found = entries.get(key) ?? [];
    const kind = status === 200 ? 'transition' : 'rejection';
    const kept = found.filter((entry) => entry.kind === kind && entry.ref === ref);
    if (kept.length === 0) lost.push(`${key} on ${ref}, answered ${status}`);
    if (found.length > 1) duplicated.push(`${key} on ${ref}`);
    if (seq !== undefined && !kept.some((entry) => entry.seq === seq && entry.hash === hash)) {
      faults.push(`${key} on ${ref} was acknowledged as entry ${seq}, and another is there`);
    }
  }
  const effects = incidents.flatMap(({ ref, effects: keys }) => keys.map((key) => ({ ref, key })));
  if (new Set(effects.map(({ ref, key }) => `${ref}/${key}`)).size < effects.length)
    faults.push('an effect was asked for twice');
  for (const { ref, key } of effects) {
    if (!sink.received.has(`${ref}/${key}`)) undelivered.push(`${ref}/${key}`);
    const verdicts = (entries.get(`verdict:${key}`) ?? []).filter((entry) => entry.ref === ref);
    if (verdicts.length !== 1) faults.push(`${ref}: ${key} has ${verdicts.length} verdicts`);
  }
  const deliveries = [...sink.received.values()].reduce((sum, times) => sum + times, 0);
  return {
    lost,
    duplicated,
    undelivered,
    faults,
    figures: {
      ...figures,
      accepted: ledger.accepted,
      refused: ledger.refused,
      unjudged: ledger.unjudged,
      repeated: ledger.repeated,
      resent: ledger.resent,
      incidents: incidents.length,
      entries: incidents.reduce((sum, { seq }) => sum + seq, 0),
      timersFired: incidents.reduce((sum, { fired }) => sum + fired.length, 0),
      effects: effects.length,
      deliveries,
    },
  };
}

interface Found {
  readonly ref: string;
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
}

/** By the key alone: each of these tests uses a key once, whoever sends it. Verdicts are unique in their incident. */
function entriesByKey(incidents: readonly InspectedIncident[]): ReadonlyMap<string, readonly Found[]> {
  const entries = new Map<string, Found[]>();
  for (const { ref, keyed } of incidents) {
    for (const { eventKey, seq, hash, kind } of keyed) {
      const key = eventKey.slice(eventKey.indexOf(':') + 1);
      entries.set(key, [...(entries.get(key) ?? []), { ref, seq, hash, kind }]);
    }
  }
  return entries;
}
