/**
 * Which closed incidents may go, and up to which place of the log. The **boundary** is the greatest multiple of 256,
 * within what was signed, below which there is nothing but the journal and whole histories of incidents that may go. An
 * incident may go when it was closed before a moment and lies under no legal hold.
 */
import { rootAt, TILE_WIDTH } from '@cordon/audit';
import { invariant, OperationalError, toIso, type EpochMs } from '@cordon/kernel';
import type { IncidentId } from '../ports.js';
import { refOf } from '../views.js';
import type { LogHead, LogStore } from './ports.js';
import { headsGone, headsOf, type SaidPruned } from './pruned-leaf.js';
import { fullTiles, storedTiles } from './tile-source.js';

/** Where the history of an incident lies, and what decides whether it may go. */
export interface IncidentSpan {
  readonly id: IncidentId;
  readonly uid: string;
  readonly seq: number;
  readonly head: Uint8Array;
  /** Numbers of its first and its newest entry. */
  readonly firstEntry: number;
  readonly lastEntry: number;
  /** Absent while it is open. */
  readonly closedAt?: EpochMs;
  /** Ids of legal holds that stand. */
  readonly holds: readonly string[];
}

/** What goes in one transaction. */
export interface PruningOrder {
  readonly epoch: number;
  readonly said: SaidPruned;
  /** Number of the entry at the place before the boundary. */
  readonly lastEntry: number;
  readonly before: EpochMs;
  readonly incidents: readonly IncidentId[];
}

/** Done as the owner of the database: the application has no right to remove anything of the history. */
export interface PruningStore {
  /** Every incident, in the order of first entries. */
  spans(): Promise<readonly IncidentSpan[]>;
  /** Ids of legal holds that stand over the whole deployment. */
  deploymentHolds(): Promise<readonly string[]>;
  /** SHA-256 of the evidence files that entries of these incidents name. */
  filesOf(incidents: readonly IncidentId[]): Promise<readonly string[]>;
  /** The database's name of whoever does it. */
  login(): Promise<string>;
  /**
   * Removes every row of these incidents, in one transaction with the row that says so, after it was seen in there that
   * all that the plan relied upon holds still: else nothing, and a PruningRefusedError. `announced` is the `seq` of the
   * journal's `log.pruned`, which has to be in a signed checkpoint.
   */
  prune(order: PruningOrder, announced: number, at: EpochMs): Promise<void>;
}

/** Something changed since the plan was made: a new plan is needed. The message says what. */
export class PruningRefusedError extends OperationalError {
  constructor(message: string) {
    super(message, false);
  }
}

export type WhyKept = 'open' | 'closed_later' | 'held';

/** An incident that keeps what comes after it. */
export interface KeptIncident {
  readonly ref: string;
  readonly why: WhyKept;
  readonly closedAt?: string;
  readonly holds: readonly string[];
}

export interface PruningPlan {
  /** Absent where nothing can go. */
  readonly order?: PruningOrder;
  /** Up to where entries are gone already. */
  readonly from: number;
  /** Leaves that were signed. */
  readonly signed: number;
  /** Incidents that may not go and begin within what was signed, in the order of the log: the first of them stops the boundary. */
  readonly kept: readonly KeptIncident[];
  /** How many incidents could go, and stand beyond the boundary. */
  readonly beyond: number;
  readonly deploymentHolds: readonly string[];
}

type Log = Pick<LogStore, 'head' | 'tiles' | 'entries' | 'checkpoint' | 'prunedChains' | 'prunings'>;

