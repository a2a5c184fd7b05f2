import type { Runtime } from './create-cordon.js';
import type { ClaimedTimer, WorkStore } from './ports.js';

/** Timers taken at once, and how long they are this worker's alone. */
const CLAIM = 100;
const LEASE_MS = 30_000;

/**
 * Brings every due timer to its incident, once: the transition that applies it deletes it, and a second delivery meets
 * the same key. Returns how many were taken; call again at once when that is a full claim.
 */
export async function fireDueTimers(
  store: WorkStore,
  cordon: Pick<Runtime, 'submitSystemEvent'>,
): Promise<{ readonly taken: number; readonly full: boolean }> {
  const claimed = await store.claimTimers(CLAIM, LEASE_MS);
  const results = await Promise.allSettled(claimed.map((timer) => fire(store, cordon, timer)));
  const failed = results.find((result) => result.status === 'rejected');
  // A timer that could not be brought stays leased and comes up again when the lease ends.
  if (failed) throw failed.reason;
  return { taken: claimed.length, full: claimed.length === CLAIM };
}

async function fire(
  store: WorkStore,
  cordon: Pick<Runtime, 'submitSystemEvent'>,
  timer: ClaimedTimer,
): Promise<void> {
  const verdict = await cordon.submitSystemEvent(timer.incidentId, {
    key: `timer:${timer.id}@${timer.fireAt}`,
    type: 'timer.fired',
    data: { timer: timer.id, fireAt: timer.fireAt },
    silent: true,
  });
  if (verdict !== 'done') await store.dropTimer(timer);
}
