/** What everything outside the log's own machinery may ask of it. */
import type { LogKey, StoredCheckpoint } from './ports.js';

export interface LogService {
  /** The newest signed note, cosignatures among it; undefined before the first. One read. */
  checkpoint(): Promise<string | undefined>;
  /** Keys that sign checkpoints now, each as a C2SP vkey. Two while one takes the place of another. */
  vkeys(): Promise<readonly string[]>;
  /**
   * The first checkpoint that covers an entry of the deployment's own history, by its `seq` there: asks for one, and waits
   * until there is. Undefined when none comes in time; nothing is lost then, and asking again is right. Rejects with a
   * TamperError when this process knows that the log does not verify.
   */
  covering(journalSeq: number, timeoutMs: number): Promise<StoredCheckpoint | undefined>;
  /** The key that signs bundles. It is announced in the journal before it is handed out for the first time. */
  bundleKey(): Promise<LogKey>;
}
