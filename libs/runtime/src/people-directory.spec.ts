import { expect, test } from '@jest/globals';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { People } from './people.js';
import { PeopleDirectory } from './people-directory.js';

async function setup() {
  const clock = new SimulatedClock(Date.parse('2026-03-24T03:00:00Z'));
  const store = new MemoryStore({ clock });
  const add = (id: string, more: object = {}) =>
    store.tokens.add({
      ...{ id, name: `Name of ${id}`, roles: ['responder'], createdAt: 0, hash: Buffer.from(id.padEnd(32)) },
      ...more,
    });
  const people = new People({ tokens: store.tokens, clock });
  return { clock, store, add, directory: new PeopleDirectory({ tokens: store.tokens, people, clock }) };
}

test('everybody who has the role is named, and nobody who has lost the right to act', async () => {
  const { add, directory, clock } = await setup();
  await add('ann');
  await add('bob', { roles: ['approver', 'responder'] });
  await add('gone', { revokedAt: 1 });
  await add('over', { expiresAt: clock.now() });
  await add('other', { roles: ['auditor'] });
  expect(await directory.withRole('responder')).toEqual([
    { id: 'ann', name: 'Name of ann', onDuty: false },
    { id: 'bob', name: 'Name of bob', onDuty: false },
  ]);
  expect(await directory.withRole('coordinator')).toEqual([]);
});

test('a newcomer is known after two seconds at the latest', async () => {
  const { add, directory, clock } = await setup();
  expect(await directory.withRole('responder')).toEqual([]);
  await add('ann');
  clock.advance(2_000);
  expect((await directory.withRole('responder')).map(({ id }) => id)).toEqual(['ann']);
});
