/** What people wrote down, with what they corrected later: of the incident, or of one of its steps. */
import { withCorrections, type Lateness } from './corrections.js';
import { entryView } from './entries.js';
import { texts } from './evidence-view.js';
import type { Ledger } from './ledger.js';
import type { People } from './people.js';
import type { IncidentId, ReadStore } from './ports.js';
import type { ActorView, EntryView } from './views.js';

/** Entries read at a time. */
const PAGE = 500;

export interface NoteQuery {
  /** Only notes on this step. */
  readonly step?: string;
  readonly afterSeq: number;
  readonly limit: number;
}

export interface NoteView extends Lateness {
  /** Number of the entry: what a correction names. */
  readonly seq: number;
  readonly at: string;
  readonly occurredAt: string;
  readonly by: ActorView;
  readonly step?: string;
  /** What it says; for a correction, what it says instead. */
  readonly text: string;
  /** Why it corrects another. */
  readonly reason?: string;
  readonly supersedes?: number;
  readonly supersededBy?: number;
}

/** Oldest first. Reads the history from `afterSeq` until there are enough. */
export async function readNotes(
  sources: { readonly store: ReadStore; readonly ledger: Ledger; readonly people: People },
  id: IncidentId,
  { step, afterSeq, limit }: NoteQuery,
): Promise<readonly NoteView[]> {
  const { notes, corrections } = await sources.ledger.of(id);
  const wanted = [...notes]
    .filter(([seq, of]) => seq > afterSeq && (step === undefined || of === step))
    .map(([seq]) => seq)
    .slice(0, limit);
  const views = await readEntries(sources.store, id, wanted);
  const nameOf = await sources.people.names(views.map(({ actor }) => actor.id));
  return withCorrections(
    views.map((view) => noteView(view, notes.get(view.seq), nameOf)),
    corrections,
  );
}

/** The entries of these numbers, which ascend. */
async function readEntries(
  store: ReadStore,
  id: IncidentId,
  seqs: readonly number[],
): Promise<readonly EntryView[]> {
  const found: EntryView[] = [];
  for (let next = seqs[0]; next !== undefined; next = seqs[found.length]) {
    const last = Math.min(next + PAGE - 1, seqs.at(-1) ?? next);
    const entries = await store.entries(id, next - 1, last - next + 1);
    const here = entries.filter(({ seq }) => seqs.includes(seq));
    if (here.length === 0) break;
    found.push(
      ...here.map((entry) =>
        entryView(
          entry,
          () => undefined,
          () => undefined,
        ),
      ),
    );
  }
  return found;
}

function noteView(
  { seq, at, occurredAt, actor, event, note, late, lateBy, supersedes }: EntryView,
  step: string | undefined,
  nameOf: (id: string) => string | undefined,
): NoteView {
  const name = nameOf(actor.id);
  const { text, reason } = texts(event.data ?? {}, 'text', 'reason');
  return {
    ...{ seq, at, occurredAt },
    by: name === undefined ? actor : { ...actor, name },
    ...(step === undefined ? {} : { step }),
    text: text ?? note ?? '',
    ...(reason === undefined ? {} : { reason }),
    ...(supersedes === undefined ? {} : { supersedes }),
    ...(late === undefined ? {} : { late }),
    ...(lateBy === undefined ? {} : { lateBy }),
  };
}
