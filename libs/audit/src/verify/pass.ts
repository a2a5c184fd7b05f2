/**
 * The one pass over leaves and openings, side by side: every byte is read, hashed and parsed once. Memory is one frontier,
 * one head for each chain, and what was asked for.
 */
import { hash } from 'node:crypto';
import { parseGap, type Gap } from '../bundle/documents.js';
import { gapsBetween } from '../tree/proofs.js';
import { Frontier } from '../tree/frontier.js';
import type { ChainBook } from './chain-book.js';
import { RANK, type Faults } from './faults.js';
import type { Findings } from './findings.js';
import { LeafReader, type LeafView } from './leaf-view.js';
import { Lines, MAX_ENTRY_LINE, MAX_LINE } from './lines.js';
import { digested, ENTRIES, GAPS, OPENINGS, textOf, type Members } from './members.js';
import type { OpeningCheck } from './opening-check.js';
import { OpeningsReader, type ReadOpening, type ReadOpenings } from './openings-line.js';
import type { Windows } from './windows.js';

export interface PassParts {
  readonly members: Members;
  readonly faults: Faults;
  readonly chains: ChainBook;
  readonly windows: Windows;
  readonly openings: OpeningCheck;
  readonly findings: Findings;
  /** Leaves whose hash is wanted, by place. */
  readonly wantedLeaves: ReadonlySet<number>;
  /** Sizes whose root is wanted. */
  readonly wantedSizes: ReadonlySet<number>;
  readonly onProgress: (entries: number) => void;
}

export interface Passed {
  /** Leaves of the tree, shown or not. */
  readonly size: number;
  readonly root: Buffer;
  readonly entries: number;
  readonly hidden: number;
  readonly leafHashes: ReadonlyMap<number, Buffer>;
  readonly roots: ReadonlyMap<number, Buffer>;
  /** Every line of the openings had its form. */
  readonly openingsRead: boolean;
  /** Every gap had its form and its place: else the size says nothing. */
  readonly gapsRead: boolean;
}

const PROGRESS_EVERY = 5_000;

export async function passOver(parts: PassParts): Promise<Passed> {
  const pass = new Pass(parts);
  await pass.run();
  return pass.result();
}

class Pass {
  private readonly frontier = new Frontier();
  private readonly leaves: Lines;
  private readonly openings: Lines;
  private readonly gaps: Lines;
  private readonly leafHashes = new Map<number, Buffer>();
  private readonly roots = new Map<number, Buffer>();
  private readonly leafReader = new LeafReader();
  private readonly openingsReader = new OpeningsReader();
  private readonly leafHash = Buffer.alloc(32);
  private entries = 0;
  private waiting: ReadOpenings | undefined;
  private lastOpenings = -1;
  private openingsRead = true;
  private gapsRead = true;

  constructor(private readonly parts: PassParts) {
    const { members } = parts;
    this.leaves = new Lines(ENTRIES, MAX_ENTRY_LINE, digested(members, ENTRIES));
    this.openings = new Lines(OPENINGS, MAX_LINE, digested(members, OPENINGS));
    this.gaps = new Lines(GAPS, MAX_LINE, digested(members, GAPS));
  }

  result(): Passed {
    const { frontier, entries, leafHashes, roots, openingsRead, gapsRead } = this;
    return {
      ...{ size: frontier.size, root: frontier.root(), entries, hidden: frontier.size - entries },
      ...{ leafHashes, roots, openingsRead, gapsRead },
    };
  }

  async run(): Promise<void> {
    let gap = await this.nextGap();
    for (;;) {
      const index = this.frontier.size;
      if (this.parts.wantedSizes.has(index)) this.roots.set(index, this.frontier.root());
      if (gap && gap.start <= index) {
        gap = await this.takeGaps(gap);
        continue;
      }
      const line = this.leaves.take() ?? (await this.leaves.next());
      if (line === undefined) break;
      const taken = this.takeLeaf(line, index);
      if (taken) await taken;
    }
    if (gap)
      this.fault(
        'E_SIZE',
        RANK.size,
        `the leaves from ${this.frontier.size} to ${gap.start - 1} are neither shown nor a gap`,
      );
    if (this.leaves.cut) {
      const index = this.frontier.size - 1;
      this.parts.faults.add(RANK.chain, 'E_LEAF_FORMAT', `${ENTRIES}: the last leaf has no line feed`, {
        path: ENTRIES,
        index,
      });
    }
    await this.finishOpenings();
    if (gap) await this.endGaps();
  }

  /** One run of gaps without a leaf between them; the gap after it, if there is one. */
  private async takeGaps(first: Gap): Promise<Gap | undefined> {
    const { frontier } = this;
    const start = frontier.size;
    const levels: number[] = [];
    let gap: Gap | undefined = first;
    while (gap?.start === frontier.size && levels.length < MOST_GAPS) {
      frontier.appendSubtree(gap.level, gap.hash);
      levels.push(gap.level);
      if (this.parts.wantedSizes.has(frontier.size)) this.roots.set(frontier.size, frontier.root());
      gap = await this.nextGap();
    }
    const expected = gapsBetween(start, frontier.size).map(({ level }) => level);
    if (expected.join() !== levels.join())
      this.fault(
        'E_ROOT',
        RANK.root,
        `${GAPS}: the gap from leaf ${start} on is not made of the largest subtrees`,
      );
    const { scope } = this.parts.members.manifest;
    if (scope.kind === 'log' && start < scope.to && frontier.size > scope.from) {
      const index = Math.max(start, scope.from);
      this.parts.faults.add(
        RANK.completeness,
        'E_COMPLETENESS',
        `the leaf ${index} is in the scope of the bundle, and not shown`,
        { path: GAPS, index },
      );
    }
    if (gap && gap.start < frontier.size) {
      this.fault('E_ROOT', RANK.root, `${GAPS}: the gap at ${gap.start} overlaps what comes before it`);
      return this.endGaps();
    }
    return gap;
  }

