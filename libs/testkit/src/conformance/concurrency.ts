import { describe, expect, test } from '@jest/globals';
import type { IncidentId, IncidentWrite } from '@cordon/runtime';
import { anEntry, aWrite, bytes } from '../builders.js';
import type { Stores } from '../stores.js';
import { Bench, hex, type MakeStore } from './setup.js';

const INCIDENTS = 20;
const WRITERS = 200;

/** Loads the incidents, writes to all of them in one batch, and does the ones that were stale again until none is. */
async function writeUntilDone(store: Stores, ids: readonly IncidentId[], text: string): Promise<void> {
  let left = ids;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt > WRITERS * 2) throw new Error(`a writer got nowhere in ${attempt} attempts`);
    const { incidents } = await store.load(left, []);
    const writes: IncidentWrite[] = incidents.map((incident) => {
      const leaf = bytes(`${text} on ${incident.id}`);
      const { seq, revision, head: prev } = incident;
      return aWrite(incident, { entries: [anEntry({ seq: seq + 1, revision: revision + 1, prev, leaf })] });
    });
    const committed = await store.commit(writes);
    left = left.filter((id) => !committed.has(id));
  }
}

export function concurrencyConformance(makeStore: MakeStore): void {
  describe('many writers at once', () => {
    const bench = new Bench(makeStore);

    /** Every writer's every entry is there once, seq has no gaps, and each prev is the hash before it. */
    async function expectWhole(
      ids: readonly IncidentId[],
      expected: ReadonlyMap<IncidentId, string[]>,
    ): Promise<void> {
      for (const id of ids) {
        const entries = await bench.store.entries(id, 0, WRITERS + 1);
        expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
        expect(entries.slice(1).map(({ prev }) => hex(prev))).toEqual(
          entries.slice(0, -1).map(({ hash }) => hex(hash)),
        );
        const texts = entries.slice(1).map(({ leaf }) => Buffer.from(leaf).toString());
        expect(texts.sort()).toEqual((expected.get(id) ?? []).sort());
        const { seq, revision, head } = await bench.read(id);
        expect({ seq, revision, head: hex(head) }).toEqual({
          seq: entries.length,
          revision: entries.length,
          head: hex(entries.at(-1)?.hash ?? new Uint8Array()),
        });
      }
    }

    test(`${WRITERS} from two stores on ${INCIDENTS} incidents: no gap, no broken chain, no lost write`, async () => {
      const stores = [bench.store, await bench.underTest.another()];
      const ids: IncidentId[] = [];
      for (let i = 0; i < INCIDENTS; i += 1) ids.push((await bench.open()).id);
      const expected = new Map<IncidentId, string[]>(ids.map((id) => [id, []]));
      await Promise.all(
        Array.from({ length: WRITERS }, async (_, i) => {
          const id = ids[i % INCIDENTS] as IncidentId;
          expected.get(id)?.push(`writer ${i} on ${id}`);
          await writeUntilDone(stores[i % 2] as Stores, [id], `writer ${i}`);
        }),
      );
      await expectWhole(ids, expected);
    });

    test('batches that overlap in every order neither lock each other up nor lose a write', async () => {
      const stores = [bench.store, await bench.underTest.another()];
      const ids: IncidentId[] = [];
      for (let i = 0; i < 5; i += 1) ids.push((await bench.open()).id);
      const expected = new Map<IncidentId, string[]>(ids.map((id) => [id, []]));
      await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const batch = ids.map((_id, k) => ids[(k * (1 + (i % 4)) + i) % 5] as IncidentId);
          for (const id of batch) expected.get(id)?.push(`batch ${i} on ${id}`);
          await writeUntilDone(stores[i % 2] as Stores, batch, `batch ${i}`);
        }),
      );
      await expectWhole(ids, expected);
    });
  });
}
