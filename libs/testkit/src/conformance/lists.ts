import { describe, expect, test } from '@jest/globals';
import type { IncidentFilter, IncidentId, NewIncident, TaskFilter } from '@cordon/runtime';
import type { TaskRow } from '@cordon/engine';
import { anEntry, aWrite, noon, shown } from '../builders.js';
import { Bench, plain, type MakeStore } from './setup.js';

const base = { phase: 'contain', kind: 'task', status: 'ready', roles: ['it'], accepted: false } as const;

const aTask = (step: string, overrides: Partial<TaskRow> = {}): TaskRow => ({ ...base, step, ...overrides });

export function listConformance(makeStore: MakeStore): void {
  describe('the list of incidents', () => {
    const bench = new Bench(makeStore);

    const found = async (filter: Partial<IncidentFilter>): Promise<string[]> =>
      (await bench.store.incidents({ limit: 50, ...filter })).map(({ title }) => title);

    const titled = (title: string, overrides: Partial<NewIncident> = {}) =>
      bench.open({ title, ...overrides });

    test('newest first, in pages', async () => {
      for (const title of ['a', 'b', 'c', 'd', 'e']) await titled(title);
      expect(await found({})).toEqual(['e', 'd', 'c', 'b', 'a']);
      const page = await bench.store.incidents({ limit: 2 });
      expect(page.map(({ title }) => title)).toEqual(['e', 'd']);
      expect(await found({ limit: 2, before: page[1]?.id as IncidentId })).toEqual(['c', 'b']);
    });

    test('by status, phase, severity and exercise, and by several at once', async () => {
      const open = { status: 'open', awareAt: noon, ...shown } as const;
      await titled('old', {
        listing: { status: 'closed', phases: [], awareAt: noon, closedAt: noon, ...shown },
      });
      await titled('early', { listing: { ...open, phases: ['contain'] }, severity: 'high' });
      await titled('late', {
        listing: { ...open, phases: ['contain', 'notify'] },
        severity: 'low',
        exercise: true,
      });
      expect(await found({ status: 'closed' })).toEqual(['old']);
      expect(await found({ status: 'open' })).toEqual(['late', 'early']);
      expect(await found({ phase: 'notify' })).toEqual(['late']);
      expect(await found({ severity: 'high' })).toEqual(['early']);
      expect(await found({ exercise: true })).toEqual(['late']);
      expect(await found({ exercise: false })).toEqual(['early', 'old']);
      expect(await found({ status: 'open', phase: 'contain', severity: 'low' })).toEqual(['late']);
      expect(await found({ phase: 'unheard of' })).toEqual([]);
    });

    test('what a person may see: by marking, or as a member; tasks likewise', async () => {
      const base = { status: 'open', phases: [], awareAt: noon } as const;
      const tasks = [aTask('a')];
      await titled('green', { listing: { ...base, tlp: 'green', members: [] }, tasks });
      await titled('red', { listing: { ...base, tlp: 'red', members: ['them'] }, tasks });
      const { id } = await titled('mine', {
        listing: { ...base, tlp: 'red', members: ['them', 'me'] },
        tasks,
      });
      const cleared = { markings: ['clear', 'green', 'amber'], person: 'me' } as const;
      expect(await found({ visibleTo: cleared })).toEqual(['mine', 'green']);
      expect(await found({ visibleTo: { markings: [], person: 'me' } })).toEqual(['mine']);
      expect(await found({ visibleTo: { markings: [], person: 'nobody' } })).toEqual([]);
      expect(await found({ visibleTo: { markings: ['red'] } })).toEqual(['mine', 'red']);
      expect(await found({ visibleTo: { markings: [] } })).toEqual([]);
      const seen = await bench.store.tasks({ limit: 9, visibleTo: { markings: [], person: 'me' } });
      expect(seen.map(({ incidentId }) => incidentId)).toEqual([id]);
      expect(await bench.store.tasks({ limit: 9, visibleTo: cleared })).toHaveLength(2);
      expect(await found({})).toHaveLength(3);
      const all = ['green', 'red'] as const;
      expect(await bench.store.showsAll({ markings: all })).toBe(true);
      expect(await bench.store.showsAll({ markings: ['green'], person: 'them' })).toBe(true);
      expect(await bench.store.showsAll({ markings: ['green'], person: 'me' })).toBe(false);
      expect(await bench.store.showsAll({ markings: ['green'] })).toBe(false);
    });

    test('by who holds one of its open tasks', async () => {
      await titled('mine', { tasks: [aTask('a', { assignee: 'me' }), aTask('b', { assignee: 'you' })] });
      await titled('done', { tasks: [aTask('a', { assignee: 'me', status: 'completed' })] });
      await titled('yours', { tasks: [aTask('a', { assignee: 'you' })] });
      expect(await found({ assignee: 'me' })).toEqual(['mine']);
      expect(await found({ assignee: 'you' })).toEqual(['yours', 'mine']);
    });

    test('by words in ref, title and summary, in any case and order, each somewhere', async () => {
      const { id } = await titled('Ransom note', { summary: 'on the FILE server' });
      await titled('Lost laptop');
      expect(await found({ q: 'ransom' })).toEqual(['Ransom note']);
      expect(await found({ q: '  server   RANSOM ' })).toEqual(['Ransom note']);
      expect(await found({ q: `inc-${id}` })).toEqual(['Ransom note']);
      expect(await found({ q: 'ransom laptop' })).toEqual([]);
      expect(await found({ q: '' })).toHaveLength(2);
    });

    test('what has a meaning in a pattern has none in a search', async () => {
      await titled('100% lost');
      await titled('1000 lost');
      await titled('a_b');
      await titled('a\\b');
      expect(await found({ q: '100%' })).toEqual(['100% lost']);
      expect(await found({ q: 'a_b' })).toEqual(['a_b']);
      expect(await found({ q: 'a\\b' })).toEqual(['a\\b']);
    });
  });

  describe('the inbox', () => {
    const bench = new Bench(makeStore);

    const steps = async (filter: Partial<TaskFilter>): Promise<string[]> =>
      (await bench.store.tasks({ limit: 50, ...filter })).map(({ step }) => step);

    test('by due time, those without one last, then by incident and step, in pages', async () => {
      const a = await bench.open({
        tasks: [aTask('z'), aTask('B', { dueAt: noon }), aTask('a', { dueAt: noon })],
      });
      await bench.open({
        tasks: [aTask('c', { dueAt: noon }), aTask('early', { dueAt: noon - 1 }), aTask('y')],
      });
      const order = ['early', 'B', 'a', 'c', 'z', 'y'];
      expect(await steps({})).toEqual(order);
      const walked: string[] = [];
      let after: TaskFilter['after'];
      for (;;) {
        const [task] = await bench.store.tasks({ limit: 1, ...(after && { after }) });
        if (!task) break;
        walked.push(task.step);
        after = task;
      }
      expect(walked).toEqual(order);
      expect(await steps({ incidentId: a.id })).toEqual(['B', 'a', 'z']);
    });

    test('open tasks, unless a status is asked for', async () => {
      const all = [
        'cannot_start',
        'ready',
        'in_progress',
        'problem',
        'completed',
        'skipped',
        'failed',
      ] as const;
      await bench.open({ tasks: all.map((status) => aTask(status, { status })) });
      expect(await steps({})).toEqual(['in_progress', 'problem', 'ready']);
      for (const status of all) expect(await steps({ status })).toEqual([status]);
      expect(await steps({ status: "ready' OR 'a' = 'a" })).toEqual([]);
    });

    test('by assignee, lack of one, acceptance, role and lateness', async () => {
      await bench.open({
        tasks: [
          aTask('free', { roles: ['legal', 'press'] }),
          aTask('handed', { assignee: 'me', dueAt: noon }),
          aTask('taken', { assignee: 'me', accepted: true, dueAt: noon + 1 }),
          aTask('yours', { assignee: 'you', accepted: true }),
        ],
      });
      expect(await steps({ assignee: 'me' })).toEqual(['handed', 'taken']);
      expect(await steps({ unassigned: true })).toEqual(['free']);
      expect(await steps({ unaccepted: true })).toEqual(['handed']);
      expect(await steps({ roles: ['press', 'board'] })).toEqual(['free']);
      expect(await steps({ roles: [] })).toEqual([]);
      expect(await steps({ overdueAt: noon + 1 })).toEqual(['handed']);
      expect(await steps({ assignee: 'me', overdueAt: noon + 2 })).toEqual(['handed', 'taken']);
    });

    test('by several people, by who gave it to another, by priority, and by team', async () => {
      await bench.open({
        tasks: [
          aTask('free', { roles: ['legal'], dueAt: noon + 9 }),
          aTask('given', { assignee: 'you', assignedBy: 'me', priority: 'urgent', dueAt: noon }),
          aTask('kept', { assignee: 'me', assignedBy: 'me', dueAt: noon + 1 }),
          aTask('theirs', { assignee: 'they', assignedBy: 'you', accepted: true, dueAt: noon + 2 }),
        ],
      });
      await bench.open({ tasks: [aTask('second', { roles: ['legal'], dueAt: noon + 1 })] });
      expect(await steps({ assignees: ['me', 'they'] })).toEqual(['kept', 'theirs']);
      expect(await steps({ assignees: [] })).toEqual([]);
      expect(await steps({ assignedBy: 'me' })).toEqual(['given']);
      expect(await steps({ priority: 'urgent' })).toEqual(['given']);
      expect(await steps({ priority: 'normal' })).toEqual(['kept', 'second', 'theirs', 'free']);
      const team = { people: ['you', 'they'], roles: ['legal'] };
      expect(await steps({ team })).toEqual(['given', 'second', 'theirs', 'free']);
      expect(await steps({ team, limit: 2 })).toEqual(['given', 'second']);
      const [, after] = await bench.store.tasks({ team, limit: 2 });
      expect(await steps({ team, ...(after && { after }) })).toEqual(['theirs', 'free']);
      expect(await steps({ team: { people: [], roles: ['legal'] } })).toEqual(['second', 'free']);
    });

    test('who gave a task to whom, and its priority, come back as they were', async () => {
      const given = aTask('given', { assignee: 'you', assignedBy: 'me', priority: 'low' });
      const a = await bench.open({ tasks: [given] });
      expect(await bench.store.tasks({ limit: 9 })).toMatchObject([given]);
      await bench.commit(aWrite(a, { tasks: [aTask('given', { priority: 'high' })] }));
      const [task] = await bench.store.tasks({ limit: 9 });
      expect(task).toMatchObject({ priority: 'high' });
      expect(task).not.toHaveProperty('assignedBy');
    });

    test('the work of each person, in pages, of what the reader may see', async () => {
      await bench.open({
        tasks: [
          aTask('a', { assignee: 'ann', dueAt: noon - 1 }),
          aTask('b', { assignee: 'ann', accepted: true, dueAt: noon + 1 }),
          aTask('c', { assignee: 'ann', status: 'completed', dueAt: noon - 9 }),
          aTask('d'),
          aTask('e', { assignee: 'bob', accepted: true }),
        ],
      });
      const secret = { status: 'open', phases: [], awareAt: noon, tlp: 'red', members: ['chief'] } as const;
      await bench.open({ listing: secret, tasks: [aTask('f', { assignee: 'bob' })] });
      const all = { now: noon, limit: 9 };
      const ann = { person: 'ann', open: 2, unaccepted: 1, overdue: 1, nextDueAt: noon - 1 };
      const bob = { person: 'bob', open: 2, unaccepted: 1, overdue: 0 };
      expect(await bench.store.workload(all)).toEqual([ann, bob]);
      expect(await bench.store.workload({ ...all, limit: 1 })).toEqual([ann]);
      expect(await bench.store.workload({ ...all, after: 'ann' })).toEqual([bob]);
      const visibleTo = { markings: ['amber'], person: 'eve' } as const;
      expect(await bench.store.workload({ ...all, visibleTo })).toEqual([
        ann,
        { ...bob, open: 1, unaccepted: 0 },
      ]);
      const own = { markings: [], person: 'chief' } as const;
      expect(await bench.store.workload({ ...all, visibleTo: own })).toEqual([{ ...bob, open: 1 }]);
      expect(await steps({ visibleTo: own })).toEqual(['f']);
      expect(await steps({ visibleTo: { markings: [], person: 'eve' } })).toEqual([]);
    });

    test('a line carries what it needs of its incident', async () => {
      const { id, playbookDigest } = await bench.open({
        title: 'T',
        severity: 'high',
        exercise: true,
        tasks: [aTask('s')],
      });
      expect(await bench.store.tasks({ limit: 1 })).toEqual([
        {
          ...aTask('s'),
          incidentId: id,
          incidentTitle: 'T',
          severity: 'high',
          exercise: true,
          playbookDigest,
        },
      ]);
    });
  });

  describe('the history', () => {
    const bench = new Bench(makeStore);

    test('ascending, after a seq, in pages, with openings where there are some', async () => {
      let incident = await bench.open();
      const { id } = incident;
      for (let seq = 2; seq <= 5; seq += 1) {
        const openings = seq % 2 === 0 ? { openings: `["salt ${seq}"]` } : {};
        const entry = anEntry({ seq, revision: seq, prev: incident.head, at: noon + seq, ...openings });
        incident = await bench.commit(aWrite(incident, { entries: [entry] }));
      }
      const page = await bench.store.entries(id, 2, 2);
      expect(plain(page)).toMatchObject([
        { seq: 3, at: noon + 3 },
        { seq: 4, at: noon + 4, openings: '["salt 4"]' },
      ]);
      expect(page[0]).not.toHaveProperty('openings');
      expect(await bench.store.entries(id, 5, 2)).toEqual([]);
      expect(await bench.store.entries(4_000_000 as IncidentId, 0, 2)).toEqual([]);
      expect(await bench.store.incident(4_000_000 as IncidentId)).toBeUndefined();
    });
  });
}
