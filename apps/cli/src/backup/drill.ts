/** The drill: a backup is put back where it harms nothing, looked at whole, and thrown away. */
import type { SignerMemory } from '@cordon/runtime';
import { openStore, restoreBackup, type OpenBackup, type Restored } from '@cordon/store';
import type { Io } from '../io.js';
import { countsOf, faultLines, type EvidenceCounts } from './evidence.js';
import type { Progress } from './progress.js';
import { replayAll, type ReplayedAll } from './replay-all.js';
import { withScratchDatabase } from './scratch.js';
import { standingOf, type Standing } from './standing.js';

export interface Drilled {
  readonly ok: boolean;
  readonly restored: Restored;
  readonly standing: Standing;
  /** Absent where the log itself was not sound. */
  readonly replayed?: ReplayedAll;
  /** What of the evidence is in the backup, every byte of it looked at. */
  readonly evidence: EvidenceCounts;
  /** What does not hold, a sentence each. */
  readonly faults: readonly string[];
  readonly ms: number;
}

/** Touches neither the deployment's database nor its keys. Rejects where the drill could not be held. */
export async function drill(
  io: Io,
  backup: OpenBackup,
  memory: Pick<SignerMemory, 'last'>,
  progress: Progress,
): Promise<Drilled> {
  const began = performance.now();
  return withScratchDatabase(io, async (url) => {
    const told = (what: string, table: string): void => progress.step(`${what} ${table}`);
    const restored = await restoreBackup({ url, backup, told, signal: io.signal });
    const standing = await standingOf(url, memory, (what, done) =>
      progress.step(`${done} ${what} are sound`),
    );
    const replayed = standing.sound ? await replay(url, progress) : undefined;
    const evidence = countsOf(backup.manifest.evidence);
    const faults = [
      ...standingFaults(backup, standing),
      ...(replayed?.faults ?? []),
      ...faultLines(evidence.faults, 'its folder when the backup was made'),
    ];
    const ms = Math.round(performance.now() - began);
    const done = { restored, standing, evidence, faults, ms };
    return { ok: faults.length === 0, ...done, ...(replayed ? { replayed } : {}) };
  });
}

/** A backup is older than the deployment: that more was signed since is no fault, another history is. */
function standingFaults({ manifest }: OpenBackup, standing: Standing): readonly string[] {
  const { sound, fault, origin, size, signed } = standing;
  if (!sound || signed.state === 'differs') return [fault ?? 'the log is not sound'];
  return origin === manifest.origin && size === manifest.size
    ? []
    : [`the log ${origin} has ${size} entries, and the backup says ${manifest.origin} with ${manifest.size}`];
}

async function replay(url: string, progress: Progress): Promise<ReplayedAll> {
  const store = await openStore({ url, applicationName: 'cordon restore' });
  try {
    return await replayAll(store, (incidents) => progress.step(`${incidents} incidents replay`));
  } finally {
    await store.close();
  }
}