  private async nextGap(): Promise<Gap | undefined> {
    const line = await this.gaps.next();
    if (line === undefined) return undefined;
    if (this.gaps.cut) this.fault('E_ROOT', RANK.root, `${GAPS}: the last line has no line feed`);
    try {
      return parseGap(textOf(line));
    } catch (error) {
      this.parts.faults.take(error, RANK.root, { path: GAPS });
      return this.endGaps();
    }
  }

  /** What follows a broken gap is read for its digest only. */
  private async endGaps(): Promise<undefined> {
    this.gapsRead = false;
    while ((await this.gaps.next()) !== undefined);
    return undefined;
  }

  /** A promise only where more has to be read. */
  private takeLeaf(line: Buffer, index: number): Promise<void> | undefined {
    const { faults, wantedLeaves, onProgress } = this.parts;
    // The line's own prefix stands where the line feed before it was.
    const prefixed = new Uint8Array(line.buffer, line.byteOffset - 1, line.length + 1);
    prefixed[0] = 0;
    // As text: a third cheaper than as bytes, and the chain needs it so.
    const hex = hash('sha256', prefixed, 'hex');
    this.leafHash.write(hex, 'hex');
    this.frontier.append(this.leafHash);
    if (wantedLeaves.has(index)) this.leafHashes.set(index, Buffer.from(this.leafHash));
    this.entries += 1;
    if (this.entries % PROGRESS_EVERY === 0) onProgress(this.entries);
    const read = this.leafReader.read(line);
    if (read.flaw === undefined) return this.checkLeaf(read.leaf, hex, index);
    faults.add(RANK.chain, read.flaw, `the leaf ${index} ${read.why}`, { index });
    return undefined;
  }

  private checkLeaf(leaf: LeafView, hex: string, index: number): Promise<void> | undefined {
    const { chains, windows } = this.parts;
    // This leaf is counted already.
    chains.next(leaf, hex, index, index + 1 - this.entries);
    windows.next(leaf, index);
    const found = this.waiting ?? this.readOpenings(this.openings.take());
    if (found === undefined || found.index < index) return this.checkLater(leaf, hex, index);
    this.checkOpenings(leaf, hex, index, found.index === index ? found : undefined);
    return undefined;
  }

  private async checkLater(leaf: LeafView, hex: string, index: number): Promise<void> {
    const found = this.waiting ?? (await this.nextOpenings());
    const mine = found && found.index <= index ? await this.openingsAt(found, index) : undefined;
    this.checkOpenings(leaf, hex, index, mine);
  }

  private checkOpenings(leaf: LeafView, hex: string, index: number, mine: ReadOpenings | undefined): void {
    const { openings, findings } = this.parts;
    if (mine) this.waiting = undefined;
    const matching = leaf.sd || mine ? openings.check(leaf, index, mine) : NONE;
    findings.next(leaf, hex, index, matching);
    findings.takeHeads(leaf, index, matching);
  }

  /** The line of this leaf; lines of leaves that are not shown or hold nothing are faults. */
  private async openingsAt(first: ReadOpenings, index: number): Promise<ReadOpenings | undefined> {
    let line: ReadOpenings | undefined = first;
    while (line && line.index < index) {
      this.strayOpenings(line);
      line = await this.nextOpenings();
    }
    return line?.index === index ? line : undefined;
  }

  private async nextOpenings(): Promise<ReadOpenings | undefined> {
    this.waiting = undefined;
    for (;;) {
      const bytes = this.openings.take() ?? (await this.openings.next());
      if (bytes === undefined) return undefined;
      const line = this.readOpenings(bytes);
      if (line) return line;
    }
  }

  /** The line, which then waits for its leaf; undefined for none, and for one that is not in order, which is a fault. */
  private readOpenings(bytes: Buffer | undefined): ReadOpenings | undefined {
    if (bytes === undefined) return undefined;
    const { members, faults } = this.parts;
    const line = this.openingsReader.read(bytes);
    const inOrder = line && line.index > this.lastOpenings && line.index < members.manifest.checkpoint.size;
    if (inOrder && !this.openings.cut) {
      this.lastOpenings = line.index;
      this.waiting = line;
      return line;
    }
    this.openingsRead = false;
    const why = this.openings.cut
      ? 'the last line has no line feed'
      : line
        ? `the line of leaf ${line.index} does not stand in its place`
        : `the line after that of leaf ${this.lastOpenings} is not in the form of openings`;
    faults.add(RANK.opening, 'E_OPENING', `${OPENINGS}: ${why}`, { path: OPENINGS });
    return undefined;
  }

  private async finishOpenings(): Promise<void> {
    for (let line = this.waiting ?? (await this.nextOpenings()); line; line = await this.nextOpenings())
      this.strayOpenings(line);
  }

  private strayOpenings({ index }: ReadOpenings): void {
    this.parts.faults.add(
      RANK.opening,
      'E_OPENING',
      `${OPENINGS}: the leaf ${index} is not shown, or commits to nothing`,
      {
        ...{ path: OPENINGS, index },
      },
    );
  }

  private fault(code: 'E_SIZE' | 'E_ROOT', rank: typeof RANK.size | typeof RANK.root, message: string): void {
    this.parts.faults.add(rank, code, message, { path: GAPS });
  }
}

const NONE: readonly ReadOpening[] = [];
/** A gap between two leaves is made of fewer subtrees than this. */
const MOST_GAPS = 128;
