/** An item of evidence as people see it: what it is, and everything that was done with it. */
import type { Json, JsonObject } from '@cordon/kernel';
import { lateness, type Lateness } from './corrections.js';
import type { LedgerEntry } from './ledger.js';
import type { ActorView } from './views.js';

/** One link in the chain of custody: an entry of the incident's history. */
export interface CustodyView extends Lateness {
  /** Number of the entry. */
  readonly seq: number;
  /** `evidence.add`, `.view`, `.move`, `.release`, `.scan`. */
  readonly type: string;
  readonly at: string;
  readonly occurredAt: string;
  readonly by: ActorView;
  readonly to?: string;
  readonly reason?: string;
  /** `download`: by way of the API, which recorded it before the first byte. */
  readonly how?: string;
  readonly verdict?: string;
  readonly detail?: string;
  readonly supersededBy?: number;
}

export interface EvidenceView {
  /** Counted from 1 in the incident. */
  readonly id: number;
  readonly name: string;
  /** Media type: by content where that can be told, else as declared. */
  readonly kind?: string;
  readonly declared?: string;
  readonly sha256?: string;
  readonly sizeBytes?: number;
  /** The file is in our store; else it is a thing elsewhere, see `location`. */
  readonly stored: boolean;
  readonly step?: string;
  readonly system?: string;
  readonly description?: string;
  readonly collectedBy?: string;
  /** Where it is: of the last move, else where it was found. */
  readonly location?: string;
  /** The newest word of the malware scanner. */
  readonly scan?: string;
  readonly quarantined: boolean;
  /** The stored file was found to be another one than was collected, or gone. */
  readonly altered: boolean;
  readonly released: boolean;
  readonly custody: readonly CustodyView[];
}

type NameOf = (id: string) => string | undefined;

/** `entries` are in the order of the history, the first being `evidence.add`. */
export function evidenceView(
  id: number,
  entries: readonly LedgerEntry[],
  corrections: ReadonlyMap<number, number>,
  nameOf: NameOf,
): EvidenceView {
  const [added] = entries;
  const data = added?.data ?? {};
  const verdicts = entries.flatMap((entry) => (entry.type === 'evidence.scan' ? [entry.data.verdict] : []));
  const scan = verdicts.findLast((verdict) => SCANS.includes(verdict));
  const state = verdicts.findLast((verdict) => !SCANS.includes(verdict));
  const location = entries.findLast(({ type }) => type === 'evidence.move')?.data.to ?? data.location;
  return {
    id,
    name: texts(data, 'name').name ?? '',
    ...texts(data, 'kind', 'declared', 'sha256', 'system', 'description', 'collectedBy'),
    ...(typeof data.sizeBytes === 'number' ? { sizeBytes: data.sizeBytes } : {}),
    stored: data.stored === true,
    ...(added?.step === undefined ? {} : { step: added.step }),
    ...(typeof location === 'string' ? { location } : {}),
    ...(typeof scan === 'string' ? { scan } : {}),
    quarantined: scan === 'infected',
    altered: state === 'altered',
    released: entries.some(({ type }) => type === 'evidence.release'),
    custody: entries.map((entry) => custodyView(entry, corrections, nameOf)),
  };
}

const SCANS: readonly (Json | undefined)[] = ['clean', 'infected', 'unavailable'];

function custodyView(
  { seq, type, at, occurredAt, actor, data }: LedgerEntry,
  corrections: ReadonlyMap<number, number>,
  nameOf: NameOf,
): CustodyView {
  const supersededBy = corrections.get(seq);
  return {
    ...{ seq, type, at, occurredAt },
    by: actorView(actor, nameOf),
    ...lateness(at, occurredAt),
    ...texts(data, 'to', 'reason', 'how', 'verdict', 'detail'),
    ...(supersededBy === undefined ? {} : { supersededBy }),
  };
}

export function actorView({ id, type }: LedgerEntry['actor'], nameOf: NameOf): ActorView {
  const name = nameOf(id);
  return { id, type, ...(name === undefined ? {} : { name }) };
}

/** Those of the members that are text. */
export function texts<K extends string>(
  data: JsonObject,
  ...keys: readonly K[]
): { readonly [N in K]?: string } {
  const found = keys.filter((key) => typeof data[key] === 'string');
  return Object.fromEntries(found.map((key) => [key, data[key]])) as { readonly [N in K]?: string };
}
