/** Evidence files as members of a backup: each is read once, and what was read is held against the SHA-256 it is named by. */
import type { ZipMember } from '@cordon/audit';
import type { EvidenceStore, StoredFile } from '@cordon/runtime';
import { codeOf } from '../evidence/folders.js';
import { BackupError } from './backup-error.js';
import type { NamedEvidence } from './evidence-named.js';
import { evidenceMember, type BackupEvidence } from './manifest.js';

/** A zip file of ours has at most 100,000 members. */
const MAX_FILES = 99_000;

export class EvidenceMembers {
  /** What became of each file, in the order of the members. */
  readonly found: BackupEvidence[] = [];
  private readonly byPath: ReadonlyMap<string, NamedEvidence>;
  private bytes = 0;
  /** Those that could not be read to their end, with why. */
  private readonly broken = new Map<string, string>();

  /** @param files undefined where they are to be left out */
  constructor(
    private readonly named: readonly NamedEvidence[],
    private readonly files: Pick<EvidenceStore, 'open'> | undefined,
  ) {
    this.byPath = new Map(named.map((one) => [evidenceMember(one.sha256), one]));
    if (files && named.length > MAX_FILES)
      throw new BackupError(
        'file',
        `Entries name ${named.length} evidence files, and one backup holds at most ${MAX_FILES}: add --no-evidence, and copy their folder by itself.`,
      );
  }

  /** Nothing that is wrong with one file ends the stream: it is in `found`. `told` hears how many bytes there are so far. */
  async *members(told: (sha256: string, bytes: number) => void): AsyncGenerator<ZipMember> {
    for (const one of this.named) {
      if (!this.files) {
        this.found.push({ ...one, state: 'left out' });
        continue;
      }
      told(one.sha256, this.bytes);
      const opened = await open(this.files, one.sha256);
      if (typeof opened === 'string') this.found.push({ ...one, state: 'missing', error: opened });
      else if (!opened) this.found.push({ ...one, state: 'missing' });
      else yield { path: evidenceMember(one.sha256), data: this.contentOf(one.sha256, opened) };
    }
  }

  /** To be called with each member of the backup that was written. */
  written(path: string, bytes: number, sha256: string): void {
    const one = this.byPath.get(path);
    if (!one) return;
    this.bytes += bytes;
    const error = this.broken.get(one.sha256);
    if (error === undefined && sha256 === one.sha256) this.found.push({ ...one, state: 'included', bytes });
    else
      this.found.push({
        ...{ ...one, state: 'damaged', bytes, found: sha256 },
        ...(error === undefined ? {} : { error }),
      });
  }

  private async *contentOf(sha256: string, file: StoredFile): AsyncGenerator<Uint8Array> {
    try {
      yield* file.read();
    } catch (error) {
      this.broken.set(sha256, codeOf(error) ?? String(error));
    } finally {
      await file.close();
    }
  }
}

/** The file; undefined where there is none, and a word where it may not be read. */
async function open(
  files: Pick<EvidenceStore, 'open'>,
  sha256: string,
): Promise<StoredFile | string | undefined> {
  try {
    return await files.open(sha256);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return code;
  }
}
