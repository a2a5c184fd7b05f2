/** Which keys sign, and how the journal comes to know of them before they do: docs/audit.md section 3. */
import { bundleKeyName, commitmentTo, isOpen, readLeaf } from '@cordon/audit';
import { OperationalError, TamperError } from '@cordon/kernel';
import { keptOpenings } from '../entries.js';
import type { Journal } from '../journal.js';
import type { LogEntry, LogKey, LogStore } from './ports.js';

export const KEY_PURPOSES = ['log', 'bundle'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Keys that are here, by purpose. */
export interface LogKeys {
  /**
   * Oldest first, named for this origin; two while one takes the place of the other. With `make`, the first is made
   * where there is none. `replaces`: the last takes the place of the others as soon as it is announced and they are retired.
   */
  present(
    purpose: KeyPurpose,
    origin: string,
    make: boolean,
  ): Promise<{ readonly keys: readonly LogKey[]; readonly replaces: boolean }>;
  /** The last one alone from here on; the others are destroyed. Doing it again changes nothing. */
  replace(purpose: KeyPurpose): Promise<void>;
}

/** None of the keys that this log announced is here. The message says what to do. */
export class LogKeyError extends OperationalError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, false, options);
  }
}

export interface AnnouncedKey {
  readonly purpose: KeyPurpose;
  readonly vkey: string;
  readonly retired: boolean;
}

/** What the journal says of keys, in the order in which they came. One read. Rejects with a TamperError for values that are not those committed to. */
export async function announcedKeys(
  store: Pick<LogStore, 'journalEntries'>,
): Promise<readonly AnnouncedKey[]> {
  const known = new Map<string, AnnouncedKey>();
  for (const entry of await store.journalEntries(['log.key', 'log.key_retired'])) {
    const { kind, event } = readLeaf(entry.leaf);
    if (kind !== 'journal') continue;
    const { purpose, vkey } = keyOf(entry);
    known.set(`${purpose} ${vkey}`, { purpose, vkey, retired: event.type === 'log.key_retired' });
  }
  return [...known.values()];
}

function keyOf(entry: LogEntry): { readonly purpose: KeyPurpose; readonly vkey: string } {
  const { sd = [] } = readLeaf(entry.leaf);
  const openings = keptOpenings(entry).filter(isOpen);
  const value = (key: string): unknown =>
    openings.find((opening) => opening.key === key && sd.includes(commitmentTo(opening)))?.value;
  const [purpose, vkey] = [value('data.purpose'), value('data.vkey')];
  if (!isPurpose(purpose) || typeof vkey !== 'string')
    throw new TamperError(
      `Entry ${entry.seq} of the journal (place ${entry.index} of the log) announces or retires a key, and the key beside it is not the one that it commits to`,
    );
  return { purpose, vkey };
}

function isPurpose(value: unknown): value is KeyPurpose {
  return KEY_PURPOSES.some((purpose) => purpose === value);
}

/** Keys that may sign now. */
export interface Signing {
  readonly keys: readonly LogKey[];
  /** Signed at least once by all of `keys` together, these may retire. */
  readonly leaving: readonly LogKey[];
}

/** Tells the journal of keys that come and go. One at a time may call `settle`. */
export class KeyRing {
  /** What was told to the journal and is not in the tree yet. */
  private readonly told = new Set<string>();

  constructor(
    private readonly journal: Journal,
    private readonly keys: LogKeys,
  ) {}

  /**
   * Which keys may sign, by what the tree says of keys (`announcedKeys`): those that are here, are announced in the tree, and are not retired. What is not announced yet is
   * told to the journal, and counts from the turn in which the tree has it. Rejects with a LogKeyError where none of
   * the keys that were announced is here: a new one would say nothing about what the old ones signed.
   */
  async settle(purpose: KeyPurpose, origin: string, known: readonly AnnouncedKey[]): Promise<Signing> {
    const name = purpose === 'log' ? origin : bundleKeyName(origin);
    const announced = known.filter((key) => key.purpose === purpose);
    const isOurs = ({ vkey }: AnnouncedKey): boolean => vkey.startsWith(`${name}+`);
    const valid = announced.filter((key) => !key.retired && isOurs(key));
    const { keys, replaces } = await this.keys.present(
      purpose,
      origin,
      valid.length === 0 || purpose === 'bundle',
    );
    const ready = keys.filter((key) => valid.some(({ vkey }) => vkey === key.vkey));
    if (ready.length === 0 && valid.length > 0 && purpose === 'log') throw noneHere(origin, valid);
    for (const key of keys) {
      if (!announced.some(({ vkey }) => vkey === key.vkey)) await this.tell('log.key', purpose, key.vkey);
    }
    for (const old of announced) {
      if (!old.retired && !isOurs(old)) await this.tell('log.key_retired', purpose, old.vkey);
    }
    const newest = keys.at(-1);
    if (replaces && newest && ready.length === 1 && ready[0] === newest) {
      await this.keys.replace(purpose);
      return { keys: ready, leaving: [] };
    }
    if (purpose === 'log' && !replaces) await this.retireAbsent(valid, keys, ready);
    const bothSign = replaces && ready.length > 1 && ready.includes(newest as LogKey);
    return { keys: ready, leaving: bothSign ? ready.slice(0, -1) : [] };
  }

  /** From here on these sign no more: once a checkpoint bears their signature beside that of their successor. */
  async retire(purpose: KeyPurpose, leaving: readonly LogKey[]): Promise<void> {
    for (const { vkey } of leaving) await this.tell('log.key_retired', purpose, vkey);
  }

  /** A key that was left out of the configuration, beside another that had signed with it. */
  private async retireAbsent(
    valid: readonly AnnouncedKey[],
    keys: readonly LogKey[],
    ready: readonly LogKey[],
  ): Promise<void> {
    if (ready.length === 0) return;
    for (const { vkey } of valid) {
      if (!keys.some((key) => key.vkey === vkey)) await this.tell('log.key_retired', 'log', vkey);
    }
  }

  private async tell(type: 'log.key' | 'log.key_retired', purpose: KeyPurpose, vkey: string): Promise<void> {
    const what = `${type} ${purpose} ${vkey}`;
    if (this.told.has(what)) return;
    this.told.add(what);
    try {
      await this.journal.record({ actor: CORDON, type, data: { purpose, vkey } });
    } catch (error) {
      this.told.delete(what);
      throw error;
    }
  }
}

/** Rejects a start without the log's key: see `KeyRing.settle`. Throws a LogKeyError. */
export function requireKey(
  announced: readonly AnnouncedKey[],
  origin: string,
  present: readonly string[],
): void {
  const valid = announced.filter(
    ({ purpose, retired, vkey }) => purpose === 'log' && !retired && vkey.startsWith(`${origin}+`),
  );
  if (valid.length > 0 && !valid.some(({ vkey }) => present.includes(vkey))) throw noneHere(origin, valid);
}

const CORDON = { type: 'system', id: 'cordon', roles: [] } as const;

function noneHere(origin: string, valid: readonly AnnouncedKey[]): LogKeyError {
  const vkeys = valid.map(({ vkey }) => vkey).join(', ');
  return new LogKeyError(
    `The key that signs the log ${origin} is not here: it is ${vkeys}. Put the file log.key back into the folder of keys, ` +
      `or name its place in CORDON_LOG_KEY. Where it is lost for good, "cordon audit recover" begins a new tree with a new ` +
      `key (docs/audit.md, section 7).`,
  );
}
