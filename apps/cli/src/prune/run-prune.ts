/** Retention is over: an archive, an announcement that is signed, and then the rows of closed incidents go. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock, toIso, type EpochMs } from '@cordon/kernel';
import {
  DeploymentJournal,
  DeploymentLog,
  HistoryExports,
  planPruning,
  prune,
  selfCheck,
  type PruningOrder,
  type PruningPlan,
} from '@cordon/runtime';
import {
  DiskEvidenceStore,
  evidenceReferences,
  LET_GO,
  openStore,
  PostgresPruningStore,
  type Store,
} from '@cordon/store';
import { evidenceFolderOf } from '../backup/database.js';
import { CliError, exitCodes } from '../exit-codes.js';
import type { Io } from '../io.js';
import { folderKeysOf, keyFolderOf, signerMemoryOf } from '../local/log-keys.js';
import { archived, bundleText, type Archive } from './archive.js';
import { whileSigned } from './signing.js';

export interface Wanted {
  readonly before: EpochMs;
  /** Absent for a plan only. */
  readonly doing?: { readonly archive: string; readonly reason: string };
  readonly told: (what: string) => void;
}

export interface Done {
  readonly archive: Archive;
  readonly announced: number;
  /** Evidence files that are gone. */
  readonly files: number;
}

/** How long a signature may take. */
const WAIT_MS = 20_000;

/** The plan, and what was done of it where something was to be done. */
export async function runPrune(
  io: Io,
  url: string,
  wanted: Wanted,
): Promise<{ readonly plan: PruningPlan; readonly done?: Done }> {
  const pruning = await PostgresPruningStore.open(url);
  const vault = io.env['CORDON_VAULT_KEY_FILE'];
  const vaultKeyFile = vault ? resolve(io.root, vault) : join(keyFolderOf(io), 'vault.key');
  const store = await openStore({ url, vaultKeyFile, applicationName: 'cordon prune' });
  try {
    wanted.told('looking at the log');
    await selfCheck({ store: store.log, memory: signerMemoryOf(io), vkeys: [], newest: 0 });
    const plan = await planPruning(store.log, pruning, wanted.before);
    const { doing } = wanted;
    if (!doing) return { plan };
    if (!plan.order) {
      await sweep(io, store);
      return { plan };
    }
    return { plan, done: await carryOut(io, store, pruning, plan.order, { ...wanted, doing }) };
  } finally {
    await store.close();
  }
}

async function carryOut(
  io: Io,
  store: Store,
  pruning: PostgresPruningStore,
  order: PruningOrder,
  { doing, told }: Wanted & { readonly doing: NonNullable<Wanted['doing']> },
): Promise<Done> {
  const { keys, log: inFiles } = folderKeysOf(io);
  if (!inFiles && !(await store.log.isLed()))
    throw new CliError(
      'The key of the log is where CORDON_LOG_KEY says, and only a server can use it there: start the server, which signs, and run this beside it.',
      exitCodes.conflict,
    );
  const clock = systemClock;
  const salt = (): string => randomBytes(16).toString('base64url');
  const wait = async (ms: number): Promise<void> => void (await pause(ms));
  const journal = new DeploymentJournal({
    ...{ store: store.journal, log: store.logName, clock, salt },
    pause: wait,
  });
  const service = new DeploymentLog({
    ...{ store: store.log, journal, keys, health: { fault: undefined } },
    pause: wait,
  });
  const evidence = new DiskEvidenceStore({ root: evidenceFolderOf(io) });
  const exports = new HistoryExports({
    ...{ log: store.log, service, journal, evidence, incidents: store, vault: store.vault },
    ...{ playbooks: store.playbooks, text: await bundleText(), waitMs: WAIT_MS },
  });
  const signing = { store: store.log, journal, keys, memory: signerMemoryOf(io), clock };
  return whileSigned(signing, async () => {
    told('writing and verifying the archive');
    const { from, to } = order.said;
    const vkeys = await service.vkeys();
    const archive = await archived(exports, { file: doing.archive, from, to, vkeys });
    io.signal.throwIfAborted();
    const files = await pruning.filesOf(order.incidents);
    await evidence.letGo(files);
    const grounds = {
      ...{ before: toIso(order.before), archive: archive.sha256, reason: doing.reason },
      login: await pruning.login(),
    };
    told('saying so in the history, and removing the rows');
    const parts = { log: store.log, pruning, journal, service, clock, waitMs: WAIT_MS };
    const pruned = await prune(parts, order, grounds);
    if (!pruned.ok)
      throw new CliError(
        `The log was not signed in time, and nothing was removed: try again with the same archive, ${doing.archive}.`,
      );
    await evidence.letGo(files);
    return { archive, announced: pruned.announced, files: await sweep(io, store) };
  });
}

/** Files that were let go, also by a try that was cut short, and that no entry names any more. */
async function sweep(io: Io, store: Store): Promise<number> {
  const evidence = new DiskEvidenceStore({ root: evidenceFolderOf(io) });
  return evidence.sweep(LET_GO, evidenceReferences(store.dataSource));
}
