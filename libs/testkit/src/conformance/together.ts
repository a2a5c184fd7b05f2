import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import { UniqueKeyError, type StoredAct } from '@cordon/runtime';
import { anEntry, aWrite, noon, sha256 } from '../builders.js';
import type { Stores } from '../stores.js';
import { Bench, plain, type MakeStore } from './setup.js';

const anAct = (overrides: Partial<StoredAct> = {}): StoredAct => ({
  actor: 'person-1',
  key: 'key-1',
  requestHash: sha256('request'),
  at: noon,
  answer: '[]',
  ...overrides,
});

export function togetherConformance(makeStore: MakeStore): void {
  describe('committing together', () => {
    const bench = new Bench(makeStore);

    test('every write goes through with its act, which can be asked for again', async () => {
      const [a, b] = [await bench.open(), await bench.open()];
      const act = anAct({ answer: '{"lines":["勒索"]}' });
      expect(await bench.store.commitTogether([aWrite(b), aWrite(a)], act)).toBe(true);
      expect([(await bench.read(a.id)).seq, (await bench.read(b.id)).seq]).toEqual([2, 2]);
      expect(plain(await bench.store.act('person-1', 'key-1'))).toEqual(plain(act));
      expect(await bench.store.act('person-1', 'other')).toBeUndefined();
      expect(await bench.store.act('person-2', 'key-1')).toBeUndefined();
    });

    test('one write that is stale: nothing of the others, and no act', async () => {
      const [a, b, c] = [await bench.open(), await bench.open(), await bench.open()];
      await bench.commit(aWrite(b));
      const loud = aWrite(a, {
        timersSet: [{ id: 't', fireAt: noon }],
        effects: [{ seq: 2, effect: { key: 'k', kind: 'action', step: 's', payload: {} } }],
      });
      expect(await bench.store.commitTogether([loud, aWrite(b), aWrite(c)], anAct())).toBe(false);
      expect([(await bench.read(a.id)).seq, (await bench.read(c.id)).seq]).toEqual([1, 1]);
      expect(await bench.store.nextTimerAt()).toBeUndefined();
      expect(await bench.store.relayOutbox(9)).toBe(0);
      expect(await bench.store.act('person-1', 'key-1')).toBeUndefined();
    });

    test('an act that is there already, and an event key that is: nothing at all', async () => {
      const key = { eventKey: 'k', requestHash: sha256('r') };
      const a = await bench.open();
      const b = await bench.commit(
        aWrite(await bench.open(), {
          entries: [anEntry({ seq: 2, revision: 2, prev: sha256('any'), ...key })],
        }),
      );
      expect(await bench.store.commitTogether([], anAct())).toBe(true);
      await expect(bench.store.commitTogether([aWrite(a)], anAct({ answer: 'another' }))).rejects.toThrow(
        UniqueKeyError,
      );
      const repeat = aWrite(b, { entries: [anEntry({ seq: 3, revision: 3, prev: b.head, ...key })] });
      await expect(bench.store.commitTogether([aWrite(a), repeat], anAct({ key: 'k2' }))).rejects.toThrow(
        UniqueKeyError,
      );
      expect((await bench.read(a.id)).seq).toBe(1);
      expect(await bench.store.act('person-1', 'k2')).toBeUndefined();
      expect((await bench.store.act('person-1', 'key-1'))?.answer).toBe('[]');
    });

    test('a row that the schema refuses takes everything with it', async () => {
      const [a, b] = [await bench.open(), await bench.open()];
      const wrong = [anEntry({ seq: 2, revision: 2, prev: a.head, hash: sha256('wrong') })];
      const writes = [aWrite(b), aWrite(a, { entries: wrong, seq: 2 })];
      await expect(bench.store.commitTogether(writes, anAct())).rejects.toThrow(InvariantError);
      await expect(bench.store.commitTogether([aWrite(a), aWrite(a)], anAct())).rejects.toThrow(
        InvariantError,
      );
      expect((await bench.read(b.id)).seq).toBe(1);
      expect(await bench.store.act('person-1', 'key-1')).toBeUndefined();
    });

    test('the same act from two stores at once happens once', async () => {
      const stores = [bench.store, await bench.underTest.another()];
      const incidents = [await bench.open(), await bench.open(), await bench.open()];
      const attempt = (store: Stores) =>
        store
          .commitTogether(
            incidents.map((one) => aWrite(one)),
            anAct(),
          )
          .catch((error: unknown) => (error instanceof UniqueKeyError ? 'known' : error));
      const outcomes = await Promise.all(stores.flatMap((store) => [attempt(store), attempt(store)]));
      expect(outcomes.filter((one) => one === true)).toHaveLength(1);
      expect(outcomes.filter((one) => one === 'known')).toHaveLength(3);
      for (const { id } of incidents) expect((await bench.read(id)).seq).toBe(2);
    });
  });
}
