import { describe, expect, test } from '@jest/globals';
import { EMPTY_ROOT, Frontier } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import type { IncidentId, LogEntry, LogHead } from '@cordon/runtime';
import { aWrite, sha256 } from '../builders.js';
import { entriesAfter, nextStep, placesOf, sequenceAll, toJournal, withWrongHash } from './sequence.js';
import { Bench, hex, plain, type MakeStore } from './setup.js';

const times = (count: number, type = 'step.complete'): readonly string[] =>
  Array.from({ length: count }, () => type);

/** The head without the tree's own object. */
const numbersOf = ({ edge, ...head }: LogHead) => ({ ...head, edge: hex(edge.bytes()) });

export function logConformance(makeStore: MakeStore): void {
  describe('the log', () => {
    const bench = new Bench(makeStore);
    const log = () => bench.store.log;

    /** Two incidents and the journal, so many entries in all, mixed. */
    async function written(count: number): Promise<readonly [IncidentId, IncidentId]> {
      const one = await bench.open();
      const two = await bench.open();
      const third = Math.floor(count / 3);
      for (const [incident, part] of [
        [one, third - 1],
        [two, count - 2 * third - 1],
      ] as const) {
        const entries = entriesAfter(incident, times(part));
        const revision = incident.revision + part;
        if (part > 0) await bench.commit(aWrite(incident, { entries, revision }));
      }
      await toJournal(bench.store, times(third, 'session.start'));
      return [one.id, two.id];
    }

    async function rootOfEverything(): Promise<string> {
      const frontier = new Frontier();
      for (const { hash } of await log().read(0, 10_000)) frontier.append(hash);
      return hex(frontier.root());
    }

    test('begins with an empty tree in epoch 1 under the name of the log', async () => {
      const head = await log().head();
      expect(numbersOf(head)).toEqual({
        ...{ epoch: 1, size: 0, lastEntry: 0, edge: '' },
        origin: expect.stringMatching(/^cordon-log\//),
      });
      expect(head.edge.root()).toEqual(EMPTY_ROOT);
      expect(await log().entries(0, 10, 10)).toEqual([]);
      expect(await log().tiles(0, 0, 10)).toEqual([]);
      expect(await log().backlog(10)).toBe(0);
    });

    test('reads what is written by its number, with the type of its event, in pages', async () => {
      const start = await log().newest();
      const incident = await bench.open();
      const entries = entriesAfter(incident, ['step.complete', 'incident.close']);
      await bench.commit(aWrite(incident, { entries, revision: 3 }));
      await toJournal(bench.store, ['log.key', 'ver"y \\odd']);
      const rows = await log().read(start, 100);
      expect(rows.map(({ incidentId, seq, type }) => [incidentId, seq, type])).toEqual([
        [incident.id, 1, ''],
        [incident.id, 2, 'step.complete'],
        [incident.id, 3, 'incident.close'],
        [0, 1, 'log.key'],
        [0, 2, expect.any(String)],
      ]);
      expect(rows.slice(1, 3).map(({ hash }) => hex(hash))).toEqual(entries.map(({ hash }) => hex(hash)));
      const ids = rows.map(({ id }) => id);
      expect(await log().newest()).toBe(ids.at(-1));
      expect((await log().read(start, 2)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect((await log().read(ids[0] ?? 0, 9, ids[2])).map(({ id }) => id)).toEqual(ids.slice(1, 3));
      expect(await log().writers()).toEqual(new Set());
      expect([await log().backlog(100), await log().backlog(3)]).toEqual([5, 3]);
    });

    test('grows by what was read: the head moves and the full tiles are there', async () => {
      await written(600);
      expect(numbersOf(await sequenceAll(log(), 77))).toMatchObject({ size: 600 });
      const head = await log().head();
      expect(head.lastEntry).toBe(await log().newest());
      expect(hex(head.edge.root())).toBe(await rootOfEverything());
      const tiles = await log().tiles(0, 0, 9);
      const rows = await log().read(0, 1_000);
      expect(tiles.map(({ level, index, firstEntry }) => [level, index, firstEntry])).toEqual([
        [0, 0, rows[0]?.id],
        [0, 1, rows[256]?.id],
      ]);
      expect(tiles.map(({ hashes }) => hex(hashes)).join('')).toBe(
        rows
          .slice(0, 512)
          .map(({ hash }) => hex(hash))
          .join(''),
      );
      expect((await log().tiles(0, 1, 2)).map(({ index }) => index)).toEqual([1]);
      expect(await log().tiles(1, 0, 9)).toEqual([]);
      expect(await log().backlog(10)).toBe(0);
    });

    test('does not grow from where it no longer stands, and then adds no tile', async () => {
      await written(300);
      const stale = await nextStep(log(), 280);
      const quicker = await nextStep(log(), 10);
      if (!stale || !quicker) throw new Error('there is something to take up');
      expect(await log().grow(quicker.from, quicker.to, quicker.tiles)).toBe(true);
      expect(await log().grow(stale.from, stale.to, stale.tiles)).toBe(false);
      expect(numbersOf(await log().head())).toEqual(numbersOf(quicker.to));
      expect(await log().tiles(0, 0, 9)).toEqual([]);
    });

    test('of two that grow it at once one goes on, and nothing is taken up twice or left out', async () => {
      await written(500);
      const logs = [log(), (await bench.underTest.another()).log];
      const turn = async (): Promise<number> => {
        const steps = await Promise.all(logs.map((each) => nextStep(each, 40)));
        const moved = await Promise.all(
          steps.map(async (step, i) => step && (await logs[i]?.grow(step.from, step.to, step.tiles))),
        );
        return moved.filter(Boolean).length;
      };
      for (let i = 0; i < 13; i += 1) expect(await turn()).toBe(1);
      expect(await turn()).toBe(0);
      expect(numbersOf(await log().head())).toMatchObject({ size: 500 });
      expect(hex((await log().head()).edge.root())).toBe(await rootOfEverything());
    });

    test('gives the entries of the tree by their place, with leaf, hash and openings', async () => {
      await written(700);
      const step = await nextStep(log(), 650);
      if (!step) throw new Error('there is something to take up');
      await log().grow(step.from, step.to, step.tiles);
      const rows = (await log().read(0, 1_000)).slice(0, 650);
      const all = await log().entries(0, 10_000, 10_000);
      expect(
        all.map(({ index, id, incidentId, seq, hash }) => [index, id, incidentId, seq, hex(hash)]),
      ).toEqual(rows.map(({ id, incidentId, seq, hash }, i) => [i, id, incidentId, seq, hex(hash)]));
      for (const { incidentId, seq, leaf, openings } of [all[0], all[649]] as LogEntry[]) {
        const [entry] = await bench.store.entries(incidentId, seq - 1, 1);
        expect(plain({ leaf, openings })).toEqual(plain({ leaf: entry?.leaf, openings: entry?.openings }));
      }
      for (const [from, to, limit] of [
        ...[
          [0, 1, 9],
          [1, 2, 9],
          [255, 257, 9],
          [256, 512, 999],
          [0, 650, 100],
          [511, 650, 3],
        ],
        ...[
          [512, 9_999, 999],
          [600, 9_999, 999],
          [649, 650, 9],
          [300, 300, 9],
          [300, 310, 0],
          [650, 700, 9],
        ],
      ] as [number, number, number][]) {
        expect(plain(await log().entries(from, to, limit))).toEqual(
          plain(all.slice(from, Math.min(to, from + limit))),
        );
      }
    });

    test('gives the entries of a chain with their places, and none that the tree does not have yet', async () => {
      const [one, two] = await written(800);
      await sequenceAll(log(), 300);
      const all = await log().entries(0, 10_000, 10_000);
      for (const id of [one, two, 0 as IncidentId]) {
        const chain = all.filter(({ incidentId }) => incidentId === id);
        expect(plain(await log().chainEntries(id, 0, 9_999, 9_999))).toEqual(plain(chain));
        expect(plain(await log().chainEntries(id, 40, 260, 999))).toEqual(plain(chain.slice(40, 260)));
        expect(placesOf(await log().chainEntries(id, 250, 999, 7))).toEqual(placesOf(chain.slice(250, 257)));
      }
      await bench.commit(aWrite(await bench.read(one)));
      expect((await log().chainEntries(one, 0, 9_999, 9_999)).at(-1)?.seq).toBe(266);
      expect(await log().chainEntries(one, 266, 9_999, 9)).toEqual([]);
      expect(await log().chainEntries(999_999 as IncidentId, 0, 9, 9)).toEqual([]);
    });

    test('gives the entries of the journal of some types with their places, or the newest of them', async () => {
      await toJournal(bench.store, ['log.key', 'session.start', 'log.heads']);
      await written(600);
      await toJournal(bench.store, ['log.heads', 'log.key_retired']);
      await sequenceAll(log());
      await toJournal(bench.store, ['log.heads']);
      const found = await log().journalEntries(['log.key', 'log.heads']);
      expect(found.map(({ index, seq }) => [index, seq])).toEqual([
        [0, 1],
        [2, 3],
        [603, 204],
      ]);
      expect(placesOf(await log().journalEntries(['log.key', 'log.heads'], 2))).toEqual([2, 603]);
      expect(await log().journalEntries([])).toEqual([]);
      expect(await log().journalEntries(['log'])).toEqual([]);
    });

    test('gives no entry of which the tree holds another hash, and says which', async () => {
      const [one] = await written(9);
      const rows = await log().read(0, 100);
      const step = await nextStep(log(), 100);
      if (!step) throw new Error('there is something to take up');
      const wrong = rows.findIndex(({ incidentId, seq }) => incidentId === one && seq === 2);
      const { from, to } = withWrongHash(step, rows, wrong);
      expect(await log().grow(from, to, [])).toBe(true);
      const complaint = new RegExp(`entry ${rows[wrong]?.id} .*place ${wrong} `);
      await expect(log().entries(0, 99, 99)).rejects.toThrow(TamperError);
      await expect(log().entries(wrong, 99, 1)).rejects.toThrow(complaint);
      await expect(log().chainEntries(one, 1, 2, 9)).rejects.toThrow(complaint);
      expect(placesOf(await log().entries(0, wrong, 99))).toHaveLength(wrong);
      expect(await log().chainEntries(one, 0, 1, 9)).toHaveLength(1);
    });

    test('gives every chain with its head, in the order of their names, the journal once it has begun', async () => {
      const before = await Promise.all([bench.open(), bench.open(), bench.open()]);
      const early = await log().newest();
      expect(await log().heads(early, 9)).toHaveLength(3);
      await toJournal(bench.store, ['log.key', 'log.heads']);
      const journal = await bench.store.journal.head();
      const expected = [...before, journal]
        .map(({ uid, seq, head }) => ({ uid, seq, head: hex(head) }))
        .sort((a, b) => (a.uid < b.uid ? -1 : 1));
      const newest = await log().newest();
      expect(plain(await log().heads(newest, 9))).toEqual(expected);
      expect(plain(await log().heads(newest, 2))).toEqual(expected.slice(0, 2));
      expect(plain(await log().heads(newest, 9, expected[1]?.uid))).toEqual(expected.slice(2));
      expect(await log().heads(newest, 9, expected[3]?.uid)).toEqual([]);
      await bench.commit(aWrite(before[0] ?? (await bench.open()), { state: '{"later":1}' }));
      expect(plain(await log().heads(newest, 9))).toEqual(expected);
      expect(await log().heads(early, 9)).toHaveLength(3);
    });

    test('gives what each chain’s row says beside its newest entry', async () => {
      const empty = (await log().chains(9))[0];
      expect([empty?.id, empty?.seq, empty?.newest]).toEqual([0, 0, undefined]);
      const state = '{"café":"🛟"}';
      const [one, two] = [await bench.open(), await bench.open()];
      const moved = await bench.commit(aWrite(two, { state }));
      await toJournal(bench.store, ['log.key']);
      const journal = await bench.store.journal.head();
      const chains = await log().chains(9);
      expect(
        plain(
          chains.map(({ id, seq, head, stateDigest, newest }) => ({
            ...{ id, seq, head, stateDigest },
            newest: newest && { seq: newest.seq, hash: newest.hash },
          })),
        ),
      ).toEqual(
        plain([
          { id: 0, ...standing(journal), stateDigest: undefined },
          { id: one.id, ...standing(one), stateDigest: hex(sha256(one.state)) },
          { id: two.id, ...standing(moved), stateDigest: hex(sha256(state)) },
        ]),
      );
      expect((await log().chains(1)).map(({ id }) => id)).toEqual([0]);
      expect((await log().chains(9, 0 as IncidentId)).map(({ id }) => id)).toEqual([one.id, two.id]);
      expect(await log().chains(9, two.id)).toEqual([]);
    });

    test('begins another epoch with an empty tree under another origin; the entries are taken up anew', async () => {
      await written(300);
      const old = await sequenceAll(log());
      expect(await log().beginEpoch(2, 'cordon-log/x/r3')).toBe(false);
      const late = await nextStep(log(), 10);
      expect(await log().beginEpoch(1, 'cordon-log/x/r2')).toBe(true);
      expect(await log().beginEpoch(1, 'cordon-log/x/r2')).toBe(false);
      expect(late).toBeUndefined();
      expect(await log().grow(old, { ...old, lastEntry: old.lastEntry + 1 }, [])).toBe(false);
      expect(numbersOf(await log().head())).toEqual({
        ...{ epoch: 2, origin: 'cordon-log/x/r2', size: 0, lastEntry: 0, edge: '' },
      });
      expect(await log().tiles(0, 0, 9)).toEqual([]);
      expect(await log().entries(0, 9, 9)).toEqual([]);
      expect(numbersOf(await sequenceAll(log()))).toMatchObject({ epoch: 2, size: 300 });
      expect(hex((await log().head()).edge.root())).toBe(hex(old.edge.root()));
      expect(await log().tiles(0, 0, 9)).toHaveLength(1);
      expect(await log().entries(0, 999, 999)).toHaveLength(300);
    });
  });
}

function standing({ seq, head }: { readonly seq: number; readonly head: Uint8Array }) {
  return { seq, head, newest: { seq, hash: head } };
}
