import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BulkAnswer, TaskPage, WorkloadPage } from '@cordon/contracts';
import { OperationalError } from '@cordon/kernel';
import type { IncidentId, TaskFilter } from '@cordon/runtime';
import { serve, type Served } from '../testing/serve.js';
import { cursorOf, filterOf } from './task-filter.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
  for (let i = 0; i < 2; i += 1) {
    await served.ask('/api/v1/incidents', {
      json: { playbook: 'ransomware', title: 'x', awareAt: '2025-02-22T10:00:00Z' },
    });
  }
});
afterEach(() => served.close());

const complete = { type: 'step.complete', data: {} };

test('one event for many tasks: each has its line, and one refusal does not stop the others', async () => {
  const ids = ['INC-1/contain', 'INC-2/contain', 'INC-2/nowhere', 'INC-9/contain'];
  const { status, body } = await served.ask('/api/v1/tasks/bulk', { json: { ids, ...complete } });
  expect(status).toBe(200);
  expect(BulkAnswer.parse(body).items).toMatchObject([
    { id: 'INC-1/contain', ok: true, revision: 2 },
    { id: 'INC-2/contain', ok: true, revision: 2 },
    { id: 'INC-2/nowhere', ok: false, problem: { status: 422, errors: [{ pointer: '/step' }] } },
    { id: 'INC-9/contain', ok: false, problem: { status: 404, code: 'unknown_incident' } },
  ]);
});

test('the tasks go to the use case in their usual form, and come back as they were sent', async () => {
  const ids = ['inc-1/contain', '2/contain'];
  const { body } = await served.ask('/api/v1/tasks/bulk', { json: { ids, ...complete } });
  expect(BulkAnswer.parse(body).items).toMatchObject([
    { id: 'inc-1/contain', ok: true },
    { id: '2/contain', ok: true },
  ]);
});

test('an act that cannot be served now is not served at all', async () => {
  served.cordon.failure = new OperationalError('busy', true);
  const json = { ids: ['INC-1/contain'], ...complete };
  const { status, body } = await served.ask('/api/v1/tasks/bulk', { json });
  expect(status).toBe(503);
  expect(body).toMatchObject({ code: 'unavailable', retryable: true });
});

test('a bulk request names 1 to 1,000 tasks, each once', async () => {
  const many = Array.from({ length: 1_001 }, (_, i) => `INC-${i + 1}/contain`);
  for (const ids of [[], many, ['INC-1/a', 'INC-1/a'], ['INC-1/a', '1/a'], ['contain'], ['INC-1/']]) {
    expect((await served.ask('/api/v1/tasks/bulk', { json: { ids, ...complete } })).body).toMatchObject({
      status: 422,
      code: 'invalid_request',
    });
  }
});

test('the inbox is a page of tasks', async () => {
  const { body, headers } = await served.ask('/api/v1/tasks?status=ready&unassigned=true');
  const page = TaskPage.parse(body);
  expect(page.items.map(({ id }) => id)).toEqual(['INC-1/contain', 'INC-2/contain']);
  expect(headers.get('link')).toContain(`cursor=${page.nextCursor}`);
});

test('a query becomes the filter of the use case, and a cursor the place it came from', () => {
  const after: TaskFilter['after'] = { dueAt: 5, incidentId: 3 as IncidentId, step: 'isolate@crm' };
  const actor = { type: 'person', id: 'me-1', roles: [] } as const;
  const query = {
    mine: true,
    overdue: true,
    role: 'responder',
    incident: 'INC-3',
    limit: 10,
    cursor: cursorOf(after) ?? '',
  };
  expect(filterOf(query, actor, 77)).toEqual({
    mine: true,
    overdueAt: 77,
    roles: ['responder'],
    incidentId: 3,
    limit: 10,
    after,
  });
  expect(filterOf({ limit: 50, unassigned: false }, actor, 77)).toEqual({ limit: 50 });
  const others = { waiting: true, team: true, assignee: 'me', priority: 'urgent', limit: 5 } as const;
  expect(filterOf(others, actor, 77)).toEqual({
    mine: true,
    assignedBy: 'me-1',
    ofMyTeams: true,
    priority: 'urgent',
    limit: 5,
  });
  expect(cursorOf(undefined)).toBeNull();
});

test('a hand-over names one person or several with conditions; a line a task comes back', async () => {
  const hand = (json: object, token?: string) =>
    served.ask('/api/v1/tasks/hand-over', { json, ...(token === undefined ? {} : { token }) });
  const { body } = await hand({ to: 'bob', note: 'the night' });
  expect(BulkAnswer.parse(body).items).toEqual([{ id: 'INC-1/contain', ok: true, to: 'bob', revision: 2 }]);
  const to = [
    { person: 'bob', incidents: ['INC-1'] },
    { person: 'cat', roles: ['responder'] },
  ];
  await hand({ from: 'ann', to, note: 'x' });
  expect(served.cordon.handed.map(({ key: _key, ...rest }) => rest)).toEqual([
    { to: [{ person: 'bob' }], note: 'the night' },
    { from: 'ann', to, note: 'x' },
  ]);
  const forbidden = await hand({ from: 'ann', to: 'bob', note: 'x' }, await served.person('responder'));
  expect(forbidden).toMatchObject({ status: 403, body: { code: 'forbidden', needs: ['coordinator'] } });
  for (const json of [{ to: 'bob' }, { to: [], note: 'x' }, { to: [{ person: 'b', rolls: [] }], note: 'x' }])
    expect((await hand(json)).status).toBe(422);
});

test('the workload is a page of people, for those who lead and for auditors', async () => {
  const { body, headers } = await served.ask('/api/v1/workload?limit=2');
  const page = WorkloadPage.parse(body);
  expect(page.items).toMatchObject([{ person: 'p-1', open: 2 }]);
  expect(headers.get('link')).toContain(`cursor=${page.nextCursor}`);
  const next = await served.ask(`/api/v1/workload?cursor=${page.nextCursor}`);
  expect(next.body).toEqual({ items: [], nextCursor: null });
  const token = await served.person('responder');
  expect((await served.ask('/api/v1/workload', { token })).status).toBe(403);
});
