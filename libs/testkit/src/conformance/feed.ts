import { describe, expect, test } from '@jest/globals';
import type { IncidentId } from '@cordon/runtime';
import { anEntry, aWrite, noon } from '../builders.js';
import { Bench, type MakeStore } from './setup.js';

export function feedConformance(makeStore: MakeStore): void {
  describe('the feed', () => {
    const bench = new Bench(makeStore);
    const feed = () => bench.store.feed;

    test('holds every entry of every incident once, by rising number, in the order of each incident', async () => {
      const start = await feed().newest();
      let first = await bench.open();
      const second = await bench.open();
      first = await bench.commit(
        aWrite(first, {
          entries: [2, 3].map((seq) => anEntry({ seq, revision: 2, prev: first.head })),
          revision: 2,
        }),
      );
      await bench.commit(aWrite(second));
      const rows = await feed().read(start, 100);
      expect(rows.map(({ incidentId, leaf }) => [incidentId, seqOf(leaf)])).toEqual([
        [first.id, 1],
        [second.id, 1],
        [first.id, 2],
        [first.id, 3],
        [second.id, 2],
      ]);
      const ids = rows.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      expect(await feed().newest()).toBe(ids.at(-1));
    });

    test('is read in pages, from one number up to another', async () => {
      const start = await feed().newest();
      let incident = await bench.open();
      for (let i = 0; i < 4; i += 1) incident = await bench.commit(aWrite(incident));
      const all = (await feed().read(start, 100)).map(({ id }) => id);
      expect(all).toHaveLength(5);
      const page = (await feed().read(start, 2)).map(({ id }) => id);
      expect(page).toEqual(all.slice(0, 2));
      expect((await feed().read(page[1] ?? 0, 100, all[3])).map(({ id }) => id)).toEqual(all.slice(2, 4));
      expect(await feed().read(all[4] ?? 0, 100)).toEqual([]);
    });

    test('says of each entry who may see its incident now, not when it was written', async () => {
      const start = await feed().newest();
      const listing = { status: 'open', phases: [], awareAt: noon } as const;
      const incident = await bench.open({ listing: { ...listing, tlp: 'amber', members: ['opener'] } });
      const seen = async () => (await feed().read(start, 9)).map(({ visibility }) => visibility);
      expect(await seen()).toEqual([{ tlp: 'amber', members: ['opener'] }]);
      const later = { ...listing, tlp: 'red', members: ['opener', 'other'] } as const;
      await bench.commit(aWrite(incident, { listing: later }));
      expect(await seen()).toEqual(
        Array.from({ length: 2 }, () => ({ tlp: 'red', members: ['opener', 'other'] })),
      );
    });

    test('has no writers when nothing is being written, and a refused write leaves no entry', async () => {
      const incident = await bench.open();
      const newest = await feed().newest();
      expect((await bench.store.commit([aWrite({ ...incident, seq: 9 })])).size).toBe(0);
      expect((await bench.store.commit([aWrite({ ...incident, id: 999_999 as IncidentId })])).size).toBe(0);
      expect(await feed().newest()).toBe(newest);
      expect(await feed().writers()).toEqual(new Set());
    });
  });
}

function seqOf(leaf: Uint8Array): number {
  return (JSON.parse(Buffer.from(leaf).toString('utf8')) as { readonly seq: number }).seq;
}
