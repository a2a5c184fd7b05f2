import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePlaybook } from '@cordon/playbook';
import { compileMachines } from '@cordon/engine';
import { randomPlaybook } from '../../../../test/support/random-playbook.js';
import { chanceOf } from './random.js';
import { replayTrace } from './replay-trace.js';
import { runScript } from './run-script.js';
import { openSimulation } from './simulation.js';
import { OPENING, playbookOf, scriptOf, small, SMALL } from './testing/small.js';
import { traceOf } from './trace.js';
import { peopleOf } from './people.js';
import { walk } from './walk.js';

/** The language refuses a few of them, such as loops that answer themselves for ever. */
const checkedPlaybook = randomPlaybook.filter((source) => parsePlaybook(source).playbook !== undefined);

const STORY = scriptOf([
  { by: 'responder', type: 'step.skip', step: 'look', data: { reason: 'x' }, expect: 'rejected' },
  { walk: 'agree' },
  { by: 'approver', type: 'approval.refuse', step: 'agree', data: { reason: 'More' } },
  { walk: 'closed', seed: 3 },
]);
const TRACE = traceOf(runScript(small(), STORY).simulation);
const LINES = TRACE.trimEnd().split('\n');

function changed(line: number, from: RegExp | string, to: string): string {
  const lines = [...LINES];
  const text = lines[line - 1]?.replace(from, to) ?? '';
  expect(text).not.toBe(lines[line - 1]);
  lines[line - 1] = text;
  return lines.join('\n');
}

const lineOf = (part: string): number => LINES.findIndex((line) => line.includes(part)) + 1;

test('a trace comes out the same again', () => {
  expect(replayTrace(small(), TRACE)).toEqual({ same: true, events: LINES.length - 1 });
});

test('a trace starts with what it is of, and says what each event did', () => {
  expect(JSON.parse(LINES[0] ?? '')).toMatchObject({
    ...{ trace: 1, playbook: 'small', version: '1.0.0', digest: 'digest', language: 1 },
    opening: { by: 'responder', facts: {}, systems: [] },
  });
  expect(JSON.parse(LINES[lineOf('approval.refuse') - 1] ?? '')).toMatchObject({
    ...{ by: 'approver', roles: ['approver'], outcome: 'accepted', undone: ['look'], opened: ['look'] },
    state: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

describe('the first difference is told in words', () => {
  test.each<[string, () => string, number, RegExp]>([
    [
      'another playbook',
      () => changed(1, '"small"', '"other"'),
      1,
      /of the playbook "other", and not of "small"/,
    ],
    [
      'another text',
      () => changed(1, '"digest":"digest"', '"digest":"old"'),
      1,
      /another text of the playbook: version "1.0.0", digest "old"/,
    ],
    [
      'another language',
      () => changed(1, '"language":1', '"language":2'),
      1,
      /version 2 of the playbook language/,
    ],
    [
      'another opening',
      () => changed(1, '"facts":{}', '"facts":{"personal":"yes"}'),
      1,
      /at the opening .*the state is another/,
    ],
    ['no header', () => LINES.slice(1).join('\n'), 1, /no header of a trace/],
    ['no text at all', () => '', 1, /no header of a trace/],
    ['a line that is no event', () => changed(3, /.*/, '{"at":1}'), 3, /no event of a trace/],
    [
      'an outcome',
      () => changed(lineOf('step.skip'), 'rejected"', 'accepted"'),
      lineOf('step.skip'),
      /step.skip look by responder: it was "accepted" and is now "rejected" \(.*mandatory/,
    ],
    [
      'a reason',
      () => changed(lineOf('step.skip'), '"code":"mandatory"', '"code":"own_work"'),
      lineOf('step.skip'),
      /rejected for other reasons: .*mandatory/,
    ],
    [
      'a step that opened',
      () => changed(lineOf('approval.refuse'), '"opened":["look"]', '"opened":["look","tell"]'),
      lineOf('approval.refuse'),
      /of what are open after it: tell no more/,
    ],
    [
      'a state',
      () => changed(lineOf('approval.refuse'), /"state":"../, '"state":"zz'),
      lineOf('approval.refuse'),
      /the same steps are open and done, but the state is another one/,
    ],
  ])('%s', (_name, trace, line, text) => {
    expect(replayTrace(small(), trace())).toEqual({ same: false, line, text: expect.stringMatching(text) });
  });

  test('a missing line shows at the line after it', () => {
    const at = lineOf('approval.refuse');
    const trace = [...LINES.slice(0, at - 1), ...LINES.slice(at)].join('\n');
    expect(replayTrace(small(), trace)).toMatchObject({ same: false, line: at });
  });

  test('an engine that decides otherwise', () => {
    const other = small(
      SMALL.replace('- task: tidy', '- task: tidy_')
        .replace('optional: true', 'optional: true')
        .replaceAll('tidy_', 'clean'),
    );
    expect(replayTrace(other, TRACE)).toMatchObject({ same: false, text: expect.stringMatching(/clean/) });
  });
});

test('a walk by chance over any playbook ends, and its trace replays; the same seed tells the same story', () => {
  fc.assert(
    fc.property(checkedPlaybook, fc.nat(1_000), (source, seed) => {
      const machines = compileMachines(playbookOf(source), 'digest');
      const systems = [{ id: 'crm', name: 'CRM' }];
      const once = () =>
        walk(openSimulation(machines, { ...OPENING, systems }), {
          ...{ until: 'closed', hold: [], people: peopleOf(machines.plan.playbook) },
          choices: { facts: {}, answers: {}, forms: {} },
          chance: chanceOf(seed),
        });
      const { simulation, stuck } = once();
      expect(stuck).toBeUndefined();
      const trace = traceOf(simulation);
      expect(replayTrace(machines, trace)).toEqual({ same: true, events: simulation.events.length });
      expect(traceOf(once().simulation)).toBe(trace);
    }),
    // Shrinking runs whole incidents again: it takes minutes, and the seed finds the case as well.
    { numRuns: 30, endOnFailure: true },
  );
});
