/** Somebody signs while the work goes on: the server that leads the log, or, where none does, this process. */
import { setTimeout as pause } from 'node:timers/promises';
import { LogKeeper, type KeeperOptions } from '@cordon/runtime';

export type SigningParts = Pick<KeeperOptions, 'store' | 'journal' | 'keys' | 'memory' | 'clock'>;

/** A hint wakes nobody here: so often it is looked whether something is asked for. */
const TURN_MS = 50;

/** Rejects with what the work rejects with, or with what kept this process from signing. */
export async function whileSigned<T>(parts: SigningParts, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const leading = lead(parts, over.signal);
  const hindered = new Promise<never>((_, reject) => void leading.catch(reject));
  try {
    const result = await Promise.race([work(), hindered]);
    over.abort();
    await leading;
    return result;
  } finally {
    over.abort();
    // What it failed with was thrown above.
    await leading.catch(() => undefined);
  }
}

async function lead(parts: SigningParts, over: AbortSignal): Promise<void> {
  let hindrance: { readonly error: unknown } | undefined;
  const failed = (_what: string, error: unknown): void => void (hindrance ??= { error });
  const keeper = new LogKeeper({ ...parts, failed });
  const asked = await parts.store.onAsked(() => keeper.ask());
  const keep = async (lost: AbortSignal): Promise<void> => {
    await keeper.begin();
    while (!over.aborted) {
      lost.throwIfAborted();
      const idle = await keeper.turn();
      if (hindrance) throw hindrance.error;
      if (idle > 0) await pause(Math.min(idle, TURN_MS));
    }
    await keeper.finish();
    if (hindrance) throw hindrance.error;
  };
  try {
    // A server that stops meanwhile leaves the lead to us.
    while (!over.aborted && !(await parts.store.lead(keep))) await pause(TURN_MS * 10);
  } finally {
    await asked.stop();
  }
}
