/** The documents inside a bundle, written and read: docs/audit.md sections 4 and 6. Lines come without their line feed. */
import { canonicalJson, isJsonObject, type Json } from '@cordon/kernel';
import type { Opening, WithheldOpening } from '../leaf.js';
import { base64, Reader } from './strict.js';

/** What is shown of one commitment. */
export type ShownOpening = Opening | WithheldOpening;

/** What the leaf of this index commits to. */
export interface OpeningsLine {
  readonly index: number;
  readonly openings: readonly ShownOpening[];
}

export function formatOpeningsLine({ index, openings }: OpeningsLine): string {
  return canonicalJson({ index, openings: openings.map(shown) });
}

/** Throws a BundleError (E_OPENING). */
export function parseOpeningsLine(line: string): OpeningsLine {
  const document = openings.members(openings.document(line), 'the line', ['index', 'openings']);
  return {
    index: openings.whole(document['index'], 'index'),
    openings: openings.list(document['openings'], 'openings').map(openingOf),
  };
}

/** An older checkpoint of the log, with the consistency proof from it. */
export interface ConsistencyLine {
  /** The whole signed note. */
  readonly checkpoint: string;
  readonly proof: readonly Uint8Array[];
}

export function formatConsistencyLine({ checkpoint, proof }: ConsistencyLine): string {
  return canonicalJson({ checkpoint, proof: proof.map(base64) });
}

/** Throws a BundleError (E_CONSISTENCY). */
export function parseConsistencyLine(line: string): ConsistencyLine {
  const document = consistency.members(consistency.document(line), 'the line', ['checkpoint', 'proof']);
  return {
    checkpoint: consistency.text(document['checkpoint'], 'checkpoint'),
    proof: hashesOf(consistency, document['proof']),
  };
}

/** A complete subtree that is not shown: leaves `start` to `start` + 2^`level` - 1. */
export interface Gap {
  readonly start: number;
  readonly level: number;
  readonly hash: Uint8Array;
}

export function formatGap({ start, level, hash }: Gap): string {
  return `${start} ${level} ${base64(hash)}`;
}

/** Throws a BundleError (E_ROOT): also where `start` is no multiple of 2^`level`. */
export function parseGap(line: string): Gap {
  const parts = line.split(' ');
  if (parts.length !== 3) gaps.fail('a line is not START LEVEL HASH');
  const [start, level] = [gaps.decimal(parts[0], 'START'), gaps.decimal(parts[1], 'LEVEL')];
  if (level > MAX_LEVEL || start % 2 ** level !== 0) gaps.fail('START is not a multiple of 2^LEVEL');
  return { start, level, hash: gaps.hash(parts[2], 'HASH') };
}

/** The newest entry of one chain. */
export interface ChainHead {
  readonly incident: string;
  readonly seq: number;
  /** Hex hash of its leaf. */
  readonly head: string;
}

/** A leaf of the tree over all chains; its hash is `leafHash` of these bytes. */
export function chainHeadLeaf({ incident, seq, head }: ChainHead): Buffer {
  return Buffer.from(canonicalJson({ head, incident, seq }), 'utf8');
}

/** Proof that the heads of the leaf `entry` hold the incident as leaf `index` of `count` chains. */
export interface HeadsDocument {
  readonly entry: number;
  readonly index: number;
  readonly leaf: ChainHead;
  readonly proof: readonly Uint8Array[];
}

export function formatHeads({ entry, index, leaf, proof }: HeadsDocument): string {
  const { incident, seq, head } = leaf;
  return canonicalJson({ entry, index, leaf: { head, incident, seq }, proof: proof.map(base64) });
}

/** Throws a BundleError (E_COMPLETENESS). */
export function parseHeads(text: string): HeadsDocument {
  const document = heads.members(heads.document(text), 'it', ['entry', 'index', 'leaf', 'proof']);
  const leaf = heads.members(document['leaf'], 'leaf', ['head', 'incident', 'seq']);
  return {
    entry: heads.whole(document['entry'], 'entry'),
    index: heads.whole(document['index'], 'index'),
    leaf: {
      incident: heads.uuid(leaf['incident'], 'leaf.incident'),
      seq: heads.whole(leaf['seq'], 'leaf.seq', 1),
      head: heads.hex(leaf['head'], 'leaf.head'),
    },
    proof: hashesOf(heads, document['proof']),
  };
}

/** A playbook whose source decides. */
export interface MachineDocument {
  /** Hex SHA-256 of the source. */
  readonly digest: string;
  readonly id: string;
  readonly version: string;
  readonly source: string;
}

export function formatMachine({ digest, id, version, source }: MachineDocument): string {
  return canonicalJson({ digest, id, source, version });
}

/** Throws a BundleError (E_MACHINE). That the source has the digest is the verifier's to check. */
export function parseMachine(text: string): MachineDocument {
  const names = ['digest', 'id', 'source', 'version'];
  const document = machines.members(machines.document(text), 'it', names);
  return {
    digest: machines.hex(document['digest'], 'digest'),
    id: machines.text(document['id'], 'id'),
    version: machines.text(document['version'], 'version'),
    source: machines.text(document['source'], 'source'),
  };
}

/** Sizes stay below 2^53. */
const MAX_LEVEL = 52;
/** Longest proof of a tree of that size, twice over. */
const MAX_PROOF = 128;

const openings = new Reader('E_OPENING', 'log/openings.jsonl');
const consistency = new Reader('E_CONSISTENCY', 'log/consistency.jsonl');
const gaps = new Reader('E_ROOT', 'log/gaps.txt');
const heads = new Reader('E_COMPLETENESS', 'log/heads.json');
const machines = new Reader('E_MACHINE', 'a document of machines/');

function hashesOf(reader: Reader, value: Json | undefined): readonly Buffer[] {
  const list = reader.list(value, 'proof');
  if (list.length > MAX_PROOF) reader.fail(`proof has more than ${MAX_PROOF} hashes`);
  return list.map((one) => reader.hash(one, 'proof'));
}

/** Its members and no others: what else the keeper knows of it stays here. */
function shown(opening: ShownOpening): Json {
  if ('withheld' in opening) return { key: opening.key, subject: opening.subject, withheld: true };
  const { key, salt, value, subject } = opening;
  return { key, salt, value, ...(subject === undefined ? {} : { subject }) };
}

function openingOf(value: Json): ShownOpening {
  if (!isJsonObject(value)) return openings.fail('an opening is not an object');
  if ('withheld' in value) {
    openings.members(value, 'an opening', ['key', 'subject', 'withheld']);
    if (value['withheld'] !== true) openings.fail('withheld is not true');
    return {
      key: openings.text(value['key'], 'key'),
      subject: openings.text(value['subject'], 'subject'),
      withheld: true,
    };
  }
  const personal = 'subject' in value;
  const names = ['key', 'salt', 'value'];
  openings.members(value, 'an opening', personal ? [...names, 'subject'] : names);
  const open = {
    key: openings.text(value['key'], 'key'),
    salt: openings.text(value['salt'], 'salt'),
    value: value['value'] ?? null,
  };
  return personal ? { ...open, subject: openings.text(value['subject'], 'subject') } : open;
}
