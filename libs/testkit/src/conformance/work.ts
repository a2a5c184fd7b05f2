import { describe, expect, test } from '@jest/globals';
import type { Effect } from '@cordon/engine';
import { noon } from '../builders.js';
import { Bench, type MakeStore } from './setup.js';

/** Far enough ahead that no test lives to see it. */
const later = Date.now() + 86_400_000;

const effect = (key: string): Effect => ({ key, kind: 'action', step: 's', payload: { key } });

export function workConformance(makeStore: MakeStore): void {
  describe('timers', () => {
    const bench = new Bench(makeStore);

    test('only what is due is leased, the longest due first, and not again while the lease lasts', async () => {
      const { id: incidentId } = await bench.open({
        timersSet: [
          { id: 'later', fireAt: later },
          { id: 'second', fireAt: noon + 1 },
          { id: 'third', fireAt: noon + 2 },
          { id: 'first', fireAt: noon },
        ],
      });
      expect(await bench.store.claimTimers(2, 60_000)).toEqual([
        { incidentId, id: 'first', fireAt: noon },
        { incidentId, id: 'second', fireAt: noon + 1 },
      ]);
      expect(await bench.store.claimTimers(2, 60_000)).toEqual([
        { incidentId, id: 'third', fireAt: noon + 2 },
      ]);
      expect(await bench.store.claimTimers(2, 60_000)).toEqual([]);
    });

    test('a lease that has run out is given again', async () => {
      await bench.open({ timersSet: [{ id: 't', fireAt: noon }] });
      expect(await bench.store.claimTimers(1, 0)).toHaveLength(1);
      expect(await bench.store.claimTimers(1, 0)).toHaveLength(1);
    });

    test('the next timer is the first that may be claimed: a leased one counts from the end of its lease', async () => {
      expect(await bench.store.nextTimerAt()).toBeUndefined();
      await bench.open({
        timersSet: [
          { id: 'b', fireAt: later },
          { id: 'a', fireAt: noon },
        ],
      });
      expect(await bench.store.nextTimerAt()).toBe(noon);
      await bench.store.claimTimers(1, 60_000);
      const next = (await bench.store.nextTimerAt()) ?? 0;
      expect(next).toBeGreaterThan(Date.now());
      expect(next).toBeLessThan(later);
    });

    test('a timer is dropped as it was claimed, once, and not when it has moved', async () => {
      const { id: incidentId } = await bench.open({ timersSet: [{ id: 't', fireAt: noon }] });
      expect(await bench.store.dropTimer({ incidentId, id: 't', fireAt: noon + 1 })).toBe(false);
      expect(await bench.store.dropTimer({ incidentId, id: 't', fireAt: noon })).toBe(true);
      expect(await bench.store.dropTimer({ incidentId, id: 't', fireAt: noon })).toBe(false);
    });

    test('two workers share the due timers without overlap', async () => {
      const timersSet = Array.from({ length: 40 }, (_, i) => ({ id: `t${i}`, fireAt: noon + i }));
      await bench.open({ timersSet });
      const other = await bench.underTest.another();
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? bench.store : other).claimTimers(10, 60_000)),
      );
      const rest = await bench.store.claimTimers(100, 60_000);
      const ids = [...claims.flat(), ...rest].map(({ id }) => id);
      expect(ids.sort()).toEqual(timersSet.map(({ id }) => id).sort());
    });
  });

  describe('the outbox', () => {
    const bench = new Bench(makeStore);

    test('is handed to the queue in order, up to the limit, each effect once, with its incident', async () => {
      const { id: incidentId } = await bench.open({
        title: 'T',
        exercise: true,
        effects: ['a', 'b', 'c'].map((key) => ({ seq: 1, effect: effect(key) })),
      });
      expect(await bench.store.relayOutbox(2)).toBe(2);
      expect(await bench.store.relayOutbox(2)).toBe(1);
      expect(await bench.store.relayOutbox(2)).toBe(0);
      expect(await bench.underTest.queued()).toEqual(
        ['a', 'b', 'c'].map((key) => ({
          id: expect.any(String),
          incidentId,
          incidentTitle: 'T',
          tlp: 'amber',
          exercise: true,
          effect: effect(key),
        })),
      );
    });

    test('two incidents may use the same key', async () => {
      for (let i = 0; i < 2; i += 1) await bench.open({ effects: [{ seq: 1, effect: effect('same') }] });
      await bench.store.relayOutbox(9);
      expect(await bench.underTest.queued()).toHaveLength(2);
    });

    test('several relays at once hand over each effect once', async () => {
      await bench.open({
        effects: Array.from({ length: 40 }, (_, i) => ({ seq: 1, effect: effect(`k${i}`) })),
      });
      const other = await bench.underTest.another();
      await Promise.all(
        Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? bench.store : other).relayOutbox(10)),
      );
      while ((await bench.store.relayOutbox(10)) > 0);
      const keys = (await bench.underTest.queued()).map((row) => row.effect.key);
      expect(keys).toHaveLength(40);
      expect(new Set(keys).size).toBe(40);
    });
  });
}
