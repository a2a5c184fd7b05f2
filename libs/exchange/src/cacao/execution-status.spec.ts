import { Buffer } from 'node:buffer';
import { expect, test } from '@jest/globals';
import { exportExecution, type StepRun } from './execution-status.js';

const run: StepRun = {
  key: 'INC-17/contain#1',
  workflowStep: 'action--6398eb05-3eb8-43f5-87d3-f24e07492a41',
  startedAt: Date.parse('2026-03-24T02:00:00Z'),
  endedAt: Date.parse('2026-03-24T02:01:30Z'),
  outcome: 'completed',
  commands: ['Isolate the host: 完成'],
};

test('a run of a step is told as the schema of execution-status asks', () => {
  expect(exportExecution([{ ...run, executedBy: 'identity--1', notes: 'quick', reason: 'done' }])).toEqual([
    {
      type: 'execution-status',
      id: expect.stringMatching(
        /^execution-status--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      workflow_step: run.workflowStep,
      start_time: '2026-03-24T02:00:00.000Z',
      duration: 90_000,
      status: 'successfully_completed',
      status_text: 'done',
      executed_by: 'identity--1',
      command_b64: [Buffer.from('Isolate the host: 完成').toString('base64')],
      notes: 'quick',
      automated_execution: false,
    },
  ]);
});

test.each([
  ['failed', 'failed'],
  ['timed-out', 'timeout_error'],
  ['skipped', 'exception_condition_invoked'],
  ['under-way', 'ongoing'],
] as const)('%s is told as %s', (outcome, status) => {
  const { endedAt: _endedAt, ...open } = run;
  const [told] = exportExecution([{ ...open, outcome, commands: [] }]);
  expect(told).toMatchObject({ status, command_b64: [expect.any(String)] });
  expect(told).not.toHaveProperty('duration');
});

test('the same history gives the same ids, and two runs of a step two of them', () => {
  const [first, second] = exportExecution([run, { ...run, key: 'INC-17/contain#2' }]);
  expect(exportExecution([run])[0]).toEqual(first);
  expect(second?.['id']).not.toBe(first?.['id']);
});
