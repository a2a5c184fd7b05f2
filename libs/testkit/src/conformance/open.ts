import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import type { IncidentId } from '@cordon/runtime';
import { aNewIncident, anEntry, bytes, leafHash, noon, sha256, shown } from '../builders.js';
import { awkward, Bench, hex, plain, type MakeStore } from './setup.js';

export function openConformance(makeStore: MakeStore): void {
  describe('opening', () => {
    const bench = new Bench(makeStore);

    test('what is opened comes back as it was written, to the millisecond', async () => {
      const opening = aNewIncident({
        summary: 'Files end in .locked',
        severity: 'high',
        organisation: { name: 'Office of Records', staff: 6800 },
        exercise: true,
        onsetAt: noon - 86_400_001,
        openedAt: noon + 1,
        listing: { status: 'open', phases: ['contain', 'notify'], awareAt: noon - 999, ...shown },
      });
      const { id } = await bench.store.open(opening);
      const {
        eventKey: _k,
        requestHash: _r,
        entries,
        tasks: _t,
        timersSet: _s,
        effects: _e,
        listing,
        ...row
      } = opening;
      expect(plain(await bench.store.incident(id))).toEqual(
        plain({ ...row, ...listing, id, seq: 1, head: entries[0]?.hash, updatedAt: noon + 1 }),
      );
    });

    test('what was left out stays absent', async () => {
      const { id } = await bench.open();
      const row = await bench.store.incident(id);
      expect(Object.keys(row ?? {})).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/summary|severity|organisation|onsetAt|closedAt/)]),
      );
    });

    test('several entries, tasks, timers and effects are opened together', async () => {
      const first = anEntry({ seq: 1, revision: 0, prev: sha256('uid') });
      const second = anEntry({ seq: 2, revision: 1, prev: first.hash, openings: '["salt"]' });
      const { id, seq, head, revision } = await bench.open({
        entries: [first, second],
        tasks: [
          {
            step: 'isolate',
            phase: 'contain',
            kind: 'task',
            status: 'ready',
            roles: ['it'],
            accepted: false,
          },
        ],
        timersSet: [{ id: 'isolate/overdue', fireAt: noon }],
        effects: [
          { seq: 2, effect: { key: 'isolate/1', kind: 'action', step: 'isolate', payload: { to: 'soc' } } },
        ],
      });
      expect({ seq, revision, head: hex(head) }).toEqual({ seq: 2, revision: 1, head: hex(second.hash) });
      expect(plain(await bench.store.entries(id, 0, 10))).toEqual(plain([first, second]));
      expect(await bench.store.tasks({ limit: 10 })).toMatchObject([{ step: 'isolate', incidentId: id }]);
      expect(await bench.store.claimTimers(10, 0)).toEqual([
        { incidentId: id, id: 'isolate/overdue', fireAt: noon },
      ]);
      expect(await bench.store.relayOutbox(10)).toBe(1);
    });

    test('the same person and key: the incident from before, and the hash of the request that opened it', async () => {
      const opening = aNewIncident();
      const first = await bench.store.open(opening);
      const again = await bench.store.open(
        aNewIncident({ eventKey: opening.eventKey, requestHash: sha256('other') }),
      );
      expect(first.outcome).toBe('opened');
      expect(plain(again)).toEqual({ outcome: 'known', id: first.id, requestHash: hex(opening.requestHash) });
    });

    test("another person's key is another key", async () => {
      const opening = aNewIncident();
      const first = await bench.store.open(opening);
      const other = await bench.store.open(
        aNewIncident({ eventKey: opening.eventKey, openedBy: 'person-2' }),
      );
      expect(other.outcome).toBe('opened');
      expect(other.id).not.toBe(first.id);
    });

    test('numbers follow each other; a repeated opening uses up none', async () => {
      const opening = aNewIncident();
      const { id } = await bench.store.open(opening);
      for (let i = 0; i < 3; i += 1) await bench.store.open(opening);
      expect((await bench.store.open(aNewIncident())).id).toBe(id + 1);
    });

    test('many at once with one key: one incident', async () => {
      const eventKey = 'storm';
      const results = await Promise.all(
        Array.from({ length: 12 }, () => bench.store.open(aNewIncident({ eventKey }))),
      );
      expect(results.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
      expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    });

    test('a playbook that nobody published is refused', async () => {
      const opening = aNewIncident({ playbookDigest: '0'.repeat(64) });
      await expect(bench.store.open(opening)).rejects.toThrow(InvariantError);
      expect(await bench.store.incidents({ limit: 10 })).toEqual([]);
    });

    test('no text is bent on its way', async () => {
      for (const text of awkward) {
        const { id } = await bench.open({
          title: text,
          summary: text,
          openedBy: text,
          organisation: { name: text },
          state: JSON.stringify({ text }),
          listing: { status: 'open', phases: awkward, awareAt: noon, ...shown },
        });
        expect(await bench.store.incident(id)).toMatchObject({
          title: text,
          summary: text,
          openedBy: text,
          organisation: { name: text },
          state: JSON.stringify({ text }),
          phases: awkward,
        });
      }
    });
  });

  describe('loading', () => {
    const bench = new Bench(makeStore);

    test('answers what it knows and leaves out the rest', async () => {
      const [a, b] = [await bench.open(), await bench.open()];
      const { incidents, known } = await bench.store.load([b.id, a.id, 4_000_000 as IncidentId], []);
      expect(plain([...incidents].sort((x, y) => x.id - y.id))).toEqual(plain([a, b]));
      expect(known).toEqual([]);
      expect(await bench.store.load([], [])).toEqual({ incidents: [], known: [] });
    });

    test('finds an entry by its incident and key, and by no other pair', async () => {
      const requestHash = sha256('request');
      const uid = '0195b1de-0000-7000-8000-000000000001';
      const entry = anEntry({ seq: 1, revision: 1, prev: leafHash(bytes(uid)), eventKey: 'k', requestHash });
      const a = await bench.open({ uid, entries: [entry] });
      const b = await bench.open();
      const { known } = await bench.store.load(
        [],
        [
          { id: a.id, key: 'k' },
          { id: b.id, key: 'k' },
          { id: a.id, key: 'K' },
        ],
      );
      const { leaf, hash } = entry;
      expect(plain(known)).toEqual(
        plain([{ incidentId: a.id, eventKey: 'k', requestHash, seq: 1, revision: 1, leaf, hash }]),
      );
    });
  });
}
