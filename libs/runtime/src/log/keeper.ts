/** The leader's work, a turn at a time: entries into the tree, checkpoints out of it. */
import { readLeaf } from '@cordon/audit';
import { fromIso, TamperError, type Clock, type EpochMs } from '@cordon/kernel';
import type { Journal } from '../journal.js';
import type { IncidentId } from '../ports.js';
import { summariseHeads } from './heads.js';
import type { SnapshotStore } from '../snapshots.js';
import type { LogKeys } from './keys.js';
import { Outbound } from './outbound.js';
import type {
  CheckpointSink,
  LogStore,
  SignerMemory,
  StoredCheckpoint,
  TimestampAuthority,
  Witnesses,
} from './ports.js';
import { Sequencer } from './sequencer.js';
import { Signer } from './signer.js';
import { dayOf, Timestamps } from './timestamps.js';

export interface KeeperOptions {
  readonly store: LogStore;
  readonly journal: Journal;
  readonly keys: LogKeys;
  readonly memory: SignerMemory;
  readonly clock: Clock;
  readonly witnesses?: Witnesses;
  readonly sinks?: readonly CheckpointSink[];
  readonly authority?: TimestampAuthority;
  /** Where states of incidents are kept along the way, so that the past is near. */
  readonly snapshots?: Pick<SnapshotStore, 'take'>;
  /** Something went wrong that is tried again by itself; `what` names it. */
  readonly failed: (what: string, error: unknown) => void;
}

/** An idle turn sleeps so long; while the tree grows it is signed at most so often; when it does not, so often all the same. */
const IDLE_MS = 200;
const SIGN_EVERY_MS = 1_000;
const SIGN_AGAIN_MS = 600_000;
/** Signing that failed is tried again so much later, twice that each time, up to the second figure. */
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** `log.heads` after closings at most so often, and never for more than a hundredth of the time. */
const HEADS_EVERY_MS = 60_000;
const HEADS_SHARE = 100;
/** Turns before the last checkpoint, when there is no end to new entries. */
const LAST_TURNS = 200;

const AT_ONCE = new Set(['incident.close', 'history.export', 'person.erase']);

/**
 * One process at a time leads (`LogStore.lead`); it calls `begin`, then `turn` and at the end `finish`, one at a time.
 * All that matters is stored or follows from what is; the rest is when things were done last.
 */
export class LogKeeper {
  private readonly sequencer: Sequencer;
  private readonly signer: Signer;
  private readonly outbound: readonly Outbound[];
  private readonly timestamps: Timestamps | undefined;
  private asked = false;
  /** The tree may have grown since the last checkpoint. */
  private grown = false;
  private notable = false;
  private closed = false;
  private signedAt: EpochMs = 0;
  private signedDay = '';
  private headsAt: EpochMs = 0;
  private headsNotBefore: EpochMs = 0;
  private failures = 0;
  private signNotBefore: EpochMs = 0;
  private stamping: Promise<void> | undefined;

  constructor(private readonly options: KeeperOptions) {
    const { store, clock, sinks = [], authority, failed } = options;
    this.sequencer = new Sequencer(store);
    this.signer = new Signer(options);
    const sinkFailed = (sink: string, error: unknown): void =>
      failed(`bringing the checkpoint to ${sink}`, error);
    this.outbound = sinks.map((sink) => new Outbound(sink, clock, sinkFailed));
    this.timestamps = authority && new Timestamps(store, authority, clock);
  }

  /** The next turn signs, where there is anything new. */
  ask(): void {
    this.asked = true;
  }

  /** Milliseconds until the next turn. Rejects with a TamperError, after which nothing may be done any more. */
  async turn(): Promise<number> {
    const { clock } = this.options;
    const more = await this.sequence();
    await this.announceHeads(clock.now());
    const now = clock.now();
    const due =
      (this.grown && (this.asked || this.notable || now - this.signedAt >= SIGN_EVERY_MS)) ||
      now - this.signedAt >= SIGN_AGAIN_MS;
    if (due && now >= this.signNotBefore) await this.trySigning();
    if (!this.grown) this.asked = false;
    for (const one of this.outbound) one.wake();
    return more ? 0 : IDLE_MS;
  }

  /** Everything that is committed into the tree, a last checkpoint, and what is on its way out. */
  async finish(): Promise<void> {
    await this.catchUp();
    if (this.grown) await this.trySigning();
    await Promise.all([...this.outbound.map((one) => one.settled()), this.stamping]);
  }

