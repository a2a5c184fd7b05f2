/** Between decisions and stored entries: drafting a leaf, and reading one back as people see it. */
import {
  digestOf,
  openedValues,
  readLeaf,
  sealEntry,
  type EntryKind,
  type LeafDraft,
  type Opening,
} from '@cordon/audit';
import { canonicalJson, toIso, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import type { Actor, Rejection, SystemChange } from '@cordon/engine';
import type { EntryRow, StoredEntry } from './ports.js';
import type { EntryView } from './views.js';

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
  readonly from: Json;
  readonly to: Json;
  readonly playbookDigest: string;
  /** Canonical text of the state after. */
  readonly stateText: string;
  readonly system?: SystemChange;
  readonly rejection?: Rejection | { readonly code: string; readonly errors?: Json };
  readonly eventKey?: string;
  readonly requestHash?: Uint8Array;
}

/** Seals one entry. The only randomness is the salts. */
export function sealRow(draft: EntryDraft, salt: () => string): EntryRow {
  const committed: Record<string, Json> = {};
  for (const [key, value] of Object.entries(draft.data ?? {})) committed[`data.${key}`] = value;
  if (draft.note !== undefined) committed.note = draft.note;
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
    event: { type: draft.type, ...(draft.step === undefined ? {} : { step: draft.step }) },
    from: draft.from,
    to: draft.to,
    machineDigest: draft.playbookDigest,
    stateDigest: digestOf(draft.stateText),
    ...(draft.system ? { system: draft.system } : {}),
    ...(draft.rejection ? { rejection: draft.rejection.code } : {}),
    committed,
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

export function openingsOf(entry: Pick<StoredEntry, 'openings'>): readonly Opening[] {
  return entry.openings === undefined ? [] : (JSON.parse(entry.openings) as readonly Opening[]);
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
    ...(leaf.system ? { system: leaf.system } : {}),
    ...(shown ? { rejection: shown } : {}),
    prev: leaf.prev,
    hash: Buffer.from(entry.hash).toString('hex'),
  };
}
