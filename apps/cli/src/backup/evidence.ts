/** Evidence files: what of those that entries name is in a backup, and in the folder of this deployment. */
import { type BackupEvidence, DiskEvidenceStore, evidenceAt } from '@cordon/store';
import type { Io } from '../io.js';
import { evidenceFolderOf } from './database.js';
import { sizeText } from './size-text.js';

/** Files that a sentence names one by one; the rest is a number. */
const MOST_NAMED = 20;

export function evidenceStoreOf(io: Io): DiskEvidenceStore {
  return new DiskEvidenceStore({ root: evidenceFolderOf(io) });
}

export interface EvidenceCounts {
  /** Files that entries name. */
  readonly named: number;
  readonly included: number;
  readonly includedBytes: number;
  readonly leftOut: number;
  /** Those that were not there, or not whole, when the backup was made. */
  readonly faults: readonly EvidenceFault[];
}

export interface EvidenceFault extends Omit<BackupEvidence, 'state'> {
  readonly state: 'missing' | 'damaged';
}

export function countsOf(evidence: readonly BackupEvidence[]): EvidenceCounts {
  const included = evidence.filter(({ state }) => state === 'included');
  return {
    named: evidence.length,
    included: included.length,
    includedBytes: included.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    leftOut: evidence.filter(({ state }) => state === 'left out').length,
    faults: evidence.filter((one): one is EvidenceFault => isFault(one)),
  };
}

function isFault({ state }: BackupEvidence): boolean {
  return state === 'missing' || state === 'damaged';
}

/** A sentence for each file that is not as it was collected; where there are many, for the first of them. */
export function faultLines(faults: readonly EvidenceFault[], folder: string): readonly string[] {
  const lines = faults.slice(0, MOST_NAMED).map(({ sha256, incident, state, found, error }) => {
    const named = `The evidence file ${sha256}${incident === undefined ? '' : ` of INC-${incident}`}`;
    const why = error === undefined ? '' : ` (${error})`;
    return state === 'missing'
      ? `${named} was not in ${folder}${why}: it is not in the backup.`
      : `${named} was DAMAGED in ${folder}${why}: what lay there is in the backup as it was found, with the SHA-256 ${found ?? ''}, and is put back nowhere.`;
  });
  const more = faults.length - lines.length;
  return more > 0 ? [...lines, `${more} more evidence files were missing or damaged.`] : lines;
}

/** `3 evidence files (1.2 GB)`. */
export function includedText({ included, includedBytes }: EvidenceCounts): string {
  return `${included} evidence files${included > 0 ? ` (${sizeText(includedBytes)})` : ''}`;
}

export interface EvidenceStanding {
  readonly folder: string;
  /** Files that entries name. */
  readonly named: number;
  /** Of those that the backup does not hold whole, how many are not whole in the folder either. */
  readonly missing: number;
}

/** Reads the files that the backup does not hold; those that it holds are the restore's to put in place. */
export async function evidenceStanding(
  io: Io,
  evidence: readonly BackupEvidence[],
): Promise<EvidenceStanding> {
  const files = evidenceStoreOf(io);
  let missing = 0;
  for (const { sha256, state } of evidence)
    if (state !== 'included' && (await evidenceAt(files, sha256)) !== 'sound') missing += 1;
  return { folder: evidenceFolderOf(io), named: evidence.length, missing };
}
