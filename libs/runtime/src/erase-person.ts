/**
 * Erasing a person: nothing that names them is left, and nothing that happened is changed. Their id stays in the history
 * and stands for nobody; who destroyed what, and why, is in the journal.
 */
import type { Clock, EpochMs } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import type { HoldStore, LegalHold } from './holds.js';
import type { Journal } from './journal.js';
import type { IncidentId } from './ports.js';
import { refOf } from './views.js';

/** What stands in a view where the name of somebody stood who was erased. */
export const ERASED_PERSON: Readonly<Record<string, string>> = {
  en: 'erased person',
  'zh-Hant': '已刪除的人士',
};

export interface OpenTaskOf {
  readonly incidentId: IncidentId;
  readonly step: string;
}

/** `erased_before`: there was no key any more; whatever else was left of the person is gone now. */
export type ErasureResult = 'erased' | 'erased_before' | 'only_administrator' | 'legal_hold';

export interface ErasureStore {
  /** Which table knows the id; undefined for an id that is nobody's. */
  kindOf(id: string): Promise<'person' | 'token' | undefined>;
  /** Tasks that the person holds, in the order of incidents. */
  openTasks(id: string): Promise<readonly OpenTaskOf[]>;
  /** Whether nobody else may administer now. */
  isOnlyAdministrator(id: string, at: EpochMs): Promise<boolean>;
  /**
   * All in one: no name, login, roles, credentials or open invitations; every session ends, a token is revoked, and the
   * key is destroyed. Nothing at all where nobody else would be left to administer, also when two are erased at once, and
   * nothing where a legal hold covers something of the person.
   */
  erase(id: string, at: EpochMs): Promise<ErasureResult>;
}

export type Erasure =
  | { readonly outcome: 'erased' }
  | { readonly outcome: 'unknown_person' }
  | { readonly outcome: 'only_administrator' }
  /** Release these first, where the law lets you; what each covers. */
  | { readonly outcome: 'legal_hold'; readonly holds: readonly LegalHold[] }
  /** Hand these over first; as `INC-17/step`. */
  | { readonly outcome: 'holds_tasks'; readonly tasks: readonly string[] };

export interface ErasureDependencies {
  readonly erasures: ErasureStore;
  readonly holds: Pick<HoldStore, 'covering'>;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Forgets the names that this process remembers. */
  readonly forgetNames: () => void;
}

/**
 * Erases the person or the token of this id. May be called again: after a crash the second call does the rest. The
 * journal's entry comes first, so that a value that is withheld is never without the entry that says why; a crash between
 * the two leaves an entry, nothing withheld, and a second call that finishes. Refusals are in the journal too.
 */
export async function erasePerson(
  { erasures, holds, journal, clock, forgetNames }: ErasureDependencies,
  id: string,
  reason: string,
  actor: Actor,
): Promise<Erasure> {
  if ((await erasures.kindOf(id)) === undefined) return { outcome: 'unknown_person' };
  const event = { actor, type: 'person.erase', subject: id };
  const tasks = await erasures.openTasks(id);
  if (tasks.length > 0) {
    await journal.record({ ...event, refused: 'holds_tasks' });
    return { outcome: 'holds_tasks', tasks: tasks.map((task) => `${refOf(task.incidentId)}/${task.step}`) };
  }
  let result: ErasureResult | undefined;
  if (await erasures.isOnlyAdministrator(id, clock.now())) result = 'only_administrator';
  else if ((await holds.covering(id)).length > 0) result = 'legal_hold';
  else {
    await journal.record({ ...event, data: { reason } });
    // The other administrator may have gone meanwhile, or a hold may have been placed.
    result = await erasures.erase(id, clock.now());
    forgetNames();
  }
  if (result === 'erased' || result === 'erased_before') return { outcome: 'erased' };
  await journal.record({ ...event, refused: result });
  return result === 'legal_hold'
    ? { outcome: 'legal_hold', holds: await holds.covering(id) }
    : { outcome: 'only_administrator' };
}
