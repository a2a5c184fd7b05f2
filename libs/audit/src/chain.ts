import { commitmentTo, genesisHash, isOpen, leafHash, type KeptOpening } from './leaf.js';
import { goOn, linkFlaw, type ChainEnd, type LinkFlaw } from './verify/chain-link.js';
import { LeafReader } from './verify/leaf-view.js';

export interface ChainEntry {
  readonly leaf: Uint8Array;
  readonly hash: Uint8Array;
  /** Those that cannot be read, locked or withheld, are passed over. */
  readonly openings?: readonly KeptOpening[];
}

export interface ChainFault {
  readonly seq: number;
  readonly code:
    | LinkFlaw[0]
    | 'E_LEAF_FORMAT'
    | 'E_NONCANONICAL'
    | 'E_FOREIGN_LEAF'
    | 'E_TIME_ORDER'
    | 'E_ROOT'
    | 'E_OPENING';
  readonly message: string;
}

/**
 * Checks the entries of one chain, fed in order, by the rules by which a bundle is verified: bytes, hashes, links, gapless
 * numbers, times, nothing after the end, and that every opening matches its commitment. Constant memory. A missing tail
 * cannot be seen from inside: compare `head` with what the incident, or a checkpoint, says.
 */
export class ChainChecker {
  private readonly reader = new LeafReader();
  private end: ChainEnd | undefined;

  constructor(private readonly incident: string) {}

  /** Hex hash of the last good entry. */
  get head(): string {
    return this.end?.hash ?? hex(genesisHash(this.incident));
  }

  get count(): number {
    return this.end?.seq ?? 0;
  }

  /** The first fault of this entry; undefined when it is sound. */
  next({ leaf: bytes, hash, openings = [] }: ChainEntry): ChainFault | undefined {
    const seq = this.count + 1;
    const fault = (code: ChainFault['code'], message: string): ChainFault => ({ seq, code, message });
    const computed = hex(leafHash(bytes));
    if (computed !== hex(hash))
      return fault('E_ROOT', `entry ${seq}: the hash beside it is not the hash of its bytes`);
    const read = this.reader.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (read.flaw !== undefined) return fault(read.flaw, `entry ${seq} ${read.why}`);
    const { leaf } = read;
    if (leaf.incident !== this.incident)
      return fault('E_FOREIGN_LEAF', `entry ${seq} belongs to another incident`);
    const broken = linkFlaw(leaf, this.end, true);
    if (broken) return fault(...broken);
    if (this.end && leaf.at < this.end.at)
      return fault('E_TIME_ORDER', `entry ${seq} was recorded before entry ${seq - 1}`);
    const unmatched = openings.filter(isOpen).find((opening) => !leaf.sd?.includes(commitmentTo(opening)));
    if (unmatched)
      return fault('E_OPENING', `entry ${seq}: the value of ${unmatched.key} is not the one committed to`);
    this.end ??= { seq: 0, revision: 0, hash: '', at: '', closed: undefined };
    goOn(this.end, leaf, computed);
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
