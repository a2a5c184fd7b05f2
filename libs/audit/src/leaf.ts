/**
 * One audit entry as bytes. A leaf is one line of RFC 8785 JSON, at most 65,535 bytes:
 *
 *     {"actor":{"id":"…","roles":["responder"],"type":"person"},"at":"2026-03-24T02:00:01.000Z","event":{"step":"assess",
 *      "type":"step.complete"},"from":…,"incident":"0198…","kind":"transition","log":"…","machine":"sha256:…",
 *      "occurredAt":"…","prev":"9c1e…","revision":17,"sd":["…"],"seq":18,"state":"sha256:…","to":…,"v":1}
 *
 * `prev` is the hash of the leaf before it in the same incident; of the incident's name for the first. The hash of a
 * leaf is SHA-256(0x00 || bytes), as in RFC 6962 section 2.1, so that a Merkle tree can be built above it unchanged.
 * What people typed is not in the leaf: `sd` holds one commitment per value, SHA-256 over base64url(JSON[salt, key,
 * value]) in the manner of RFC 9901, and the openings are kept beside the log. Those that are a person's data are locked
 * under that person's key, salt and all: whoever destroys the key leaves a commitment that tells nothing, and a log that
 * still verifies. `pd` says which commitments these are, under which name, and whose: nothing else can be said to have
 * gone with a person.
 */
import { createHash, hash } from 'node:crypto';
import { canonicalJson, InvariantError, type Json, type JsonObject } from '@cordon/kernel';

export const LEAF_VERSION = 1;
export const MAX_LEAF_BYTES = 65_535;

/** `journal`: what is not about one incident, in the deployment's own chain. It has no machine and no state. */
export type EntryKind = 'opened' | 'transition' | 'rejection' | 'journal';

export interface LeafDraft {
  readonly kind: EntryKind;
  /** Name of the deployment's log: a leaf cannot be moved to another one. */
  readonly log: string;
  /** The incident's UUID; that of the journal for its entries. */
  readonly incident: string;
  readonly seq: number;
  readonly revision: number;
  /** RFC 3339 UTC with milliseconds. */
  readonly at: string;
  readonly occurredAt: string;
  readonly actor: { readonly id: string; readonly type: string; readonly roles: readonly string[] };
  readonly event: { readonly type: string; readonly step?: string; readonly subject?: string };
  /** XState values of the incident's machine before and after. */
  readonly from: Json;
  readonly to: Json;
  /** Hex SHA-256 of the playbook source, and of the canonical state after. */
  readonly machineDigest?: string;
  readonly stateDigest?: string;
  /** The affected system that moved. */
  readonly system?: { readonly id: string; readonly from: string; readonly to: string };
  /** Why it was refused. */
  readonly rejection?: string;
  /** Values that are committed to, by name: `note`, `data.reason`, … */
  readonly committed: Readonly<Record<string, Json>>;
  /** Values that are committed to and are already locked away, because they are about a person. */
  readonly personal?: readonly { readonly opening: SealedOpening; readonly commitment: string }[];
}

export interface Opening {
  readonly salt: string;
  readonly key: string;
  readonly value: Json;
  /** Whose personal data it is. */
  readonly subject?: string;
}

/** An opening that is a person's data as it is stored: salt and value are both locked, or the value could be guessed. */
export interface SealedOpening {
  readonly key: string;
  readonly subject: string;
  readonly sealed: string;
}

/** What is left to show of it when the person was erased: that there is a value, and whose it was. */
export interface WithheldOpening {
  readonly key: string;
  readonly subject: string;
  readonly withheld: true;
}

export type KeptOpening = Opening | SealedOpening | WithheldOpening;

/** Whether its value is there to read, and to hold against the commitment. */
export function isOpen(opening: KeptOpening): opening is Opening {
  return 'salt' in opening;
}

export interface SealedEntry {
  readonly leaf: Uint8Array;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly prev: Uint8Array;
  readonly openings: readonly KeptOpening[];
}

/** Hash of a leaf's exact bytes. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const prefixed =
    leaf.length <= MAX_LEAF_BYTES ? scratch.subarray(0, leaf.length + 1) : Buffer.alloc(leaf.length + 1);
  prefixed.set(leaf, 1);
  return hash('sha256', prefixed, 'buffer');
}

/** One shot over bytes that are used again takes a sixth less than a Hash object. The first byte stays 0. */
const scratch = Buffer.alloc(MAX_LEAF_BYTES + 1);

