/**
 * What a history says of evidence, indicators, notes and corrections, read from the entries themselves: there is no
 * second copy that could disagree with them, and nothing more to write when an event is committed.
 */
import { openedValues, readLeaf, type Leaf } from '@cordon/audit';
import type { Clock, EpochMs, JsonObject } from '@cordon/kernel';
import { decidingOpenings } from './entries.js';
import type { IncidentId, ReadStore, StoredEntry } from './ports.js';

/** Entries read at a time, histories remembered, and how long. */
const PAGE = 500;
const MAX_REMEMBERED = 100;
const REMEMBER_MS = 5_000;

/** An entry that is about an item of evidence or an indicator. */
export interface LedgerEntry {
  readonly seq: number;
  readonly type: string;
  readonly step?: string;
  readonly at: string;
  readonly occurredAt: string;
  readonly actor: { readonly id: string; readonly type: 'person' | 'system' };
  /** Without what is about people: that is not remembered, because it can be erased at any time. */
  readonly data: JsonObject;
  /** The entry holds something about a person. */
  readonly personal?: true;
}

export interface KeptHistory {
  /** The newest entry that has been read. */
  seq: number;
  /** Name of the deployment's log, which the leaves carry. */
  log: string;
  /** The newest correction of each entry that was corrected. */
  readonly corrections: Map<number, number>;
  /** By item, counted from 0: how it came, and all that was done with it since. */
  readonly evidence: LedgerEntry[][];
  /** By indicator, counted from 0: how it came, and its withdrawal. */
  readonly indicators: LedgerEntry[][];
  /** Entries that are notes, and corrections of them, with the step that they are about. */
  readonly notes: Map<number, string | undefined>;
}

const TYPES: readonly string[] = [
  'note.add',
  'entry.correct',
  'indicator.add',
  'indicator.withdraw',
  'evidence.add',
  'evidence.view',
  'evidence.move',
  'evidence.release',
  'evidence.scan',
];

/**
 * Remembers what it has read and reads on from there: a history is only added to, so the memory is never wrong. The
 * first look at an incident costs O(entries), any other the entries written since.
 */
export class Ledger {
  private readonly remembered = new Map<
    IncidentId,
    { readonly until: EpochMs; readonly reading: Promise<KeptHistory> }
  >();

  constructor(
    private readonly store: Pick<ReadStore, 'entries'>,
    private readonly clock: Clock,
  ) {}

  /** Everything up to now, for reading only: whoever asks next gets the same object, with more in it. */
  of(id: IncidentId): Promise<KeptHistory> {
    const now = this.clock.now();
    const known = this.remembered.get(id);
    const fresh = known !== undefined && known.until > now;
    const reading = (fresh ? known.reading : Promise.resolve(blank())).then((kept) => this.readOn(id, kept));
    this.remembered.delete(id);
    this.remembered.set(id, { until: fresh ? known.until : now + REMEMBER_MS, reading });
    const oldest = this.remembered.size > MAX_REMEMBERED ? this.remembered.keys().next().value : undefined;
    if (oldest !== undefined) this.remembered.delete(oldest);
    reading.catch(() => {
      if (this.remembered.get(id)?.reading === reading) this.remembered.delete(id);
    });
    return reading;
  }

  /** Drops what is remembered: what was erased must not be shown from here. */
  forget(): void {
    this.remembered.clear();
  }

  private async readOn(id: IncidentId, kept: KeptHistory): Promise<KeptHistory> {
    for (;;) {
      const entries = await this.store.entries(id, kept.seq, PAGE);
      for (const entry of entries) take(kept, entry);
      if (entries.length < PAGE) return kept;
    }
  }
}

function blank(): KeptHistory {
  return { seq: 0, log: '', corrections: new Map(), evidence: [], indicators: [], notes: new Map() };
}

function take(kept: KeptHistory, stored: StoredEntry): void {
  kept.seq = stored.seq;
  const leaf = readLeaf(stored.leaf);
  kept.log = leaf.log;
  if (leaf.kind !== 'transition' || !TYPES.includes(leaf.event.type)) return;
  const personal = stored.openings?.includes('"subject":') === true;
  const entry = ledgerEntry(leaf, openedValues(decidingOpenings(stored)).data ?? {}, personal);
  const of = Number(entry.data.id) - 1;
  switch (entry.type) {
    case 'note.add':
      kept.notes.set(entry.seq, entry.step);
      return;
    case 'entry.correct':
      takeCorrection(kept, entry);
      return;
    case 'evidence.add':
      kept.evidence.push([entry]);
      return;
    case 'indicator.add':
      kept.indicators.push([entry]);
      return;
    case 'indicator.withdraw':
      kept.indicators[of]?.push(entry);
      return;
    default:
      kept.evidence[of]?.push(entry);
  }
}

function takeCorrection({ corrections, notes }: KeptHistory, { seq, data }: LedgerEntry): void {
  const target = Number(data.seq);
  corrections.set(target, seq);
  if (notes.has(target)) notes.set(seq, notes.get(target));
}

function ledgerEntry(
  { seq, event, at, occurredAt, actor }: Leaf,
  data: JsonObject,
  personal: boolean,
): LedgerEntry {
  return {
    ...{ seq, type: event.type, at, occurredAt, data },
    ...(event.step === undefined ? {} : { step: event.step }),
    ...(personal ? { personal: true as const } : {}),
    actor: { id: actor.id, type: actor.type as 'person' | 'system' },
  };
}
