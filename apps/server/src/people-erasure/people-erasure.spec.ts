import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ErasureAnswer, Problem } from '@cordon/contracts';
import type { ErasureResult, ErasureStore, IncidentId, OpenTaskOf } from '@cordon/runtime';
import { serve, type Reply, type Served } from '../testing/serve.js';

let served: Served;
let tasks: readonly OpenTaskOf[];
let result: ErasureResult;
let erased: string[];

beforeEach(async () => {
  served = await serve();
  [tasks, result, erased] = [[], 'erased', []];
  const erasures: ErasureStore = {
    kindOf: (id) => Promise.resolve(id === 'p-1' ? 'person' : undefined),
    openTasks: () => Promise.resolve(tasks),
    isOnlyAdministrator: () => Promise.resolve(false),
    erase: (id) => {
      erased.push(id);
      return Promise.resolve(result);
    },
  };
  Object.assign(served.store, { erasures, holds: { covering: () => Promise.resolve([]) } });
});
afterEach(() => served.close());

function ask(id: string, more: Parameters<Served['ask']>[1] = {}): Promise<Reply> {
  return served.ask(`/api/v1/people/${id}/erasure`, { json: { reason: 'They asked for it.' }, ...more });
}

test('a person is erased, with the reason in the journal before it happens', async () => {
  const { status, body } = await ask('p-1');
  expect([status, ErasureAnswer.parse(body)]).toEqual([200, { id: 'p-1', erased: true }]);
  expect(erased).toEqual(['p-1']);
  expect(served.journalled).toMatchObject([
    { type: 'person.erase', subject: 'p-1', data: { reason: 'They asked for it.' } },
  ]);
  result = 'erased_before';
  expect((await ask('p-1')).status).toBe(200);
});

test('who holds tasks is not erased: the answer names them, in both languages', async () => {
  tasks = [{ incidentId: 7 as IncidentId, step: 'look' }];
  const { status, body } = await ask('p-1');
  expect([status, Problem.parse(body)]).toMatchObject([409, { code: 'holds_tasks', tasks: ['INC-7/look'] }]);
  const chinese = await ask('p-1', { headers: { 'Accept-Language': 'zh-HK' } });
  expect(chinese.body.detail).toContain('1 項未完成的任務');
  expect(erased).toEqual([]);
  expect(served.journalled).toMatchObject([{ refused: 'holds_tasks' }, { refused: 'holds_tasks' }]);
});

test('the last administrator is not erased, even when the other one went in between', async () => {
  result = 'only_administrator';
  const { status, body } = await ask('p-1');
  expect([status, body.code]).toEqual([409, 'only_administrator']);
  expect(served.journalled.at(-1)).toMatchObject({ type: 'person.erase', refused: 'only_administrator' });
});

test('nobody, a strange id, a body without a reason, and the wrong role: nothing is erased', async () => {
  expect((await ask('p-2')).status).toBe(404);
  expect((await ask('%00%20')).status).toBe(404);
  expect((await ask('p-1', { json: {} })).status).toBe(422);
  expect((await ask('p-1', { json: { reason: 'x', force: true } })).status).toBe(422);
  const token = await served.person('coordinator');
  expect((await ask('p-1', { token })).status).toBe(403);
  const officer = await served.person('privacy-officer');
  expect((await ask('p-1', { token: officer })).status).toBe(200);
  expect(erased).toEqual(['p-1']);
});
