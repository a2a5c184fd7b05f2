/** Signs where the tree stands. */
import {
  checkpointText,
  consistencyProof,
  noteOf,
  parseCheckpoint,
  parseNote,
  signNote,
} from '@cordon/audit';
import type { Clock } from '@cordon/kernel';
import type { Journal } from '../journal.js';
import { announcedKeys, KeyRing, type LogKeys } from './keys.js';
import type { LogStore, SignerMemory, StoredCheckpoint, Witnesses } from './ports.js';
import { checkAgainst } from './signed-before.js';
import { mending } from './tamper.js';
import { storedTiles } from './tile-source.js';

export interface SignerOptions {
  readonly store: LogStore;
  readonly journal: Journal;
  readonly keys: LogKeys;
  readonly memory: SignerMemory;
  readonly clock: Clock;
  readonly witnesses?: Witnesses;
}

/**
 * One at a time may call `sign`, in one process at a time. The order of its steps is what makes it safe to be killed
 * between any two of them: what was signed is on disk, outside the database, before anybody else can see it; signing
 * the same size and root again says nothing new.
 */
export class Signer {
  private readonly ring: KeyRing;

  constructor(private readonly options: SignerOptions) {
    this.ring = new KeyRing(options.journal, options.keys);
  }

  /**
   * A checkpoint of the tree as it stands; undefined while it is empty, or no key is announced in it yet: then the next
   * turn may sign. Rejects with a TamperError, and has signed nothing, where the tree has not grown from what was signed
   * before; with a LogKeyError where the keys are missing.
   */
  sign(): Promise<StoredCheckpoint | undefined> {
    return mending(() => this.signHead());
  }

  private async signHead(): Promise<StoredCheckpoint | undefined> {
    const { store, memory, clock } = this.options;
    const head = await store.head();
    const { size, epoch, origin } = head;
    const { keys, leaving } = await this.settleKeys(origin);
    if (size === 0 || keys.length === 0) return undefined;
    const before = await memory.last();
    if (before !== undefined) await checkAgainst(store, head, before, [], MEMORY);
    const root = head.edge.root();
    const own = await signNote(checkpointText({ origin, size, root }), keys);
    await memory.remember(own);
    const note = await this.cosigned(own, storedTiles(store, head));
    const checkpoint: StoredCheckpoint = { epoch, size, root, note, at: clock.now() };
    await store.addCheckpoint(checkpoint);
    await this.ring.retire('log', leaving);
    return checkpoint;
  }

  private async settleKeys(origin: string) {
    const announced = await announcedKeys(this.options.store);
    const bundle = await this.ring.settle('bundle', origin, announced);
    await this.ring.retire('bundle', bundle.leaving);
    return this.ring.settle('log', origin, announced);
  }

  /** With the signatures of those witnesses that answered in time. */
  private async cosigned(own: string, tiles: ReturnType<typeof storedTiles>): Promise<string> {
    const { witnesses } = this.options;
    if (!witnesses) return own;
    const { text, signatures } = parseNote(own);
    const { origin, size } = parseCheckpoint(text);
    const proofFrom = (oldSize: number): Promise<readonly Uint8Array[]> =>
      consistencyProof(tiles, oldSize, size);
    const lines = await witnesses.cosign({ note: own, origin, size }, proofFrom);
    return lines.length === 0 ? own : noteOf(text, [...signatures.map(({ line }) => line), ...lines]);
  }
}

/** Where the signer keeps what it signed last, as messages call it. */
export const MEMORY = 'keys/log.checkpoint';
