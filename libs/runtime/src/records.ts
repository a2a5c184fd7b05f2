/** Evidence with its custody, indicators and notes of one incident, for those who may see them. Reads only. */
import { openedValues } from '@cordon/audit';
import { mayOn, maySee, type Action, type Actor } from '@cordon/engine';
import { openingsOf } from './entries.js';
import { evidenceView, texts, type EvidenceView } from './evidence-view.js';
import { indicatorView, type IndicatorView } from './indicator-view.js';
import type { Ledger, LedgerEntry } from './ledger.js';
import { readNotes, type NoteQuery, type NoteView } from './notes.js';
import type { People } from './people.js';
import type { IncidentId, IncidentRow, ReadStore } from './ports.js';

/** There is no such incident, as far as this person may know; or their roles do not reach to this one. */
export type Unread = 'unknown_incident' | 'forbidden';

export interface Records {
  evidence(id: IncidentId, viewer: Actor): Promise<readonly EvidenceView[] | Unread>;
  /** With what an export needs to name them: the incident and the log. */
  indicators(id: IncidentId, viewer: Actor): Promise<IndicatorList | Unread>;
  /** Oldest first. */
  notes(id: IncidentId, viewer: Actor, query: NoteQuery): Promise<readonly NoteView[] | Unread>;
  /** Whether the action would be let through on this incident; undefined when it would. */
  refusal(id: IncidentId, viewer: Actor, action: Action): Promise<Unread | undefined>;
}

export interface IndicatorList {
  readonly uid: string;
  readonly log: string;
  readonly items: readonly IndicatorView[];
}

export interface RecordSources {
  readonly store: ReadStore;
  readonly ledger: Ledger;
  readonly people: People;
}

/** The items with who collected them, read anew each time: who was erased since is not there any more. */
function withCollectors(
  store: ReadStore,
  id: IncidentId,
  views: readonly EvidenceView[],
  evidence: readonly (readonly LedgerEntry[])[],
): Promise<readonly EvidenceView[]> {
  return Promise.all(
    views.map(async (view, index) => {
      const added = evidence[index]?.[0];
      if (!added?.personal) return view;
      const [entry] = await store.entries(id, added.seq - 1, 1);
      const data = entry && openedValues(openingsOf(entry)).data;
      return { ...view, ...texts(data ?? {}, 'collectedBy') };
    }),
  );
}

export function createRecords({ store, ledger, people }: RecordSources): Records {
  const rowFor = async (id: IncidentId, viewer: Actor, action: Action): Promise<IncidentRow | Unread> => {
    const row = await store.incident(id);
    if (!row || !maySee(row, viewer)) return 'unknown_incident';
    return mayOn(action, row, viewer) ? row : 'forbidden';
  };
  return {
    async evidence(id, viewer) {
      const row = await rowFor(id, viewer, 'evidence.read');
      if (typeof row === 'string') return row;
      const { evidence, corrections } = await ledger.of(id);
      const nameOf = await people.names(evidence.flat().map(({ actor }) => actor.id));
      const views = evidence.map((entries, index) => evidenceView(index + 1, entries, corrections, nameOf));
      return viewer.type === 'system' ? views : withCollectors(store, id, views, evidence);
    },
    async indicators(id, viewer) {
      const row = await rowFor(id, viewer, 'indicator.read');
      if (typeof row === 'string') return row;
      const { indicators, corrections, log } = await ledger.of(id);
      const nameOf = await people.names(indicators.flat().map(({ actor }) => actor.id));
      const items = indicators.map((entries, index) =>
        indicatorView(index + 1, entries, row.tlp, corrections, nameOf),
      );
      // A marking of its own holds as one of the incident would.
      const shown = items.filter(({ tlp }) => maySee({ tlp, members: row.members }, viewer));
      return { uid: row.uid, log, items: shown };
    },
    async notes(id, viewer, query) {
      const row = await rowFor(id, viewer, 'incident.read');
      return typeof row === 'string' ? row : readNotes({ store, ledger, people }, id, query);
    },
    async refusal(id, viewer, action) {
      const row = await rowFor(id, viewer, action);
      return typeof row === 'string' ? row : undefined;
    },
  };
}
