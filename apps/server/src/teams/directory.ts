import type { Actor } from '@cordon/engine';
import { fromIso, invariant, type EpochMs } from '@cordon/kernel';
import type { Cordon } from '@cordon/runtime';
import { ProblemError, say } from '../http/problem-error.js';
import { invalidRequest } from '../http/schema-pipe.js';

export interface Somebody {
  readonly id: string;
  readonly name?: string;
}

/** Looks up all the ids at once; the returned function shows a person with the name that it has now. */
export async function namesOf(
  cordon: Cordon,
  ids: Iterable<string | undefined>,
): Promise<(id: string) => Somebody> {
  const wanted = [...new Set([...ids].filter((id) => id !== undefined))];
  const people = new Map((await cordon.people(wanted)).map(({ id, name }) => [id, name]));
  return (id) => {
    const name = people.get(id);
    return name === undefined ? { id } : { id, name };
  };
}

/** Ids of the people that are meant, in the same order; throws 422 for the first who does not exist. */
export async function peopleMeant(
  cordon: Cordon,
  texts: readonly string[],
  pointerOf: (i: number) => string,
): Promise<readonly string[]> {
  return Promise.all(
    texts.map(async (text, i) => {
      const person = await cordon.personMeant(text);
      if (person) return person.id;
      throw invalidRequest([
        { pointer: pointerOf(i), message: 'must be the id or the unique name of an active person' },
      ]);
    }),
  );
}

export interface Times {
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
}

/** Instants that the contract has checked; throws 422 when the end does not come after the beginning. */
export function timesOf(
  given: { startsAt?: string | undefined; endsAt?: string | undefined },
  before?: Times,
): Times {
  const startsAt = given.startsAt === undefined ? before?.startsAt : fromIso(given.startsAt);
  const endsAt = given.endsAt === undefined ? before?.endsAt : fromIso(given.endsAt);
  invariant(startsAt !== undefined && endsAt !== undefined, 'the contract asks for both times');
  if (endsAt > startsAt) return { startsAt, endsAt };
  throw invalidRequest([{ pointer: '/endsAt', message: 'must lie after startsAt' }]);
}

export function leads({ roles }: Actor): boolean {
  return roles.includes('administrator') || roles.includes('coordinator');
}

export function notThere(): ProblemError {
  return new ProblemError('not_found', say('There is nothing with this id.', '沒有這個識別碼的項目。'));
}
