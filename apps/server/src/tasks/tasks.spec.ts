import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BulkAnswer, TaskPage } from '@cordon/contracts';
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

test('a repeated bulk request sends the same key for each task, and different tasks different keys', async () => {
  const keys: string[] = [];
  const submit = served.cordon.submitEvent.bind(served.cordon);
  served.cordon.submitEvent = (id, command, actor) => {
    keys.push(command.key);
    return submit(id, command, actor);
  };
  const json = { ids: ['INC-1/contain', 'INC-2/contain'], ...complete };
  for (let i = 0; i < 2; i += 1)
    await served.ask('/api/v1/tasks/bulk', { json, headers: { 'Idempotency-Key': 'k'.repeat(200) } });
  expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  expect(new Set(keys).size).toBe(2);
  expect(Math.max(...keys.map((key) => key.length))).toBeLessThanOrEqual(200);
});

test('a task that cannot be served now says so in its line', async () => {
  served.cordon.failure = new OperationalError('busy', true);
  const { body } = await served.ask('/api/v1/tasks/bulk', { json: { ids: ['INC-1/contain'], ...complete } });
  expect(body.items).toMatchObject([{ ok: false, problem: { status: 503, retryable: true } }]);
});

test('a bulk request names 1 to 200 tasks, each once', async () => {
  const many = Array.from({ length: 201 }, (_, i) => `INC-${i + 1}/contain`);
  for (const ids of [[], many, ['INC-1/a', 'INC-1/a'], ['contain'], ['INC-1/']]) {
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
    assignee: 'me-1',
    overdueAt: 77,
    roles: ['responder'],
    incidentId: 3,
    limit: 10,
    after,
  });
  expect(filterOf({ limit: 50, unassigned: false }, actor, 77)).toEqual({ limit: 50 });
  expect(cursorOf(undefined)).toBeNull();
});
