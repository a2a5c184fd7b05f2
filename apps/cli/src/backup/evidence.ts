/** Evidence files are not in a backup: they never change, and are copied by themselves. */
import { DiskEvidenceStore } from '@cordon/store';
import type { Io } from '../io.js';
import { evidenceFolderOf } from './database.js';

export interface EvidenceStanding {
  readonly folder: string;
  /** Files that entries name. */
  readonly named: number;
  /** Of those, how many are not in the folder now. */
  readonly missing: number;
}

/** Looks whether each named file is there; does not read it. */
export async function evidenceStanding(io: Io, sha256s: readonly string[]): Promise<EvidenceStanding> {
  const folder = evidenceFolderOf(io);
  const files = new DiskEvidenceStore({ root: folder });
  let missing = 0;
  for (const sha256 of sha256s) {
    const file = await files.open(sha256);
    if (file) await file.close();
    else missing += 1;
  }
  return { folder, named: sha256s.length, missing };
}
