import type { Clock } from '@cordon/kernel';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createCordon, DeploymentJournal, type Runtime } from '@cordon/runtime';
import type { Store } from '@cordon/store';

/** The use cases over this store. */
export function assembleCordon(store: Store, clock: Clock): Runtime {
  return createCordon({ store, vault: store.vault, log: store.logName, clock });
}

/** The deployment's own history, over this store. */
export function openJournal(store: Store, clock: Clock): DeploymentJournal {
  const salt = (): string => randomBytes(16).toString('base64url');
  return new DeploymentJournal({ store: store.journal, log: store.logName, clock, salt, pause });
}