/** Reads a row for each incident and some tiles. `before` is the moment by which an incident has to have closed. */
export async function planPruning(log: Log, store: PruningStore, before: EpochMs): Promise<PruningPlan> {
  const head = await log.head();
  const signed = (await log.checkpoint())?.size ?? 0;
  const from = head.pruned?.place ?? 0;
  const [spans, deploymentHolds] = [await store.spans(), await store.deploymentHolds()];
  const boundary = new Boundary(log, head);
  const most = Math.floor(Math.min(signed, head.size) / TILE_WIDTH);
  const within = await boundary.firstEntry(most);
  const kept = spans
    .filter((span) => span.firstEntry < within && whyKept(span, before))
    .map((span) => keptOf(span, before));
  const tile = deploymentHolds.length > 0 ? 0 : await boundary.lower(most, spans, before);
  const to = tile * TILE_WIDTH;
  const end = await boundary.firstEntry(tile);
  const going = to > from ? spans.filter(({ lastEntry }) => lastEntry < end) : [];
  const beyond = spans.filter((span) => !whyKept(span, before)).length - going.length;
  const plan = { from, signed, kept, beyond, deploymentHolds };
  if (going.length === 0) return plan;
  return { ...plan, order: await orderOf(log, head, { from, to, before }, going) };
}

async function orderOf(
  log: Log,
  head: LogHead,
  { from, to, before }: { readonly from: number; readonly to: number; readonly before: EpochMs },
  going: readonly IncidentSpan[],
): Promise<PruningOrder> {
  const [last] = await log.entries(to - 1, to, 1);
  invariant(last, `the log has an entry at place ${to - 1}`);
  let gone = going.reduce((sum, { seq }) => sum + seq, 0);
  for (const pruning of await log.prunings())
    if (pruning.epoch === head.epoch) gone += (await headsGone(log, pruning)).entries;
  const chains = [...going].sort((a, b) => (a.uid < b.uid ? -1 : 1));
  const root = await rootAt(storedTiles(log, head), to);
  return {
    said: { from, to, root: root.toString('base64'), kept: to - gone, ...headsOf(chains) },
    ...{ epoch: head.epoch, lastEntry: last.id, before },
    incidents: going.map(({ id }) => id).sort((a, b) => a - b),
  };
}

function whyKept({ closedAt, holds }: IncidentSpan, before: EpochMs): WhyKept | undefined {
  if (closedAt === undefined) return 'open';
  if (holds.length > 0) return 'held';
  return closedAt >= before ? 'closed_later' : undefined;
}

function keptOf(span: IncidentSpan, before: EpochMs): KeptIncident {
  const { id, holds, closedAt } = span;
  const why = whyKept(span, before) ?? 'open';
  return { ref: refOf(id), why, holds, ...(closedAt === undefined ? {} : { closedAt: toIso(closedAt) }) };
}

class Boundary {
  constructor(
    private readonly log: Log,
    private readonly head: LogHead,
  ) {}

  /** Number of the first entry of a tile of level 0; one more than the last there is, for the tile behind the last. */
  async firstEntry(tile: number): Promise<number> {
    const { log, head } = this;
    if (tile < fullTiles(head.size, 0)) return (await log.tiles(0, tile, tile + 1))[0]?.firstEntry ?? 0;
    const [first] = await log.entries(tile * TILE_WIDTH, head.size, 1);
    return first?.id ?? head.lastEntry + 1;
  }

  /** The greatest tile, this one or before, at whose beginning no history is under way, and before which none has to stay. */
  async lower(most: number, spans: readonly IncidentSpan[], before: EpochMs): Promise<number> {
    for (let tile = most; ;) {
      const end = await this.firstEntry(tile);
      const stops = ({ firstEntry, lastEntry }: IncidentSpan): boolean =>
        firstEntry < end && lastEntry >= end;
      const stop = spans.find((span) => stops(span) || (span.firstEntry < end && whyKept(span, before)));
      if (!stop || tile === 0) return tile;
      tile = await this.tileOf(stop.firstEntry, tile);
    }
  }

  /** The last tile that begins at or before this entry, below `under`. */
  private async tileOf(entry: number, under: number): Promise<number> {
    let [low, high] = [0, under - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((await this.firstEntry(middle)) <= entry) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
