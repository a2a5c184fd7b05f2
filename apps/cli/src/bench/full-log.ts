/** A deployment whose log holds many real entries, and the exports that a server would make of it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { historyViews } from '@cordon/exchange';
import {
  announcedKeys,
  checkpointCovering,
  createCordon,
  HistoryExports,
  type LogService,
  type PreparedBundle,
} from '@cordon/runtime';
import { FolderKeys, SignerMemoryFile, type Store } from '@cordon/store';
import { copyIncidents } from './copies.js';
import { inProcess, Laps, openIncidents } from './drivers.js';
import { journalOf, keep, keeperOf } from './log.js';

const CALLERS = 64;
const INCIDENTS = 1_000;
/** More entries than these are copies of them. */
const LIVED = 100_000;
const TELL_EVERY = 50_000;
const WAIT_MS = 60_000;
const AUDITOR = { type: 'person' as const, id: '00000000-0000-7000-8000-000000000002', roles: ['auditor'] };

export interface FullLog {
  /** Leaves in the tree. */
  readonly size: number;
  /** The whole log, as somebody asks for it now. */
  wholeLog(views: boolean): Promise<PreparedBundle>;
}

export interface FullLogOptions {
  readonly url: string;
  readonly store: Store;
  /** Where keys, the signer's memory and bundles go. */
  readonly folder: string;
  readonly entries: number;
  readonly tell: (line: string) => void;
}

/** Drives incidents through the use cases, and copies them, until at least so many entries are in the signed tree. */
export async function withFullLog<T>(
  { url, store, folder, entries, tell }: FullLogOptions,
  work: (log: FullLog) => Promise<T>,
): Promise<T> {
  const lived = Math.min(entries, LIVED);
  await fill(store, lived, tell);
  if (entries > lived) {
    const times = Math.ceil(entries / lived) - 1;
    tell(`copying them ${times} times`);
    await copyIncidents(url, times);
  }
  tell('putting them into the tree');
  const keeper = keeperOf(store, folder, new SignerMemoryFile(join(folder, 'log.checkpoint')));
  await store.log.lead(() => keeper.catchUp(undefined, Infinity));
  const stop = new AbortController();
  const kept = keep(store, keeper, stop.signal);
  const worked = (async () => {
    try {
      const { size } = await store.log.head();
      return await work({ size, wholeLog: await wholeLogOf(store, folder) });
    } finally {
      stop.abort();
    }
  })();
  await Promise.all([kept, worked]);
  return worked;
}

async function fill(store: Store, entries: number, tell: (line: string) => void): Promise<void> {
  const cordon = createCordon({ store, vault: store.vault, log: store.logName });
  const laps = new Laps(await openIncidents(cordon, store, INCIDENTS));
  const call = inProcess(cordon, laps, CALLERS);
  let left = entries - INCIDENTS;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      while (left > 0) {
        left -= 1;
        if (left % TELL_EVERY === 0) tell(`${entries - left} of ${entries} entries`);
        await call(caller);
      }
    }),
  );
  await cordon.drained();
}

/** As the server puts it together. */
async function wholeLogOf(store: Store, folder: string): Promise<FullLog['wholeLog']> {
  const { log, playbooks, vault } = store;
  const verifyPy = await readFile(verifyPyPath());
  const exportsWith = (views: boolean): HistoryExports =>
    new HistoryExports({
      ...{ log, playbooks, vault, journal: journalOf(store), service: serviceOf(store, folder) },
      incidents: { incident: (id) => store.incident(id) },
      text: {
        ...{ verifyText: Buffer.from('A benchmark.\n'), verifyPy, release: 'bench' },
        views: views ? historyViews : [],
      },
      waitMs: WAIT_MS,
    });
  return async (views) => {
    const { size } = await log.head();
    const options = { format: 'bundle', attachments: false };
    const begun = await exportsWith(views).ofLog(0, size, options, AUDITOR);
    if (!begun.ok) throw new Error(`the export was refused: ${begun.code}`);
    return begun.bundle;
  };
}

function serviceOf(store: Store, folder: string): LogService {
  const keys = new FolderKeys(folder);
  const parts = { store: store.log, pause: async (ms: number) => void (await pause(ms)) };
  return {
    checkpoint: async () => (await store.log.checkpoint())?.note,
    async vkeys() {
      const announced = await announcedKeys(store.log);
      return announced
        .filter(({ purpose, retired }) => purpose === 'log' && !retired)
        .map(({ vkey }) => vkey);
    },
    covering: (journalSeq, timeoutMs) => checkpointCovering(parts, journalSeq, timeoutMs),
    async bundleKey() {
      // The keeper made and announced it when it signed for the first time.
      const { origin } = await store.log.head();
      const key = (await keys.present('bundle', origin, false)).keys.at(-1);
      if (!key) throw new Error('there is no key that signs bundles');
      return key;
    },
  };
}

/** The Python verifier. */
export function verifyPyPath(): string {
  return createRequire(import.meta.url).resolve('@cordon/audit/verify.py');
}
