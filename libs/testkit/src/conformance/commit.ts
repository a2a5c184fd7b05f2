import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import { UniqueKeyError, type IncidentWrite } from '@cordon/runtime';
import { anEntry, aWrite, bytes, noon, sha256, shown } from '../builders.js';
import { awkward, Bench, hex, plain, type MakeStore } from './setup.js';

const task = {
  step: 's',
  phase: 'contain',
  kind: 'task',
  status: 'ready',
  roles: ['it'],
  accepted: false,
} as const;

export function commitConformance(makeStore: MakeStore): void {
  describe('committing', () => {
    const bench = new Bench(makeStore);

    test('moves everything of an incident together', async () => {
      const opened = await bench.open({ timersSet: [{ id: 'old', fireAt: noon }] });
      const write = aWrite(opened, {
        state: '{"step":"isolate"}',
        listing: { status: 'closed', phases: ['review'], awareAt: noon - 5, closedAt: noon + 7, ...shown },
        updatedAt: noon + 9,
        tasks: [{ ...task, dueAt: noon + 3, assignee: 'person-2', system: 'crm' }],
        timersGone: ['old'],
        timersSet: [{ id: 'new', fireAt: noon + 1 }],
        effects: [
          { seq: 2, effect: { key: 'k', kind: 'reminder', step: 's', payload: { n: 1.5, deep: [null] } } },
        ],
      });
      expect(await bench.store.commit([write])).toEqual(new Set([opened.id]));
      expect(plain(await bench.store.incident(opened.id))).toMatchObject({
        revision: 2,
        seq: 2,
        head: hex(write.head),
        state: write.state,
        updatedAt: noon + 9,
        ...write.listing,
      });
      expect(plain(await bench.store.entries(opened.id, 1, 10))).toEqual(plain(write.entries));
      expect(await bench.store.tasks({ limit: 9 })).toMatchObject(write.tasks);
      expect(await bench.store.claimTimers(10, 0)).toEqual([
        { incidentId: opened.id, id: 'new', fireAt: noon + 1 },
      ]);
      await bench.store.relayOutbox(10);
      const queued = await bench.underTest.queued();
      expect(queued).toMatchObject([{ incidentId: opened.id, effect: write.effects[0]?.effect }]);
    });

    test('a rejection adds an entry and leaves state and lists as they are', async () => {
      const opened = await bench.open();
      const before = await bench.store.incident(opened.id);
      const entries = [anEntry({ seq: 2, revision: 1, prev: opened.head })];
      await bench.commit(aWrite(opened, { revision: 1, entries, updatedAt: noon + 1 }));
      expect(plain(await bench.store.incident(opened.id))).toEqual(
        plain({ ...before, seq: 2, head: entries[0]?.hash, updatedAt: noon + 1 }),
      );
    });

    test('reopening takes the time of closing away', async () => {
      const listing = { status: 'closed', phases: [], awareAt: noon, closedAt: noon, ...shown } as const;
      const closed = await bench.commit(aWrite(await bench.open(), { listing }));
      await bench.commit(
        aWrite(closed, { listing: { status: 'open', phases: [], awareAt: noon, ...shown } }),
      );
      expect(await bench.store.incident(closed.id)).not.toHaveProperty('closedAt');
    });

    test('a stale write is left out and the others of its batch go through', async () => {
      const [a, b, c] = [await bench.open(), await bench.open(), await bench.open()];
      await bench.commit(aWrite(b));
      const stale = aWrite(b, {
        tasks: [task],
        timersSet: [{ id: 't', fireAt: noon }],
        effects: [{ seq: 2, effect: { key: 'k', kind: 'action', step: 's', payload: {} } }],
      });
      expect(await bench.store.commit([aWrite(c), stale, aWrite(a)])).toEqual(new Set([a.id, c.id]));
      expect(await bench.store.entries(b.id, 2, 10)).toEqual([]);
      expect(await bench.store.tasks({ limit: 9 })).toEqual([]);
      expect(await bench.store.nextTimerAt()).toBeUndefined();
      expect(await bench.store.relayOutbox(10)).toBe(0);
    });

    test('an idempotency key used before: nothing of the batch is committed', async () => {
      const key = { eventKey: 'k', requestHash: sha256('r') };
      const a = await bench.open();
      const b = await bench.open();
      const moved = await bench.commit(
        aWrite(b, { entries: [anEntry({ seq: 2, revision: 2, prev: b.head, ...key })] }),
      );
      const repeat = aWrite(moved, { entries: [anEntry({ seq: 3, revision: 3, prev: moved.head, ...key })] });
      await expect(bench.store.commit([aWrite(a), repeat])).rejects.toThrow(UniqueKeyError);
      expect((await bench.read(a.id)).seq).toBe(1);
      expect((await bench.read(b.id)).seq).toBe(2);
      await bench.commit(aWrite(a, { entries: [anEntry({ seq: 2, revision: 2, prev: a.head, ...key })] }));
    });

    test('no writes, no effect', async () => {
      expect(await bench.store.commit([])).toEqual(new Set());
    });

    test('a batch that names an incident twice is refused', async () => {
      const a = await bench.open();
      await expect(bench.store.commit([aWrite(a), aWrite(a)])).rejects.toThrow(InvariantError);
      expect((await bench.read(a.id)).seq).toBe(1);
    });

    test.each<[string, Partial<Parameters<typeof anEntry>[0]>]>([
      ['whose hash is not that of its leaf', { hash: sha256('wrong') }],
      ['whose hash leaves out the zero byte', { leaf: Buffer.from('leaf'), hash: sha256('leaf') }],
      ['whose prev is not 32 bytes', { prev: new Uint8Array(31) }],
      ['whose leaf is empty', { leaf: new Uint8Array(0) }],
      ['whose leaf is longer than 65,535 bytes', { leaf: bytes('x'.repeat(65_536)) }],
      ['that exists already', { seq: 1, revision: 1 }],
    ])('an entry %s is refused, with the whole batch', async (_, wrong) => {
      const [a, b] = [await bench.open(), await bench.open()];
      const entries = [anEntry({ seq: 2, revision: 2, prev: a.head, ...wrong })];
      await expect(bench.store.commit([aWrite(b), aWrite(a, { entries, seq: 2 })])).rejects.toThrow(
        InvariantError,
      );
      expect((await bench.read(a.id)).seq).toBe(1);
      expect((await bench.read(b.id)).seq).toBe(1);
    });

    test('a leaf may have 65,535 bytes, of any text that JSON can hold', async () => {
      const a = await bench.open();
      const mixed = '\u0001\t"\\{}, 勒索軟件 🔒é '.repeat(1_000);
      const leaf = bytes(mixed + '~'.repeat(65_535 - bytes(mixed).length));
      const entry = anEntry({ seq: 2, revision: 2, prev: a.head, leaf });
      await bench.commit(aWrite(a, { entries: [entry] }));
      expect(plain(await bench.store.entries(a.id, 1, 1))).toEqual(plain([entry]));
    });

    test('a task is overwritten whole: what it no longer has is gone', async () => {
      const a = await bench.commit(
        aWrite(await bench.open(), {
          tasks: [{ ...task, assignee: 'p', accepted: true, dueAt: noon, system: 'crm' }],
        }),
      );
      await bench.commit(aWrite(a, { tasks: [{ ...task, status: 'in_progress' }] }));
      const [row] = await bench.store.tasks({ limit: 9 });
      expect(row).toMatchObject({ ...task, status: 'in_progress' });
      expect(row).not.toHaveProperty('assignee');
      expect(row).not.toHaveProperty('dueAt');
      expect(row).not.toHaveProperty('system');
    });

    test('setting a timer again moves it and ends its lease', async () => {
      const a = await bench.open({ timersSet: [{ id: 't', fireAt: noon }] });
      expect(await bench.store.claimTimers(1, 60_000)).toHaveLength(1);
      await bench.commit(aWrite(a, { timersSet: [{ id: 't', fireAt: noon + 1 }] }));
      expect(await bench.store.claimTimers(9, 0)).toEqual([{ incidentId: a.id, id: 't', fireAt: noon + 1 }]);
    });

    test('no text is bent on its way', async () => {
      const a = await bench.open();
      const entries = awkward.map((text, i) => ({
        ...anEntry({ seq: i + 2, revision: i + 2, prev: a.head }),
        openings: text,
        eventKey: text,
        requestHash: sha256(text),
      }));
      const write: IncidentWrite = aWrite(a, {
        entries,
        revision: awkward.length + 1,
        state: JSON.stringify(awkward),
        listing: { status: 'open', phases: awkward, awareAt: noon, ...shown },
        tasks: awkward.map((text) => ({ ...task, step: text, phase: text, assignee: text, roles: awkward })),
        timersSet: awkward.map((id) => ({ id, fireAt: noon })),
        effects: awkward.map((text) => ({
          seq: 2,
          effect: {
            key: `k${text}`,
            kind: 'action',
            step: text,
            payload: { [text]: text, nought: '\u0000' },
          },
        })),
      });
      await bench.commit(write);
      expect(await bench.store.incident(a.id)).toMatchObject({ state: write.state, phases: awkward });
      const read = await bench.store.entries(a.id, 1, 99);
      expect(read.map(({ openings }) => openings)).toEqual(awkward);
      const { known } = await bench.store.load(
        [],
        awkward.map((key) => ({ id: a.id, key })),
      );
      expect(known.map(({ eventKey }) => eventKey).sort()).toEqual([...awkward].sort());
      const tasks = await bench.store.tasks({ limit: 99 });
      expect(tasks.map(({ step }) => step)).toEqual([...awkward].sort());
      for (const { step, phase, assignee, roles } of tasks) {
        expect({ phase, assignee, roles }).toEqual({ phase: step, assignee: step, roles: awkward });
      }
      expect((await bench.store.claimTimers(99, 0)).map(({ id }) => id).sort()).toEqual([...awkward].sort());
      expect(await bench.store.relayOutbox(99)).toBe(awkward.length);
      const queued = (await bench.underTest.queued()).map(({ effect }) => effect);
      expect(queued.sort((x, y) => (x.key < y.key ? -1 : 1))).toEqual(
        write.effects.map(({ effect }) => effect).sort((x, y) => (x.key < y.key ? -1 : 1)),
      );
    });
  });
}
