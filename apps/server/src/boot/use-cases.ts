import type { Clock } from '@cordon/kernel';
import { createCordon, type Runtime } from '@cordon/runtime';
import type { Store } from '@cordon/store';

/** The use cases over this store. */
export function assembleCordon(store: Store, clock: Clock): Runtime {
  return createCordon({ store, log: store.logName, clock });
}
