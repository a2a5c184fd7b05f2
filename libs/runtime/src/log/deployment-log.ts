import { OperationalError, TamperError } from '@cordon/kernel';
import type { Journal } from '../journal.js';
import { checkpointCovering } from './covering.js';
import { announcedKeys, type LogKeys } from './keys.js';
import type { LogKey, LogStore, StoredCheckpoint } from './ports.js';
import type { LogService } from './service.js';

export interface DeploymentLogParts {
  readonly store: LogStore;
  readonly journal: Journal;
  readonly keys: LogKeys;
  /** What is known to be wrong with the log, as long as something is. */
  readonly health: { readonly fault: string | undefined };
  readonly pause: (ms: number) => Promise<void>;
}

/** A key that was announced a moment ago is in the tree after so long at the most, or something is wrong. */
const ANNOUNCE_MS = 15_000;

/** The log, for the API. Any process may ask; whoever leads signs. */
export class DeploymentLog implements LogService {
  constructor(private readonly parts: DeploymentLogParts) {}

  async checkpoint(): Promise<string | undefined> {
    return (await this.parts.store.checkpoint())?.note;
  }

  async vkeys(): Promise<readonly string[]> {
    const { store } = this.parts;
    const { origin } = await store.head();
    return (await announcedKeys(store))
      .filter(({ purpose, retired, vkey }) => purpose === 'log' && !retired && vkey.startsWith(`${origin}+`))
      .map(({ vkey }) => vkey);
  }

  async covering(journalSeq: number, timeoutMs: number): Promise<StoredCheckpoint | undefined> {
    const { health } = this.parts;
    if (health.fault !== undefined) throw new TamperError(health.fault);
    return checkpointCovering(this.parts, journalSeq, timeoutMs);
  }

  async bundleKey(): Promise<LogKey> {
    const { store, journal, keys } = this.parts;
    const { origin } = await store.head();
    const { keys: present } = await keys.present('bundle', origin, true);
    const announced = await announcedKeys(store);
    const isKnown = ({ vkey }: LogKey, retired: boolean): boolean =>
      announced.some((key) => key.vkey === vkey && key.retired === retired);
    // While one key takes the place of another, the one that is leaving signs until the new one is announced.
    const ready = present.filter((key) => isKnown(key, false)).at(-1);
    if (ready) return ready;
    const key = present.find((one) => !isKnown(one, true));
    if (!key)
      throw new OperationalError(
        'The key that signs bundles is retired, and there is no other: run "cordon audit key rotate --purpose bundle".',
        false,
      );
    const actor = { type: 'system', id: 'cordon', roles: [] } as const;
    const data = { purpose: 'bundle', vkey: key.vkey };
    const { seq } = await journal.record({ actor, type: 'log.key', data });
    if (!(await this.covering(seq, ANNOUNCE_MS)))
      throw new OperationalError(
        'The key that signs bundles is not in the log yet: try again shortly.',
        true,
      );
    return key;
  }
}
