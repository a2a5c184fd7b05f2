import { expect, test } from '@jest/globals';
import { rolesMissing } from './authorise.js';
import { EVENTS, type EventType } from './event-data.js';
import { findInstance } from './instances.js';
import { smallIncident } from './testing/small-incident.js';

const ROLES = [
  'administrator',
  'coordinator',
  'responder',
  'approver',
  'auditor',
  'observer',
  'stranger',
] as const;

/** Who may send what on a step of a responder: a row per event, a column per role above. */
const MATRIX: Readonly<Record<EventType, string>> = {
  'step.start': 'A C R - - - -',
  'step.complete': 'A C R - - - -',
  'step.skip': 'A C R - - - -',
  'step.fail': 'A C R - - - -',
  'step.problem': 'A C R - - - -',
  'step.reopen': 'A C - - - - -',
  'approval.approve': 'A C R - - - -',
  'approval.refuse': 'A C R - - - -',
  'task.assign': 'A C - - - - -',
  'task.accept': 'A C R - - - -',
  'task.decline': 'A C R - - - -',
  'task.release': 'A C R - - - -',
  'task.schedule': 'A C - - - - -',
  'task.prioritise': 'A C - - - - -',
  'fact.set': 'A C R P - - S',
  'system.add': 'A C R P - - S',
  'system.isolate': 'A C R - - - -',
  'system.restore': 'A C R - - - -',
  'system.verify': 'A C R - - - -',
  'system.return': 'A C R - - - -',
  'phase.reopen': 'A C - - - - -',
  'note.add': 'A C R P - - S',
  'evidence.add': 'A C R P - - S',
  'evidence.view': 'A C R P A O S',
  'evidence.move': 'A C R P - - S',
  'evidence.release': 'A C - - - - -',
  'indicator.add': 'A C R P - - S',
  'indicator.withdraw': 'A C R P - - S',
  'entry.correct': 'A C R P - - S',
  'incident.migrate': 'A C - - - - -',
  'incident.classify': 'A C - - - - -',
  'member.add': 'A C - - - - -',
  'member.remove': 'A C - - - - -',
  'incident.close': 'A C - - - - -',
  'incident.reopen': 'A C - - - - -',
};

function setup() {
  const { machines, state } = smallIncident();
  const instance = findInstance(machines.plan, state(), 'assess');
  if (!instance) throw new Error('the step is there');
  return (type: EventType, ...roles: string[]) =>
    rolesMissing(type, EVENTS[type].target === 'incident' ? undefined : instance, {
      type: 'person',
      id: 'x',
      roles,
    });
}

test('the matrix has a row for every event', () => {
  expect(Object.keys(MATRIX).sort()).toEqual(Object.keys(EVENTS).sort());
});

test.each(Object.entries(MATRIX) as [EventType, string][])('%s is for %s', (type, row) => {
  const missing = setup();
  const may = row.split(' ').map((cell) => cell !== '-');
  expect(ROLES.map((role) => missing(type, role) === undefined)).toEqual(may);
});

test('one role that may is enough, and no role at all is not', () => {
  const missing = setup();
  expect(missing('step.start', 'auditor', 'responder')).toBeUndefined();
  expect(missing('note.add', 'auditor', 'observer')).toEqual(['responder', 'administrator', 'coordinator']);
  expect(missing('note.add')).toEqual(['responder', 'administrator', 'coordinator']);
  expect(missing('step.start')).toEqual(['responder', 'administrator', 'coordinator']);
});

test('who is missing is named, each once', () => {
  const missing = setup();
  expect(missing('step.start', 'approver')).toEqual(['responder', 'administrator', 'coordinator']);
  expect(missing('step.reopen', 'responder')).toEqual(['administrator', 'coordinator']);
});

test('Cordon itself may send everything', () => {
  for (const type of Object.keys(EVENTS) as EventType[]) {
    expect(rolesMissing(type, undefined, { type: 'system', id: 'cordon', roles: [] })).toBeUndefined();
  }
});
