import { canonicalJson, isJsonObject } from '@cordon/kernel';
import {
  commitmentTo,
  genesisHash,
  leafHash,
  readLeaf,
  isOpen,
  type KeptOpening,
  type Leaf,
  LEAF_VERSION,
} from './leaf.js';

export interface ChainEntry {
  readonly leaf: Uint8Array;
  readonly hash: Uint8Array;
  /** Those that cannot be read, locked or withheld, are passed over. */
  readonly openings?: readonly KeptOpening[];
}

export interface ChainFault {
  readonly seq: number;
  readonly code:
    | 'E_LEAF_FORMAT'
    | 'E_NONCANONICAL'
    | 'E_CHAIN_SEQ'
    | 'E_CHAIN_PREV'
    | 'E_FOREIGN_LEAF'
    | 'E_ROOT'
    | 'E_OPENING';
  readonly message: string;
}

/**
 * Checks the entries of one incident, fed in order: bytes, hashes, links, gapless numbers, and that every opening
 * matches its commitment. Constant memory. A missing tail cannot be seen from inside: compare `head` with what the
 * incident, or a checkpoint, says.
 */
export class ChainChecker {
  private seq = 0;
  private previous: string;
  private revision = 0;

  constructor(private readonly incident: string) {
    this.previous = hex(genesisHash(incident));
  }

  /** Hex hash of the last good entry. */
  get head(): string {
    return this.previous;
  }

  get count(): number {
    return this.seq;
  }

  /** The first fault of this entry; undefined when it is sound. */
  next(entry: ChainEntry): ChainFault | undefined {
    const seq = this.seq + 1;
    const fault = (code: ChainFault['code'], message: string): ChainFault => ({ seq, code, message });
    const computed = hex(leafHash(entry.leaf));
    if (computed !== hex(entry.hash))
      return fault('E_ROOT', `entry ${seq}: the hash beside it is not the hash of its bytes`);
    let leaf: Leaf;
    try {
      leaf = readLeaf(entry.leaf);
    } catch {
      return fault('E_LEAF_FORMAT', `entry ${seq} is not JSON`);
    }
    if (!isLeaf(leaf)) return fault('E_LEAF_FORMAT', `entry ${seq} is not a leaf of version ${LEAF_VERSION}`);
    // Bytes, not text: what is not UTF-8 reads as something else.
    if (!Buffer.from(canonicalJson(leaf), 'utf8').equals(entry.leaf)) {
      return fault('E_NONCANONICAL', `entry ${seq} is not in canonical form`);
    }
    if (leaf.incident !== this.incident)
      return fault('E_FOREIGN_LEAF', `entry ${seq} belongs to another incident`);
    if (leaf.seq !== seq)
      return fault('E_CHAIN_SEQ', `entry ${seq} is missing: the next one is numbered ${leaf.seq}`);
    if (leaf.prev !== this.previous)
      return fault('E_CHAIN_PREV', `entry ${seq} does not link to the entry before it`);
    const step = leaf.kind === 'rejection' ? 0 : 1;
    if (leaf.revision !== this.revision + step)
      return fault('E_CHAIN_SEQ', `entry ${seq} has revision ${leaf.revision} after ${this.revision}`);
    const unmatched = (entry.openings ?? [])
      .filter(isOpen)
      .find((opening) => !leaf.sd?.includes(commitmentTo(opening)));
    if (unmatched)
      return fault('E_OPENING', `entry ${seq}: the value of ${unmatched.key} is not the one committed to`);
    this.seq = seq;
    this.previous = computed;
    this.revision = leaf.revision;
    return undefined;
  }
}

const KINDS: readonly unknown[] = ['opened', 'transition', 'rejection', 'journal'];

/** The members that are read here have the types that `sealEntry` gives them. */
function isLeaf(value: unknown): value is Leaf {
  if (!isJsonObject(value)) return false;
  const { v, kind, incident, prev, seq, revision, sd } = value;
  if (v !== LEAF_VERSION || !KINDS.includes(kind)) return false;
  if (typeof incident !== 'string' || typeof prev !== 'string') return false;
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(revision)) return false;
  return sd === undefined || Array.isArray(sd);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
