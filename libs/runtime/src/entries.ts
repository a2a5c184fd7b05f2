/** Between decisions and stored entries: drafting a leaf, and reading one back as people see it. */
import {
  digestOf,
  isOpen,
  openedValues,
  readLeaf,
  sealEntry,
  type EntryKind,
  type KeptOpening,
  type LeafDraft,
  type Opening,
  type SealedOpening,
} from '@cordon/audit';
import { canonicalJson, toIso, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import type { Actor, Decision, Rejection, SystemChange } from '@cordon/engine';
import { lateness, supersedes } from './corrections.js';
import type { EntryRow, StoredEntry } from './ports.js';
import type { EntryView } from './views.js';

type Lapsed = NonNullable<Extract<Decision, { outcome: 'accepted' }>['lapsed']>;

/** A value that is committed to and locked away, in place of the value itself. */
export interface PersonalValue {
  readonly opening: SealedOpening;
  readonly commitment: string;
}

export interface EntryDraft {
  readonly kind: EntryKind;
  readonly uid: string;
  readonly log: string;
  readonly seq: number;
  readonly revision: number;
  readonly prev: Uint8Array;
  readonly at: EpochMs;
  readonly occurredAt?: EpochMs;
  readonly actor: Actor;
  readonly type: string;
  readonly step?: string;
  readonly data?: JsonObject;
  readonly note?: string;
  /** Values that are not in `data` and `note`, because they are about a person and were locked away before. */
  readonly personal?: readonly PersonalValue[];
  readonly from: Json;
  readonly to: Json;
  /** Whom an entry of the journal is about. */
  readonly subject?: string;
  /** Absent, like the state, in the journal. */
  readonly playbookDigest?: string;
  /** Canonical text of the state after. */
  readonly stateText?: string;
  readonly system?: SystemChange;
  /** Approvals that this voids, by step instance. */
  readonly lapsed?: Lapsed;
  readonly rejection?: Rejection | { readonly code: string; readonly errors?: Json };
  readonly eventKey?: string;
  readonly requestHash?: Uint8Array;
}

/** Seals one entry. The only randomness is the salts. */
export function sealRow(draft: EntryDraft, salt: () => string): EntryRow {
  const committed: Record<string, Json> = {};
  for (const [key, value] of Object.entries(draft.data ?? {})) committed[`data.${key}`] = value;
  if (draft.note !== undefined) committed.note = draft.note;
  if (draft.lapsed) committed.lapsed = draft.lapsed as unknown as Json;
  if (draft.rejection) committed.rejection = draft.rejection as unknown as Json;
  const leaf: LeafDraft = {
    kind: draft.kind,
    log: draft.log,
    incident: draft.uid,
    seq: draft.seq,
    revision: draft.revision,
    at: toIso(draft.at),
    occurredAt: toIso(draft.occurredAt ?? draft.at),
    actor: { id: draft.actor.id, type: draft.actor.type, roles: draft.actor.roles },
    event: {
      type: draft.type,
      ...(draft.step === undefined ? {} : { step: draft.step }),
      ...(draft.subject === undefined ? {} : { subject: draft.subject }),
    },
    from: draft.from,
    to: draft.to,
    ...(draft.playbookDigest === undefined ? {} : { machineDigest: draft.playbookDigest }),
    ...(draft.stateText === undefined ? {} : { stateDigest: digestOf(draft.stateText) }),
    ...(draft.system ? { system: draft.system } : {}),
    ...(draft.rejection ? { rejection: draft.rejection.code } : {}),
    committed,
    ...(draft.personal ? { personal: draft.personal } : {}),
  };
  const sealed = sealEntry(leaf, draft.prev, salt);
  return {
    seq: draft.seq,
    revision: draft.revision,
    at: draft.at,
    leaf: sealed.leaf,
    hash: sealed.hash,
    prev: sealed.prev,
    ...(draft.eventKey === undefined ? {} : { eventKey: draft.eventKey }),
    ...(draft.requestHash === undefined ? {} : { requestHash: draft.requestHash }),
    ...(sealed.openings.length > 0 ? { openings: canonicalJson(sealed.openings) } : {}),
  };
}

/** What there is to read of the entry's commitments: neither what is locked nor what was erased. */
export function openingsOf(entry: Pick<StoredEntry, 'openings'>): readonly Opening[] {
  return keptOpenings(entry).filter(isOpen);
}

/** Every opening as it stands in the entry. */
export function keptOpenings(entry: Pick<StoredEntry, 'openings'>): readonly KeptOpening[] {
  return entry.openings === undefined ? [] : (JSON.parse(entry.openings) as readonly KeptOpening[]);
}

/** Openings that decide: what is about a person never does, so that the log replays after an erasure as before. */
export function decidingOpenings(entry: Pick<StoredEntry, 'openings'>): readonly Opening[] {
  return openingsOf(entry).filter(({ subject }) => subject === undefined);
}

/** Names of the values that are committed to and not shown, in the order of the entry: `note`, `data.collectedBy`. */
function withheldIn(entry: Pick<StoredEntry, 'openings'>): readonly string[] {
  return keptOpenings(entry).flatMap((opening) => (isOpen(opening) ? [] : opening.key));
}

/** The entry as people and programs see it; `nameOf` knows the people. */
export function entryView(
  entry: Pick<StoredEntry, 'leaf' | 'hash' | 'openings'>,
  nameOf: (id: string) => string | undefined,
  rejectionView: (raw: Json) => EntryView['rejection'],
): EntryView {
  const leaf = readLeaf(entry.leaf);
  const { note, data, rejection } = openedValues(openingsOf(entry));
  const name = nameOf(leaf.actor.id);
  const withheld = withheldIn(entry);
  const lapsed = lapsedIn(openingsOf(entry));
  const shown =
    leaf.rejection === undefined
      ? undefined
      : rejection === undefined
        ? { code: leaf.rejection }
        : rejectionView(rejection);
  return {
    seq: leaf.seq,
    revision: leaf.revision,
    kind: leaf.kind,
    at: leaf.at,
    occurredAt: leaf.occurredAt,
    actor: {
      id: leaf.actor.id,
      type: leaf.actor.type as 'person' | 'system',
      ...(name === undefined ? {} : { name }),
    },
    event: { ...leaf.event, ...(data ? { data } : {}) },
    from: leaf.from,
    to: leaf.to,
    note: typeof note === 'string' ? note : null,
    ...lateness(leaf.at, leaf.occurredAt),
    ...supersedes(leaf, data?.seq),
    ...(leaf.system ? { system: leaf.system } : {}),
    ...(withheld.length > 0 ? { withheld } : {}),
    ...(lapsed ? { lapsed } : {}),
    ...(shown ? { rejection: shown } : {}),
    prev: leaf.prev,
    hash: Buffer.from(entry.hash).toString('hex'),
  };
}

/** Approvals that lapsed with the entry, as its openings hold them; undefined where none did. */
export function lapsedIn(openings: readonly Opening[]): EntryView['lapsed'] {
  const value = openings.find(({ key }) => key === 'lapsed')?.value as unknown as Lapsed | undefined;
  return (
    value && Object.entries(value).map(([step, { because, approvers }]) => ({ step, because, approvers }))
  );
}
