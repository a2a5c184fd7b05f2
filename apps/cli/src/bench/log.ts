/** What the log costs: transitions per second with the tree, the signer and the patrol beside them, and without, in turn. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '@cordon/kernel';
import { createCordon, DeploymentJournal, LogKeeper, selfCheck } from '@cordon/runtime';
import { FolderKeys, SignerMemoryFile, type Store } from '@cordon/store';
import { inProcess, Laps, openIncidents } from './drivers.js';
import { median, runLoad, type Load } from './load.js';

export interface LogRow {
  readonly callers: number;
  readonly without: number;
  readonly withLog: number;
  /** Median over the rounds of with / without. */
  readonly ratio: number;
  /** The most entries that waited for the tree at the end of a round. */
  readonly waiting: number;
}

export interface LogReport {
  readonly rows: readonly LogRow[];
  readonly entries: number;
  /** A start's look at all of them. */
  readonly selfCheckMs: number;
}

interface Options {
  readonly store: Store;
  /** Where keys and the signer's memory go. */
  readonly folder: string;
  readonly callers: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly tell: (line: string) => void;
}

export async function benchLog({
  store,
  folder,
  callers,
  seconds,
  rounds,
  tell,
}: Options): Promise<LogReport> {
  const cordon = createCordon({ store, vault: store.vault, log: store.logName });
  tell('opening 1,000 incidents');
  const laps = new Laps(await openIncidents(cordon, store, 1_000));
  const memory = new SignerMemoryFile(join(folder, 'log.checkpoint'));
  const keeper = keeperOf(store, folder, memory);
  await store.log.lead(() => keeper.catchUp(undefined, Infinity));
  await runLoad(8, 2, inProcess(cordon, laps, 8));
  const rows: LogRow[] = [];
  for (const count of callers) {
    const pairs: { without: Load; withLog: Load; waiting: number }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      tell(`${count} callers, round ${round} of ${rounds}`);
      const load = (): Promise<Load> => runLoad(count, seconds, inProcess(cordon, laps, count));
      const without = await load();
      await store.log.lead(() => keeper.catchUp(undefined, Infinity));
      const stop = new AbortController();
      const kept = keep(store, keeper, stop.signal);
      const withLog = await load();
      const waiting = await store.log.backlog(1_000_000);
      stop.abort();
      await kept;
      pairs.push({ without, withLog, waiting });
    }
    rows.push({
      callers: count,
      without: median(pairs.map(({ without }) => without.perSecond)),
      withLog: median(pairs.map(({ withLog }) => withLog.perSecond)),
      ratio: median(pairs.map(({ without, withLog }) => withLog.perSecond / without.perSecond)),
      waiting: Math.max(...pairs.map(({ waiting }) => waiting)),
    });
  }
  const { size } = await store.log.head();
  tell(`looking at ${size} entries, as a start does`);
  const from = performance.now();
  await selfCheck({ store: store.log, memory, vkeys: [], newest: size });
  return { rows, entries: size, selfCheckMs: performance.now() - from };
}

export function journalOf(store: Store): DeploymentJournal {
  return new DeploymentJournal({
    ...{ store: store.journal, log: store.logName, clock: systemClock, pause: pauseMs },
    salt: () => randomBytes(16).toString('base64url'),
  });
}

export function keeperOf(store: Store, folder: string, memory: SignerMemoryFile): LogKeeper {
  return new LogKeeper({
    ...{ store: store.log, journal: journalOf(store), memory, clock: systemClock },
    keys: new FolderKeys(folder),
    failed: (what, error) => {
      throw new Error(`${what} failed`, { cause: error });
    },
  });
}

/** Keeps the log until the signal; then what is settled goes into the tree and is signed. */
export async function keep(store: Store, keeper: LogKeeper, signal: AbortSignal): Promise<void> {
  const led = await store.log.lead(async () => {
    await keeper.begin();
    while (!signal.aborted) await pauseMs(await keeper.turn());
    await keeper.finish();
  });
  if (!led) throw new Error('another process keeps this log');
}

async function pauseMs(ms: number): Promise<void> {
  await pause(ms);
}

export function logText({ rows, entries, selfCheckMs }: LogReport): string {
  const lines = rows.map(
    ({ callers, without, withLog, ratio, waiting }) =>
      `${String(callers).padStart(4)} callers   without ${without.toFixed(0)}/s   with the log ${withLog.toFixed(0)}/s   ${ratio.toFixed(3)}   at most ${waiting} waiting`,
  );
  const perSecond = (entries / selfCheckMs) * 1000;
  return [
    ...lines,
    `a start looks at ${entries} entries in ${(selfCheckMs / 1000).toFixed(1)} s (${perSecond.toFixed(0)}/s)`,
  ].join('\n');
}
