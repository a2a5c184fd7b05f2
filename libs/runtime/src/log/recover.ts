/** A new tree over the entries that are left, and an entry that says what was lost: docs/audit.md section 7. */
import { commitmentTo, isOpen, parseCheckpoint, parseNote, readLeaf } from '@cordon/audit';
import { OperationalError, TamperError } from '@cordon/kernel';
import { keptOpenings } from '../entries.js';
import type { Journal } from '../journal.js';
import type { LogEntry, LogStore, SignerMemory } from './ports.js';
import { Sequencer } from './sequencer.js';

export interface RecoverOptions {
  readonly store: LogStore;
  readonly journal: Journal;
  readonly memory: Pick<SignerMemory, 'last'>;
  /** Name of the deployment's log, which is the origin of its first tree. */
  readonly log: string;
  /** Gives the old key and what was signed last another name, so that the new tree begins with a new key. May be done twice. */
  readonly moveAside: (suffix: string) => Promise<void>;
  /** Hears how many entries are in the new tree. */
  readonly told?: (entries: number) => void;
}

export interface Recovery {
  readonly previousOrigin: string;
  readonly origin: string;
  /** Entries that are left. */
  readonly size: number;
  /** How many were signed under the old origin; undefined where nothing was. */
  readonly signed: number | undefined;
}

/** What there is to recover: the origin that is given up, and whether an earlier attempt was cut short after it. Rejects with a TamperError for another deployment's database. */
export async function recoverable({
  store,
  memory,
  log,
}: Pick<RecoverOptions, 'store' | 'memory' | 'log'>): Promise<{
  readonly previousOrigin: string;
  readonly begun: boolean;
}> {
  const { epoch, origin } = await store.head();
  const note = await memory.last();
  const before = originOf(log, epoch - 1);
  const signed = note === undefined ? undefined : checkpointOf(note).origin;
  const begun = epoch > 1 && signed === before;
  if (signed !== undefined && signed !== origin && !begun)
    throw new TamperError(
      `The last checkpoint signed here is of the log ${signed}, and this database holds ${origin}: it belongs to another deployment. Check DATABASE_URL and CORDON_DATA_DIR`,
    );
  return { previousOrigin: begun ? before : origin, begun };
}

/**
 * While no server runs. Each step may be cut short: what follows from it is found and finished by doing it again. The
 * order: the new epoch; what is left, into its tree; the entry that quotes what was signed last; then the old key and what
 * it signed are put aside.
 */
export async function recover(options: RecoverOptions): Promise<Recovery> {
  const { store, journal, memory, log, moveAside, told } = options;
  const { previousOrigin, begun } = await recoverable(options);
  const before = await store.head();
  const epoch = begun ? before.epoch : before.epoch + 1;
  const origin = originOf(log, epoch);
  const checkpoint = (await memory.last()) ?? (begun ? undefined : (await store.checkpoint())?.note) ?? '';
  if (!begun && !(await store.beginEpoch(before.epoch, origin)))
    throw new OperationalError('Another process has recovered the log meanwhile: look again.', true);
  const sequencer = new Sequencer(store);
  await catchUp(sequencer, store, told);
  const said = (await store.journalEntries(['log.recover']))
    .map(recoveryOf)
    .find((one) => one.origin === origin);
  const size = said?.size ?? (await store.head()).size;
  if (!said) {
    const data = { origin, previousOrigin, checkpoint, size };
    await journal.record({ actor: { type: 'system', id: 'cordon', roles: [] }, type: 'log.recover', data });
    await catchUp(sequencer, store, told);
  }
  await moveAside(`r${epoch - 1}`);
  const signed = checkpoint === '' ? undefined : checkpointOf(checkpoint).size;
  return { previousOrigin, origin, size, signed };
}

/** The origin of the n-th tree of a log. */
function originOf(log: string, epoch: number): string {
  return epoch === 1 ? log : `${log}/r${epoch}`;
}

function checkpointOf(note: string) {
  return parseCheckpoint(parseNote(note).text);
}

function recoveryOf(entry: LogEntry): { readonly origin: unknown; readonly size: number } {
  const { sd = [] } = readLeaf(entry.leaf);
  const open = keptOpenings(entry).filter(isOpen);
  const value = (key: string): unknown =>
    open.find((opening) => opening.key === key && sd.includes(commitmentTo(opening)))?.value;
  return { origin: value('data.origin'), size: Number(value('data.size')) };
}

async function catchUp(sequencer: Sequencer, store: LogStore, told: RecoverOptions['told']): Promise<void> {
  for (let more = true; more;) {
    const turn = await sequencer.turn();
    more = turn.more || turn.added > 0;
    if (turn.added > 0) told?.((await store.head()).size);
  }
}
