import { expect, test } from '@jest/globals';
import { MemoryVault } from '@cordon/testkit';
import type { PersonStore, StoredPerson } from './people-ports.js';
import { openProfile, People, sealProfile } from './people.js';
import type { StoredToken, TokenStore } from './ports.js';
import type { Vault } from './vault.js';

const ANN: StoredToken = { id: 'ann', name: 'Ann', roles: ['responder'], createdAt: 0 };
const MEI: StoredPerson = { id: 'mei', roles: ['approver'], profile: '{"name":"Mei"}', createdAt: 0 };

/** People over two lists, and a vault whose seal is the text itself until the person is erased. */
function setup(persons: readonly StoredPerson[] = [MEI], tokens: readonly StoredToken[] = [ANN]) {
  const asked: string[][] = [];
  const erased = new Set<string>();
  let failure: Error | undefined;
  const clock = { at: 1_000, now: () => clock.at };
  const byIds = async (ids: readonly string[]): Promise<readonly StoredToken[]> => {
    asked.push([...ids]);
    if (failure) throw failure;
    return tokens.filter(({ id }) => ids.includes(id));
  };
  const people = new People({
    tokens: { byIds, list: async () => tokens } as unknown as TokenStore,
    persons: {
      byIds: async (ids: readonly string[]) => persons.filter(({ id }) => ids.includes(id)),
      list: async () => persons,
    } as unknown as PersonStore,
    vault: {
      open: async (subject: string, sealed: string) => (erased.has(subject) ? undefined : sealed),
    } as unknown as Vault,
    clock,
  });
  return { people, asked, clock, erased, failWith: (error: Error | undefined) => void (failure = error) };
}

test('whoever asks while a name is being looked up gets the name too', async () => {
  const { people } = setup();
  const [first, second] = await Promise.all([people.names(['ann']), people.names(['ann'])]);
  expect([first('ann'), second('ann')]).toEqual(['Ann', 'Ann']);
});

test('a lookup that failed is not remembered as nobody', async () => {
  const { people, failWith } = setup();
  failWith(new Error('no connection'));
  await expect(people.names(['ann'])).rejects.toThrow('no connection');
  failWith(undefined);
  expect((await people.names(['ann']))('ann')).toBe('Ann');
});

test('people and tokens have names; that there is nobody is looked up once', async () => {
  const { people, asked } = setup();
  for (let i = 0; i < 3; i += 1) {
    const name = await people.names(['ann', 'mei', 'nobody', '']);
    expect(['ann', 'mei', 'nobody', ''].map(name)).toEqual(['Ann', 'Mei', undefined, undefined]);
  }
  expect(asked).toEqual([['ann', 'mei', 'nobody']]);
});

test('the name of somebody who was erased is gone after five seconds, without being told', async () => {
  const { people, clock, erased } = setup();
  await people.names(['mei']);
  erased.add('mei');
  clock.at += 4_999;
  expect((await people.names(['mei']))('mei')).toBe('Mei');
  clock.at += 1;
  expect((await people.names(['mei']))('mei')).toBe('erased person');
});

test('the name of somebody who was erased is gone at once where it was told', async () => {
  const { people, erased } = setup();
  await people.names(['mei']);
  erased.add('mei');
  people.forget();
  expect((await people.names(['mei']))('mei')).toBe('erased person');
});

test('an answer that was on its way while it was told to forget is not remembered', async () => {
  const { people, erased } = setup();
  const early = people.names(['mei']);
  people.forget();
  erased.add('mei');
  await early;
  expect((await people.names(['mei']))('mei')).toBe('erased person');
});

test('an event may name people by id or by a name that is unique among those who can act', async () => {
  const gone: StoredPerson = { ...MEI, id: 'gone', disabledAt: 5 };
  const revoked: StoredToken = { ...ANN, id: 'old', revokedAt: 5 };
  const { people } = setup([MEI, gone], [ANN, revoked]);
  expect(await people.resolve('mei', 10)).toEqual({ id: 'mei', name: 'Mei', roles: ['approver'] });
  expect((await people.resolve('Mei', 10))?.id).toBe('mei');
  expect((await people.resolve('Ann', 10))?.id).toBe('ann');
  for (const nobody of ['gone', 'old', 'Nobody', ''])
    expect(await people.resolve(nobody, 10)).toBeUndefined();
  const twins = setup([MEI, { ...MEI, id: 'mei-2' }]);
  expect(await twins.people.resolve('Mei', 10)).toBeUndefined();
});

test('a person who was erased has the name of nobody, and is found by nothing', async () => {
  const { profile: _, ...rest } = MEI;
  const { people } = setup([{ ...rest, erasedAt: 5 }]);
  expect(await people.find(['mei'])).toEqual([{ id: 'mei', name: 'erased person', roles: ['approver'] }]);
  expect(await people.find(['mei'], 'zh-Hant')).toMatchObject([{ name: '已刪除的人士' }]);
  expect(await people.resolve('mei', 10)).toBeUndefined();
});

test('a profile comes back with what it has, and not once the person was erased', async () => {
  const vault = new MemoryVault();
  for (const profile of [{ name: 'Mei', email: 'mei@example.org' }, { name: 'Mei' }]) {
    const sealed = await sealProfile(vault, 'mei', profile);
    expect(sealed).not.toContain('Mei');
    expect(await openProfile(vault, { id: 'mei', profile: sealed })).toEqual(profile);
  }
  const sealed = await sealProfile(vault, 'mei', { name: 'Mei' });
  await vault.erase('mei');
  expect(await openProfile(vault, { id: 'mei', profile: sealed })).toBeUndefined();
  expect(await openProfile(vault, { id: 'mei' })).toBeUndefined();
});
