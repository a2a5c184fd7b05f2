/** From what a provider says of somebody to a person of ours, with the roles of their groups. */
import { randomUUID } from 'node:crypto';
import type { Role } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import {
  sealProfile,
  type Journal,
  type PeopleStore,
  type Profile,
  type StoredPerson,
  type Vault,
} from '@cordon/runtime';

export interface Newcomer {
  readonly issuer: string;
  /** Keyed hash of who it is at the issuer. */
  readonly subjectHash: Uint8Array;
  readonly profile: Profile;
  /** What the groups give; empty where they give nothing. */
  readonly roles: readonly Role[];
}

export type Admission =
  | { readonly outcome: 'admitted'; readonly actor: Actor }
  /** `no_role`: no group of theirs is mapped. `disabled`: somebody has shut them out. */
  | { readonly outcome: 'refused'; readonly code: 'no_role' | 'disabled' };

export interface AdmissionDependencies {
  readonly people: PeopleStore;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Ends every session of a person. */
  readonly endAll: (personId: string) => Promise<unknown>;
}

/** Who acts where a provider says who somebody is. */
export const cordon: Actor = { type: 'system', id: 'cordon', roles: [] };

/**
 * Finds or makes the person and sets the roles anew. Whoever has lost every role loses what is still open from earlier
 * sign-ins too. Refusals and changes of roles are in the journal when this resolves.
 */
export async function admit(deps: AdmissionDependencies, newcomer: Newcomer): Promise<Admission> {
  const { people, journal } = deps;
  const known = await people.persons.byIdentity(newcomer.issuer, newcomer.subjectHash);
  const refuse = async (code: 'no_role' | 'disabled'): Promise<Admission> => {
    const who = known ? { subject: known.id } : {};
    await journal.record({
      actor: cordon,
      type: 'session.start',
      ...who,
      data: { method: 'oidc' },
      refused: code,
    });
    return { outcome: 'refused', code };
  };
  if (known?.disabledAt !== undefined) return refuse('disabled');
  if (newcomer.roles.length === 0) {
    if (known) {
      await setRoles(deps, known, []);
      await deps.endAll(known.id);
    }
    return refuse('no_role');
  }
  const person = known ?? (await make(deps, newcomer));
  await setRoles(deps, person, newcomer.roles);
  if (known) await renew(deps, known, newcomer.profile);
  return { outcome: 'admitted', actor: { type: 'person', id: person.id, roles: newcomer.roles } };
}

/** A person without roles yet. Of two sign-ins at once that make the same person one comes first, and both get theirs. */
async function make(deps: AdmissionDependencies, newcomer: Newcomer): Promise<StoredPerson> {
  const { people, vault, clock, journal } = deps;
  const { issuer, subjectHash, profile } = newcomer;
  const [id, createdAt] = [randomUUID(), clock.now()];
  const person = { id, roles: [], profile: await sealProfile(vault, id, profile), createdAt };
  await people.persons.add(person);
  if ((await people.persons.link({ issuer, subjectHash, personId: id, createdAt })) === 'taken') {
    await people.persons.erase(id, createdAt);
    await vault.erase(id);
    const first = await people.persons.byIdentity(issuer, subjectHash);
    if (!first) throw new Error('an identity is taken, and by nobody');
    return first;
  }
  await journal.record({ actor: cordon, type: 'person.add', subject: id, data: { method: 'oidc' } });
  return person;
}

async function setRoles(
  { people, journal }: AdmissionDependencies,
  { id, roles: before }: StoredPerson,
  after: readonly Role[],
): Promise<void> {
  if (before.length === after.length && after.every((role) => before.includes(role))) return;
  const data = { from: [...before], to: [...after], method: 'oidc' };
  // First: what changes without being on record is worse than what is on record twice.
  await journal.record({ actor: cordon, type: 'person.roles', subject: id, data });
  await people.persons.change(id, { roles: after });
}

/** Names and addresses change at the provider. */
async function renew(
  { people, vault }: AdmissionDependencies,
  { id }: StoredPerson,
  profile: Profile,
): Promise<void> {
  await people.persons.change(id, { profile: await sealProfile(vault, id, profile) });
}