/** What the first entry of an incident links to. */
export function genesisHash(incident: string): Uint8Array {
  return leafHash(Buffer.from(incident, 'utf8'));
}

/** Hex SHA-256 of a text's UTF-8 bytes. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The commitment to one value: base64url SHA-256 of its RFC 9901 disclosure. */
export function commitmentTo({ salt, key, value }: Opening): string {
  const disclosure = Buffer.from(canonicalJson([salt, key, value]), 'utf8').toString('base64url');
  return createHash('sha256').update(disclosure, 'ascii').digest('base64url');
}

/** Turns a draft into the bytes that are stored. `salt` yields 128 random bits in base64url at each call. */
export function sealEntry(draft: LeafDraft, prev: Uint8Array, salt: () => string): SealedEntry {
  const openings = Object.entries(draft.committed).map(([key, value]): Opening => ({
    salt: salt(),
    key,
    value,
  }));
  const personal = draft.personal ?? [];
  const commitments = [...openings.map(commitmentTo), ...personal.map(({ commitment }) => commitment)];
  const text = canonicalJson({
    v: LEAF_VERSION,
    kind: draft.kind,
    log: draft.log,
    incident: draft.incident,
    seq: draft.seq,
    revision: draft.revision,
    prev: Buffer.from(prev).toString('hex'),
    at: draft.at,
    occurredAt: draft.occurredAt,
    actor: draft.actor,
    event: draft.event,
    from: draft.from,
    to: draft.to,
    machine: draft.machineDigest === undefined ? undefined : `sha256:${draft.machineDigest}`,
    state: draft.stateDigest === undefined ? undefined : `sha256:${draft.stateDigest}`,
    system: draft.system,
    rejection: draft.rejection,
    sd: commitments.length > 0 ? commitments.sort() : undefined,
    pd: personal.length > 0 ? personal.map(personalMember).sort(byCommitment) : undefined,
  });
  const leaf = Buffer.from(text, 'utf8');
  if (leaf.length > MAX_LEAF_BYTES)
    throw new InvariantError(`an audit leaf has ${leaf.length} bytes; at most ${MAX_LEAF_BYTES} fit`);
  return {
    leaf,
    hash: leafHash(leaf),
    prev,
    openings: [...openings, ...personal.map(({ opening }) => opening)],
  };
}

function personalMember({
  commitment,
  opening: { key, subject },
}: NonNullable<LeafDraft['personal']>[number]): PersonalCommitment {
  return [commitment, key, subject];
}

function byCommitment([a]: PersonalCommitment, [b]: PersonalCommitment): number {
  return a < b ? -1 : 1;
}

/** A commitment to a person's data: the commitment, the name of the value, and whose it is. */
export type PersonalCommitment = readonly [commitment: string, key: string, subject: string];

/** A leaf read back. Members are those `sealEntry` writes. */
export interface Leaf extends Omit<LeafDraft, 'machineDigest' | 'stateDigest' | 'committed' | 'personal'> {
  readonly v: number;
  /** Hex hash of the leaf before. */
  readonly prev: string;
  /** `sha256:` and hex: the playbook's source, and the canonical state after. */
  readonly machine?: string;
  readonly state?: string;
  /** Commitments, sorted. */
  readonly sd?: readonly string[];
  /** Those of them that are to a person's data, sorted. */
  readonly pd?: readonly PersonalCommitment[];
}

/** Parses stored leaf bytes. Trusts them: verify first where they come from outside. */
export function readLeaf(bytes: Uint8Array): Leaf {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Leaf;
}

/** The committed values that still have an opening, by name, `data.` members gathered under `data`. */
export function openedValues(openings: readonly Opening[]): {
  readonly note?: Json;
  readonly data?: JsonObject;
  readonly rejection?: Json;
} {
  const data: Record<string, Json> = {};
  const rest: Record<string, Json> = {};
  for (const { key, value } of openings) {
    if (key.startsWith('data.')) data[key.slice(5)] = value;
    else rest[key] = value;
  }
  return { ...rest, ...(Object.keys(data).length > 0 ? { data } : {}) };
}
