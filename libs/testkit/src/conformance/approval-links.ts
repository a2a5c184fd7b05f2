import { describe, expect, test } from '@jest/globals';
import type { ApprovalLink, IncidentId } from '@cordon/runtime';
import { noon, sha256 } from '../builders.js';
import { Bench, type MakeStore } from './setup.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const aLink = (id: string, overrides: Partial<ApprovalLink> = {}): ApprovalLink => ({
  id,
  personId: 'ann',
  incidentId: 17 as IncidentId,
  step: 'approve@crm',
  digest: 'ab'.repeat(32),
  readyAt: noon - MINUTE,
  delivery: 'INC-17/ask:approve@crm#4',
  createdAt: noon,
  expiresAt: noon + 30 * MINUTE,
  ...overrides,
});

export function approvalLinkConformance(makeStore: MakeStore): void {
  describe('links to approvals', () => {
    const bench = new Bench(makeStore);
    const links = () => bench.store.approvalLinks;

    async function add(...made: readonly ApprovalLink[]): Promise<void> {
      const known = await bench.store.people.persons.byIds(made.map(({ personId }) => personId));
      const missing = new Set(made.map(({ personId }) => personId));
      for (const { id } of known) missing.delete(id);
      for (const id of missing) await bench.store.people.persons.add({ id, roles: [], createdAt: noon });
      for (const link of made) await links().add({ ...link, hash: sha256(link.id) });
    }

    test('a link is found by its hash, as it was made, and by nothing else', async () => {
      await add(aLink('a'));
      expect(await links().byHash(sha256('a'))).toEqual(aLink('a'));
      expect(await links().byHash(sha256('b'))).toBeUndefined();
    });

    test('a link is used once, and every other one of the person to the same approval with it', async () => {
      const others = [
        aLink('other-person', { personId: 'bob' }),
        aLink('other-step', { step: 'approve@web' }),
        aLink('other-incident', { incidentId: 18 as IncidentId }),
      ];
      await add(aLink('a'), aLink('b'), ...others);
      expect(await links().use(sha256('a'), noon + MINUTE)).toBe(true);
      expect(await links().byHash(sha256('a'))).toEqual(aLink('a', { usedAt: noon + MINUTE }));
      expect(await links().use(sha256('a'), noon + 2 * MINUTE)).toBe(false);
      expect(await links().use(sha256('b'), noon + 2 * MINUTE)).toBe(false);
      expect(await links().byHash(sha256('b'))).toMatchObject({ usedAt: noon + MINUTE });
      for (const one of others) expect(await links().use(sha256(one.id), noon + MINUTE)).toBe(true);
    });

    test('a link that has expired, or was never made, uses up nothing', async () => {
      await add(aLink('old'), aLink('new', { expiresAt: noon + 60 * MINUTE }));
      expect(await links().use(sha256('old'), noon + 30 * MINUTE)).toBe(false);
      expect(await links().use(sha256('none'), noon)).toBe(false);
      expect(await links().byHash(sha256('old'))).toEqual(aLink('old'));
      expect(await links().use(sha256('new'), noon + 30 * MINUTE)).toBe(true);
    });

    test('of many uses at the same moment, by two links of the same person, one comes through', async () => {
      await add(aLink('a'), aLink('b'));
      const stores = [bench.store, await bench.underTest.another()];
      const uses = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (stores[i % 2] ?? bench.store).approvalLinks.use(sha256(i % 3 === 0 ? 'a' : 'b'), noon),
        ),
      );
      expect(uses.filter(Boolean)).toHaveLength(1);
    });

    test('a message knows to whom it was sent; what was only made was not sent', async () => {
      await add(
        aLink('a'),
        aLink('b', { personId: 'bob' }),
        aLink('c', { personId: 'cat', delivery: 'other' }),
      );
      await links().sent('a', noon);
      await links().sent('a', noon + MINUTE);
      await links().sent('c', noon);
      expect(await links().sentTo('INC-17/ask:approve@crm#4')).toEqual(['ann']);
      expect(await links().byHash(sha256('a'))).toMatchObject({ sentAt: noon });
    });

    test('links are forgotten thirty days after they have expired, when another is made', async () => {
      await add(aLink('a'));
      const expired = noon + 30 * MINUTE;
      await add(aLink('b', { createdAt: expired + 30 * DAY, expiresAt: expired + 31 * DAY }));
      expect(await links().byHash(sha256('a'))).toBeDefined();
      await add(aLink('c', { createdAt: expired + 30 * DAY + 1, expiresAt: expired + 31 * DAY }));
      expect(await links().byHash(sha256('a'))).toBeUndefined();
      expect(await links().byHash(sha256('b'))).toBeDefined();
    });
  });
}
