/** Where the tree of a restored database stands, by itself and against what was signed last. */
import { parseCheckpoint, parseNote } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { selfCheck, type SignerMemory } from '@cordon/runtime';
import { openStore } from '@cordon/store';

export interface Standing {
  /** Whether entries, tree and incidents agree with each other. */
  readonly sound: boolean;
  /** What was found where they do not, or do not go on from what was signed. */
  readonly fault?: string;
  readonly origin: string;
  readonly size: number;
  readonly signed: Signed;
}

export type Signed =
  /** `keys/log.checkpoint` is not there. */
  | { readonly state: 'unknown' }
  /** The tree goes on from it. */
  | { readonly state: 'agrees'; readonly size: number }
  /** More was signed than there is: the server refuses to start. */
  | { readonly state: 'older'; readonly origin: string; readonly size: number }
  /** Of another log, or another history: the server refuses to start. */
  | { readonly state: 'differs'; readonly origin: string; readonly size: number };

const NOTHING: SignerMemory = { last: async () => undefined, remember: async () => undefined };

/** Every entry is looked at. Rejects only where the database or the memory cannot be read. */
export async function standingOf(
  url: string,
  memory: Pick<SignerMemory, 'last'>,
  told?: (what: 'entries' | 'incidents', done: number) => void,
): Promise<Standing> {
  const store = await openStore({ url, applicationName: 'cordon restore' });
  try {
    const head = { origin: store.logName, size: 0 };
    try {
      const { origin, size } = await store.log.head();
      Object.assign(head, { origin, size });
      const options = { store: store.log, vkeys: [], newest: Infinity };
      await selfCheck({ ...options, memory: NOTHING, ...(told ? { told } : {}) });
    } catch (error) {
      return { ...head, sound: false, fault: faultOf(error), signed: { state: 'unknown' } };
    }
    return { ...head, sound: true, ...(await againstMemory(store.log, head.size, memory)) };
  } finally {
    await store.close();
  }
}

async function againstMemory(
  store: Parameters<typeof selfCheck>[0]['store'],
  size: number,
  memory: Pick<SignerMemory, 'last'>,
): Promise<Pick<Standing, 'signed' | 'fault'>> {
  const note = await memory.last();
  if (note === undefined) return { signed: { state: 'unknown' } };
  const signed = parseCheckpoint(parseNote(note).text);
  const said = { origin: signed.origin, size: signed.size };
  try {
    await selfCheck({
      ...{ store, vkeys: [], newest: 0 },
      memory: { ...NOTHING, last: async () => note },
    });
    return { signed: { state: 'agrees', size: signed.size } };
  } catch (error) {
    const fault = faultOf(error);
    const { origin } = await store.head();
    const state = signed.origin === origin && signed.size > size ? 'older' : 'differs';
    return { fault, signed: { state, ...said } };
  }
}

function faultOf(error: unknown): string {
  if (error instanceof TamperError) return error.message;
  throw error;
}
