import { describe, expect, test } from '@jest/globals';
import type { IncidentId, StoredSnapshot } from '@cordon/runtime';
import { aPlaybook, aWrite, noon } from '../builders.js';
import { Bench, type MakeStore } from './setup.js';

function aSnapshot(incidentId: number, seq: number, overrides: Partial<StoredSnapshot> = {}): StoredSnapshot {
  return {
    ...{ incidentId: incidentId as IncidentId, seq, revision: seq, at: noon + seq },
    playbookDigest: aPlaybook().digest,
    state: `{"seq":${seq},"text":"Grüße 🛟 \\"quoted\\""}`,
    ...overrides,
  };
}

export function snapshotConformance(makeStore: MakeStore): void {
  describe('snapshots', () => {
    const bench = new Bench(makeStore);
    const snapshots = () => bench.store.snapshots;
    const id = 5 as IncidentId;

    test('the nearest is the newest that is not later, by seq, time or revision', async () => {
      const [first, second, third] = [
        ...[aSnapshot(5, 10), aSnapshot(5, 20, { revision: 12 }), aSnapshot(5, 30, { revision: 12 })],
      ];
      await snapshots().add([second, third, first, aSnapshot(6, 15)] as StoredSnapshot[]);
      expect(await snapshots().nearest(id, { seq: 9 })).toBeUndefined();
      expect(await snapshots().nearest(id, { seq: 10 })).toEqual(first);
      expect(await snapshots().nearest(id, { seq: 29 })).toEqual(second);
      expect(await snapshots().nearest(id, { at: noon + 9 })).toBeUndefined();
      expect(await snapshots().nearest(id, { at: noon + 20 })).toEqual(second);
      expect(await snapshots().nearest(id, { revision: 11 })).toEqual(first);
      expect(await snapshots().nearest(id, { revision: 12 })).toEqual(third);
      expect(await snapshots().nearest(7 as IncidentId, { seq: 99 })).toBeUndefined();
    });

    test('one that is there stays as it is, and the others of its batch are added', async () => {
      await snapshots().add([]);
      await snapshots().add([aSnapshot(5, 10)]);
      await snapshots().add([aSnapshot(5, 10, { state: '{}' }), aSnapshot(5, 11)]);
      expect(await snapshots().nearest(id, { seq: 10 })).toEqual(aSnapshot(5, 10));
      expect(await snapshots().nearest(id, { seq: 99 })).toEqual(aSnapshot(5, 11));
    });

    test('takes the states that incidents have now, and those only', async () => {
      const opened = await bench.open();
      const moved = await bench.commit(aWrite(await bench.open(), { state: '{"moved":true}' }));
      await snapshots().take([opened.id, moved.id, moved.id, 999_999 as IncidentId]);
      for (const { id: incidentId, seq, revision, updatedAt, playbookDigest, state } of [opened, moved]) {
        expect(await snapshots().nearest(incidentId, { seq: 99 })).toEqual({
          ...{ incidentId, seq, revision, at: updatedAt, playbookDigest, state },
        });
      }
      expect(await snapshots().nearest(999_999 as IncidentId, { seq: 99 })).toBeUndefined();
    });
  });
}
