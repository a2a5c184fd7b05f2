/** The evidence files of a backup in the folder of a deployment. */
import { createHash } from 'node:crypto';
import { OperationalError } from '@cordon/kernel';
import type { EvidenceStore, ReceivedFile } from '@cordon/runtime';
import { codeOf } from '../evidence/folders.js';
import { BackupError } from './backup-error.js';
import type { BackupEvidence } from './manifest.js';
import type { OpenBackup } from './open-backup.js';

/** Says which files are of no use as they lie there; the rest names the file and what to do. */
const MOST_NAMED = 5;

export interface EvidencePlaces {
  /** Files of the backup that lay there already, byte for byte. */
  readonly there: number;
  /** Those that are still to be put in place. */
  readonly wanted: readonly BackupEvidence[];
}

/**
 * Looks which files of the backup lie in the folder, each read whole. Rejects with a BackupError, before anything is
 * written, where another file lies in the place of one: it is not overwritten.
 */
export function evidencePlaces(
  backup: Pick<OpenBackup, 'manifest'>,
  files: Pick<EvidenceStore, 'open'>,
  told: (sha256: string) => void,
): Promise<EvidencePlaces> {
  return usable(() => look(backup, files, told));
}

async function look(
  backup: Pick<OpenBackup, 'manifest'>,
  files: Pick<EvidenceStore, 'open'>,
  told: (sha256: string) => void,
): Promise<EvidencePlaces> {
  const included = backup.manifest.evidence.filter(({ state }) => state === 'included');
  const wanted: BackupEvidence[] = [];
  const other: string[] = [];
  for (const one of included) {
    told(one.sha256);
    const state = await evidenceAt(files, one.sha256);
    if (state === 'missing') wanted.push(one);
    if (state === 'damaged') other.push(one.sha256);
  }
  if (other.length > 0) throw differing(other);
  return { there: included.length - wanted.length, wanted };
}

/** Whether the file that lies there is the one that it is named for; all of it is read. */
export async function evidenceAt(
  files: Pick<EvidenceStore, 'open'>,
  sha256: string,
): Promise<'sound' | 'damaged' | 'missing'> {
  const file = await files.open(sha256);
  if (!file) return 'missing';
  try {
    const hash = createHash('sha256');
    for await (const chunk of file.read()) hash.update(chunk);
    return hash.digest('hex') === sha256 ? 'sound' : 'damaged';
  } finally {
    await file.close();
  }
}

function differing(sha256s: readonly string[]): BackupError {
  const named = sha256s.slice(0, MOST_NAMED).join(', ');
  const more = sha256s.length > MOST_NAMED ? ` and ${sha256s.length - MOST_NAMED} more` : '';
  return new BackupError(
    'evidence',
    `In the evidence folder other files lie in the places of ${named}${more}: they were changed, and are not overwritten. Move them away (they may be of interest), or name another folder in CORDON_EVIDENCE_DIR; nothing was put back.`,
  );
}

type Settle = (named: ReadonlySet<string>) => Promise<void>;

/**
 * Puts them in place, one after the other, each whole and under its hash before the next. Resolves to what settles those
 * that entries name, to be called when these are committed: until then each has a mark, by which a sweep finds what
 * nobody came back for, or no entry names. Rejects with a BackupError where there is no room; those in place stay.
 */
export function putEvidence(
  backup: OpenBackup,
  files: EvidenceStore,
  wanted: readonly BackupEvidence[],
  told: (sha256: string) => void,
): Promise<Settle> {
  return usable(() => put(backup, files, wanted, told));
}

async function put(
  backup: OpenBackup,
  files: EvidenceStore,
  wanted: readonly BackupEvidence[],
  told: (sha256: string) => void,
): Promise<Settle> {
  const kept: ReceivedFile[] = [];
  for (const one of wanted) {
    told(one.sha256);
    const { bytes = 0 } = one;
    const receipt = await files.receive(backup.evidence(one), bytes, bytes);
    if (receipt.outcome !== 'received')
      throw new BackupError(
        'file',
        `There is no room for the evidence file ${one.sha256} (${bytes} bytes): make room on the disk of the evidence folder and restore again. The database is empty; the ${kept.length} files before it stay in place.`,
      );
    await receipt.file.keep();
    kept.push(receipt.file);
  }
  return async (named) => {
    for (const file of kept) if (named.has(file.sha256)) await file.settle();
  };
}

/** What the system says of the folder, as a sentence with its fix. */
async function usable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof OperationalError || code === undefined) throw error;
    throw new BackupError(
      'file',
      `The evidence folder cannot be used (${code}): the user that restores must own it, and may read and write all of it.`,
      { cause: error },
    );
  }
}
