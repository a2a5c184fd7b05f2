import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import { aPlaybook, noon, sha256 } from '../builders.js';
import { Bench, type MakeStore } from './setup.js';

export function libraryConformance(makeStore: MakeStore): void {
  describe('playbooks', () => {
    const bench = new Bench(makeStore);

    test('published once; again is known; the same version with other text is a conflict', async () => {
      const { playbooks } = bench.store;
      const next = aPlaybook({ version: '1.1.0', source: 'version: 1.1.0', publishedAt: noon + 1 });
      expect(await playbooks.publish(next)).toBe('published');
      expect(await playbooks.publish({ ...next, publishedAt: noon + 2 })).toBe('known');
      expect(await playbooks.publish(aPlaybook({ version: '1.1.0', source: 'other' }))).toBe('conflict');
      expect(await playbooks.publish({ ...next, version: '1.2.0' })).toBe('conflict');
      expect(await playbooks.byVersion('ransomware', '1.1.0')).toEqual(next);
      expect(await playbooks.byDigest(next.digest)).toEqual(next);
      expect(await playbooks.list()).toEqual([aPlaybook(), next]);
    });

    test('unknown ones are absent', async () => {
      expect(await bench.store.playbooks.byDigest('f'.repeat(64))).toBeUndefined();
      expect(await bench.store.playbooks.byVersion('ransomware', '9')).toBeUndefined();
    });

    test('many at once: one publishes', async () => {
      const playbook = aPlaybook({ version: '2.0.0', source: 'two' });
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => bench.store.playbooks.publish(playbook)),
      );
      expect(answers.sort()).toEqual([...Array.from({ length: 7 }, () => 'known'), 'published']);
    });
  });

  describe('tokens', () => {
    const bench = new Bench(makeStore);
    const ada = { id: 't-1', name: 'Ada', roles: ['admin', 'it'], createdAt: noon, hash: sha256('ada') };
    const bob = {
      id: 't-2',
      name: 'Bob',
      roles: [],
      createdAt: noon + 1,
      createdBy: 't-1',
      expiresAt: noon + 2,
    };

    test('found by hash and id, listed in the order of their making, never with the hash', async () => {
      const { tokens } = bench.store;
      await tokens.add({ ...bob, hash: sha256('bob') });
      await tokens.add(ada);
      const { hash: _, ...visible } = ada;
      expect(await tokens.byHash(sha256('ada'))).toEqual(visible);
      expect(await tokens.byHash(sha256('eve'))).toBeUndefined();
      expect(await tokens.byIds(['t-2', 't-9'])).toEqual([bob]);
      expect(await tokens.byIds([])).toEqual([]);
      expect(await tokens.list()).toEqual([visible, bob]);
    });

    test('revoking twice keeps the first time', async () => {
      const { tokens } = bench.store;
      await tokens.add(ada);
      expect(await tokens.revoke('t-1', noon + 5)).toBe(true);
      expect(await tokens.revoke('t-1', noon + 9)).toBe(true);
      expect(await tokens.revoke('t-9', noon)).toBe(false);
      expect(await tokens.byIds(['t-1'])).toMatchObject([{ revokedAt: noon + 5 }]);
    });

    test('an id or a secret is used once', async () => {
      const { tokens } = bench.store;
      await tokens.add(ada);
      await expect(tokens.add({ ...ada, hash: sha256('new') })).rejects.toThrow(InvariantError);
      await expect(tokens.add({ ...ada, id: 't-3' })).rejects.toThrow(InvariantError);
    });
  });
}
