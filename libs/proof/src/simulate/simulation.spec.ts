import { describe, expect, test } from '@jest/globals';
import { advance, advanceTo, openSimulation, send, type Simulation } from './simulation.js';
import { ann, AT, bob, cat, OPENING, small, SMALL } from './testing/small.js';
import { viewOf } from './view.js';

const HOUR = 3_600_000;
const machines = small();

function complete(
  simulation: Simulation,
  step: string,
  output?: Record<string, string>,
  by = bob,
): Simulation {
  const event = { type: 'step.complete', step, ...(output ? { data: { output } } : {}) };
  const sent = send(simulation, event, by);
  expect(sent.decision.outcome).toBe('accepted');
  return sent.simulation;
}

const open = (simulation: Simulation): readonly string[] => viewOf(simulation, 'en').open.map(({ id }) => id);
const types = ({ events }: Simulation): readonly string[] =>
  events.map(({ event }) => `${event.type} ${event.step ?? JSON.stringify(event.data?.timer)}`);
const SEEN = { seen: 'Files', personal: 'unknown' };

describe('actions', () => {
  test('succeed at once where the script says nothing', () => {
    const simulation = openSimulation(machines, OPENING);
    expect([types(simulation), open(simulation)]).toEqual([['action.succeeded alert'], ['look']]);
  });

  test('take the verdicts of the script in turn, and then succeed', () => {
    let simulation = openSimulation(machines, OPENING, { alert: ['failed', 'failed'] });
    expect(viewOf(simulation, 'en').open).toMatchObject([{ id: 'alert', status: 'problem' }]);
    simulation = send(simulation, { type: 'step.start', step: 'alert' }, bob).simulation;
    expect(viewOf(simulation, 'en').open).toMatchObject([{ id: 'alert', status: 'problem' }]);
    simulation = send(simulation, { type: 'step.start', step: 'alert' }, bob).simulation;
    expect(open(simulation)).toEqual(['look']);
  });

  test('that get no answer stay in progress', () => {
    const simulation = openSimulation(machines, OPENING, { alert: ['pending'] });
    expect(viewOf(simulation, 'en').open).toMatchObject([{ id: 'alert', status: 'in_progress' }]);
    expect(simulation.events).toEqual([]);
  });
});

describe('the clock', () => {
  test('fires what is due on the way, in order, each at its moment', () => {
    const simulation = advance(openSimulation(machines, OPENING), 2 * HOUR);
    const fired = simulation.events
      .slice(1)
      .map(({ event, at, effects }) => [
        event.data?.timer,
        (at - AT) / HOUR,
        effects.map(({ kind }) => kind).join(),
      ]);
    expect(fired).toEqual([
      ['remind:0:look', 0.5, 'reminder'],
      ['due:look', 1, 'overdue'],
      ['escalate:0:look', 1.5, 'escalation'],
    ]);
    expect(simulation.now).toBe(AT + 2 * HOUR);
  });

  test('fires what was overdue at the opening at once', () => {
    const late = openSimulation(machines, { ...OPENING, awareAt: AT - 3 * HOUR });
    expect(
      advance(late, 0)
        .events.slice(1)
        .map(({ at }) => at),
    ).toEqual([AT, AT, AT]);
  });

  test('ends a wait, and never runs back', () => {
    let simulation = complete(openSimulation(machines, OPENING), 'look', { ...SEEN, personal: 'no' });
    simulation = send(simulation, { type: 'approval.approve', step: 'agree' }, cat).simulation;
    simulation = send(
      simulation,
      { type: 'step.skip', step: 'tidy', data: { reason: 'clean' } },
      ann,
    ).simulation;
    expect(open(simulation)).toEqual(['watch']);
    expect(open(advance(simulation, 24 * HOUR))).toEqual(['report']);
    expect(advanceTo(simulation, AT - HOUR).now).toBe(simulation.now);
  });

  test('stops with a sentence where timers lead in a circle for ever', () => {
    const circle = SMALL.replace(
      '        for: PT24H\n',
      `        for: PT1S\n      - decision: more\n        title: {en: More, zh-Hant: 更多}\n        role: responder\n        answers:\n          - {id: again, title: {en: Again, zh-Hant: 再來}, repeat: watch, max: 100, when: 'known(personal)'}\n          - {id: done, title: {en: Done, zh-Hant: 完成}}\n`,
    );
    let simulation = complete(openSimulation(small(circle), OPENING), 'look', { ...SEEN, personal: 'no' });
    simulation = send(simulation, { type: 'approval.approve', step: 'agree' }, cat).simulation;
    simulation = send(
      simulation,
      { type: 'step.skip', step: 'tidy', data: { reason: 'clean' } },
      ann,
    ).simulation;
    expect(() =>
      advance({ ...simulation, events: new Array(19_990).fill(simulation.events[0]) }, 24 * HOUR),
    ).toThrow(/after 20000 events.*timers that lead in a circle/);
  });
});

test('a rejection is kept with its reasons and changes nothing', () => {
  const before = openSimulation(machines, OPENING);
  const { simulation, decision } = send(
    before,
    { type: 'step.skip', step: 'look', data: { reason: 'x' } },
    bob,
  );
  expect(decision.outcome).toBe('rejected');
  expect(simulation.state).toBe(before.state);
  expect(simulation.events.at(-1)).toMatchObject({
    outcome: 'rejected',
    rejection: { blockedBy: [{ code: 'mandatory' }] },
    ...{ opened: [], done: [], undone: [] },
  });
});

test('what an event opens, ends and undoes is named', () => {
  let simulation = complete(openSimulation(machines, OPENING), 'look', SEEN);
  expect(simulation.events.at(-1)).toMatchObject({ done: ['look'], opened: ['agree'], undone: [] });
  simulation = send(
    simulation,
    { type: 'approval.refuse', step: 'agree', data: { reason: 'x' } },
    cat,
  ).simulation;
  expect(simulation.events.at(-1)).toMatchObject({ done: [], opened: ['look'], undone: ['look'] });
});

test('an operation leaves the simulation it was asked of as it was', () => {
  const first = openSimulation(machines, OPENING);
  const text = JSON.stringify([first.now, first.state, first.events]);
  advance(complete(first, 'look', SEEN), HOUR);
  expect(JSON.stringify([first.now, first.state, first.events])).toBe(text);
});

test('the view says what is asked, in the language asked for, and why the rest is locked', () => {
  const view = viewOf(openSimulation(machines, OPENING), 'zh-Hant');
  expect(view).toMatchObject({
    status: 'open',
    phases: [
      { id: 'main', title: '主要', status: 'active' },
      { id: 'review', status: 'not_started' },
    ],
    open: [{ id: 'look', title: '看', dueAt: AT + HOUR, form: { required: ['seen', 'personal'] } }],
    nextTimer: { id: 'remind:0:look' },
  });
  expect(view.locked.map(({ id, blockedBy }) => [id, blockedBy[0]?.code])).toContainEqual([
    'report',
    'step_open',
  ]);
});
