/** Puts the log together at the start, and looks at it before anything else happens. */
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { OperationalError, type Clock } from '@cordon/kernel';
import {
  announcedKeys,
  Backlog,
  DeploymentLog,
  LogKeeper,
  LogKeyError,
  MAX_BACKLOG,
  requireKey,
  selfCheck,
  type Journal,
  type LogKeys,
  type LogService,
  type LogStore,
  type SnapshotStore,
} from '@cordon/runtime';
import { SignerMemoryFile } from '@cordon/store';
import type { Logger } from 'pino';
import type { Closers } from '../boot/closers.js';
import type { Config } from '../config.js';
import { Loop } from '../worker/loop.js';
import { LogHealth } from './log-health.js';
import { keyFolder, logKeysOf } from './log-keys.js';
import { LogLeader } from './log-leader.js';
import { outsideOf } from './outside.js';
import { Patrol } from './patrol.js';

export interface OpenLogParts {
  readonly store: LogStore;
  readonly journal: Journal;
  readonly snapshots?: SnapshotStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tell: (line: string) => void;
  readonly closers: Closers;
}

export interface OpenedLog {
  readonly service: LogService;
  readonly health: LogHealth;
  readonly backlog: Backlog;
}

const LOOK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 2_000;

/**
 * Looks at the log (rejects with a TamperError that says what was found), builds the tree of a database that has none yet,
 * and starts what keeps it where this process does background work. Stopping it is added to the closers: what writes
 * must be added after it, so that it is stopped before.
 */
export async function openLog(parts: OpenLogParts): Promise<OpenedLog> {
  const { store, journal, config, clock, log, closers } = parts;
  const keys = logKeysOf(config);
  const memory = new SignerMemoryFile(join(keyFolder(config), 'log.checkpoint'));
  const outside = await outsideOf(config, log);
  closers.add(async () => outside.close());
  const vkeys = await presentVkeys(store, keys, log);
  const checked = await selfCheck({ store, memory, vkeys: vkeys ?? [], told: progress(parts) });
  // Where what holds the keys did not answer, the signer asks again.
  if (config.role !== 'api' && vkeys !== undefined)
    requireKey(await announcedKeys(store), (await store.head()).origin, vkeys);
  const backlog = new Backlog(store);
  const health = new LogHealth(store, backlog, clock);
  const service = new DeploymentLog({ ...{ store, journal, keys, health }, pause: wait });
  if (config.role !== 'api') {
    const failed = (what: string, err: unknown): void =>
      log.error({ err }, `${what} failed; it is tried again`);
    const { snapshots } = parts;
    const keeper = new LogKeeper({
      ...{ store, journal, keys, memory, clock, failed },
      ...outside,
      ...(snapshots && { snapshots }),
    });
    await buildTree(parts, keeper);
    const leader = new LogLeader({ keeper, store, health, log });
    await leader.start();
    closers.add(() => leader.stop());
    const watch = new Patrol({ store, health, log }, checked);
    watch.start();
    closers.add(() => watch.stop());
  }
  await backlog.look();
  const looks = new Loop('backlog of the log', log, async () => {
    await backlog.look();
    return LOOK_EVERY_MS;
  });
  looks.start();
  closers.add(() => looks.stop());
  return { service, health, backlog };
}

/** Keys that are here now; undefined where what holds them does not answer. */
async function presentVkeys(
  store: LogStore,
  keys: LogKeys,
  log: Logger,
): Promise<readonly string[] | undefined> {
  try {
    const { keys: present } = await keys.present('log', (await store.head()).origin, false);
    return present.map(({ vkey }) => vkey);
  } catch (error) {
    if (error instanceof LogKeyError || !(error instanceof OperationalError)) throw error;
    log.warn({ err: error }, 'the key of the log cannot be reached yet');
    return undefined;
  }
}

/** A database from before there was a tree gets one now: until then nothing new could be taken in. */
async function buildTree({ store, tell }: OpenLogParts, keeper: LogKeeper): Promise<void> {
  if ((await store.backlog(MAX_BACKLOG + 1)) <= MAX_BACKLOG) return;
  tell('Building the tree of the log …');
  const told = every(TELL_EVERY_MS, (added: number) =>
    tell(`Building the tree of the log: ${added} entries.`),
  );
  await store.lead(() => keeper.catchUp(told, Infinity));
}

/** Tells of what takes long. */
function progress({ tell }: OpenLogParts): (what: 'entries' | 'incidents', done: number) => void {
  return every(TELL_EVERY_MS, (what, done) => tell(`Looking at the log: ${done} ${what} are sound …`));
}

/** Passes a call on, at most once in so many milliseconds, and not before they have passed once. */
function every<A extends readonly unknown[]>(ms: number, call: (...args: A) => void): (...args: A) => void {
  let at = performance.now();
  return (...args) => {
    if (performance.now() - at < ms) return;
    at = performance.now();
    call(...args);
  };
}

async function wait(ms: number): Promise<void> {
  await pause(ms);
}