  /** Puts everything that is settled into the tree. `told` hears how many entries went in so far. */
  async catchUp(told?: (added: number) => void, turns = LAST_TURNS): Promise<void> {
    let total = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      const { added, more, types } = await this.sequencer.turn();
      this.take(added, types);
      total += added;
      if (added > 0) told?.(total);
      if (!more) return;
    }
  }

  /** To be called whenever this process begins to lead: what another did meanwhile is taken up. */
  async begin(): Promise<void> {
    const { store } = this.options;
    const [head, checkpoint] = [await store.head(), await store.checkpoint()];
    this.grown = (checkpoint?.size ?? 0) < head.size;
    this.signedAt = checkpoint?.at ?? 0;
    this.signedDay = checkpoint === undefined ? '' : dayOf(checkpoint.at);
    const [heads] = await store.journalEntries(['log.heads'], 1);
    this.headsAt = heads === undefined ? 0 : (fromIso(readLeaf(heads.leaf).at) ?? 0);
    // Whoever led before may have been killed between a closing and its heads.
    this.closed ||= heads !== undefined && heads.index + 1 < head.size;
  }

  private async sequence(): Promise<boolean> {
    const { added, more, types, longer } = await this.sequencer.turn();
    this.take(added, types);
    await this.keepStates(longer);
    return more;
  }

  /** A convenience for readers: without it the past is only slower. */
  private async keepStates(longer: readonly IncidentId[]): Promise<void> {
    const { snapshots, failed } = this.options;
    if (!snapshots || longer.length === 0) return;
    await snapshots.take(longer).catch((error: unknown) => failed('keeping the states of incidents', error));
  }

  private take(added: number, types: ReadonlySet<string>): void {
    if (added === 0) return;
    this.grown = true;
    for (const type of types) if (AT_ONCE.has(type) || type.startsWith('log.')) this.notable = true;
    if (!types.has('incident.close')) return;
    this.closed = true;
    this.timestamps?.noteClosing();
  }

  /** Signs; what fails in it is told and tried again later, except for a log that does not verify. */
  private async trySigning(): Promise<void> {
    try {
      const checkpoint = await this.signer.sign();
      this.failures = 0;
      if (checkpoint) this.publish(checkpoint);
    } catch (error) {
      if (error instanceof TamperError) throw error;
      const wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** this.failures);
      this.failures += 1;
      this.signNotBefore = this.options.clock.now() + wait;
      this.options.failed('signing a checkpoint', error);
    }
  }

  private publish(checkpoint: StoredCheckpoint): void {
    const { note, size, at } = checkpoint;
    const day = dayOf(at);
    const notable = this.notable || day !== this.signedDay;
    this.signedAt = at;
    this.signedDay = day;
    this.grown = false;
    this.notable = false;
    this.asked = false;
    const origin = note.slice(0, note.indexOf('\n'));
    for (const one of this.outbound) one.offer({ note, origin, size, at, notable });
    this.stamping ??= this.stamp(checkpoint).finally(() => (this.stamping = undefined));
  }

  private async stamp(checkpoint: StoredCheckpoint): Promise<void> {
    try {
      await this.timestamps?.offer(checkpoint);
    } catch (error) {
      this.options.failed('time-stamping a checkpoint', error);
    }
  }

  /** Commits to the newest entry of every chain: daily, and after closings. */
  private async announceHeads(now: EpochMs): Promise<void> {
    const { store, journal, clock } = this.options;
    const due = dayOf(now) !== dayOf(this.headsAt) || (this.closed && now - this.headsAt >= HEADS_EVERY_MS);
    if (!due || now < this.headsNotBefore) return;
    const closed = this.closed;
    this.closed = false;
    try {
      const summary = await summariseHeads(store);
      const took = clock.now() - now;
      await journal.record({ actor: CORDON, type: 'log.heads', data: { ...summary } });
      this.headsAt = clock.now();
      this.headsNotBefore = this.headsAt + took * HEADS_SHARE;
    } catch (error) {
      this.closed ||= closed;
      this.headsNotBefore = clock.now() + HEADS_EVERY_MS;
      if (error instanceof TamperError) throw error;
      this.options.failed('committing to the heads of all histories', error);
    }
  }
}

const CORDON = { type: 'system', id: 'cordon', roles: [] } as const;
