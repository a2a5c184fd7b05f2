import type { Clock } from '@cordon/kernel';
import { createCordon, type Runtime } from '@cordon/runtime';
import type { Store } from '@cordon/store';

/** Name of the log in every audit entry. It must never change for a database. */
const LOG_NAME = 'cordon';

/** The use cases over this store. */
export function assembleCordon(store: Store, clock: Clock): Runtime {
  return createCordon({ store, log: LOG_NAME, clock });
}
