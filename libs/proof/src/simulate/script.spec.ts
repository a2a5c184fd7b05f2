import { describe, expect, test } from '@jest/globals';
import type { Json } from '@cordon/kernel';
import { runScript } from './run-script.js';
import { readScript } from './script.js';
import { playbookOf, scriptOf, small, SMALL } from './testing/small.js';

const playbook = playbookOf(SMALL);
const PEOPLE = { ann: ['coordinator'], bob: ['responder'], cat: ['approver'] };

function problems(value: Json): readonly string[] {
  const read = readScript(value, playbook);
  return 'problems' in read ? read.problems : [];
}

function run(events: Json, more: Record<string, Json> = {}) {
  return runScript(small(), scriptOf({ people: PEOPLE, ...more, events }));
}

const LOOKED = {
  by: 'bob',
  type: 'step.complete',
  step: 'look',
  data: { output: { seen: 'Files', personal: 'no' } },
};

describe('reading', () => {
  test.each<[string, Json, string]>([
    ['no mapping', 'x', 'a script is a mapping'],
    ['no events', {}, 'events must be a list'],
    ['a key of no meaning', { events: [], crew: {} }, 'crew is not known here'],
    [
      'an event of no name',
      [{ by: 'responder', type: 'step.finish' }],
      'events[0].type there is no event "step.finish"',
    ],
    ['a stranger', [{ by: 'eve', type: 'note.add' }], 'events[0].by "eve" is not among the people'],
    [
      'a time without its offset',
      [{ at: '2026-03-02T10:00:00', by: 'responder', type: 'note.add' }],
      'events[0].at must be a date and time',
    ],
    ['a month', [{ advance: 'P1M' }], 'events[0].advance must be a duration'],
    [
      'two times',
      [{ at: '2026-03-02T10:00:00Z', after: 'PT1H', verdict: 'failed', step: 'alert' }],
      'events[0] has both at and after',
    ],
    [
      'a fact of no name',
      { facts: { size: 1 }, events: [] },
      'facts.size is no fact of this playbook: it has personal',
    ],
    [
      'a fact of another type',
      { opening: { facts: { personal: 3 } }, events: [] },
      'opening.facts.personal ',
    ],
    [
      'Cordon among the people',
      { people: { cordon: ['responder'] }, events: [] },
      'people.cordon is Cordon itself',
    ],
    [
      'awareness after the opening',
      { opening: { at: '2026-03-02T10:00:00Z', aware: '2026-03-02T11:00:00Z' }, events: [] },
      'opening.aware is after the opening',
    ],
    [
      'a reason for what is accepted',
      [{ by: 'responder', type: 'note.add', because: 'own_work' }],
      'events[0].because stands beside',
    ],
    [
      'a system without a fit id',
      { opening: { systems: [{ id: 'a b' }] }, events: [] },
      'opening.systems[0].id has up to 64',
    ],
    [
      'a verdict that is none',
      { actions: { alert: ['maybe'] }, events: [] },
      'actions.alert[0] must be one of',
    ],
  ])('names %s', (_name, value, problem) => {
    expect(problems(value)).toContainEqual(expect.stringContaining(problem));
  });

  test('without people gives two for every role and coordinators', () => {
    expect(scriptOf([]).people.map(({ id }) => id)).toEqual([
      'responder',
      'responder-2',
      'approver',
      'approver-2',
      'coordinator',
      'coordinator-2',
    ]);
  });
});

describe('carrying out', () => {
  test('goes through what the script says, the clock included', () => {
    const { simulation, fault } = run([
      LOOKED,
      { after: 'PT10M', by: 'cat', type: 'approval.approve', step: 'agree' },
      { by: 'bob', type: 'step.skip', step: 'tidy', data: { reason: 'clean' } },
      { advance: 'P1D' },
      { walk: 'closed' },
    ]);
    expect([fault, simulation.state.status]).toEqual([undefined, 'closed']);
  });

  test.each<[string, Json, string]>([
    [
      'is rejected and should not be',
      [{ by: 'bob', type: 'step.complete', step: 'agree' }],
      'step.complete agree was rejected: ',
    ],
    [
      'is accepted and should not be',
      [{ ...LOOKED, expect: 'rejected' }],
      'step.complete look was accepted, and should be rejected',
    ],
    [
      'is rejected for another reason',
      [
        {
          by: 'bob',
          type: 'step.skip',
          step: 'look',
          data: { reason: 'x' },
          expect: 'rejected',
          because: 'own_work',
        },
      ],
      'because of mandatory, and not because of own_work',
    ],
    [
      'comes before what has happened',
      [{ advance: 'P1D' }, { ...LOOKED, at: '2026-01-05T02:00:00Z' }],
      'time does not run back',
    ],
    [
      'answers an action that nobody began',
      [{ verdict: 'failed', step: 'look' }],
      'no action look has begun',
    ],
    [
      'walks to where nothing leads',
      [{ walk: 'nowhere' }],
      'the walk to nowhere ends: the incident is closed',
    ],
  ])('stops where something %s', (_name, events, text) => {
    const { fault } = run(events);
    expect(fault?.text).toContain(text);
    expect(fault?.item).toBe((events as readonly Json[]).length - 1);
  });

  test('brings an answer that an action was left waiting for', () => {
    const { simulation, fault } = run([{ after: 'PT5M', verdict: 'failed', step: 'alert' }], {
      actions: { alert: 'pending' },
    });
    expect([fault, simulation.state.steps.alert?.status]).toEqual([undefined, 'problem']);
  });

  test('walks as it is told: answers, facts and steps that nobody touches', () => {
    const { simulation, fault } = run(
      [
        { walk: 'agree' },
        { by: 'cat', type: 'approval.approve', step: 'agree' },
        { walk: 'watch', hold: ['tell'] },
      ],
      {
        facts: { personal: 'yes' },
        forms: { look: { seen: 'A note' } },
      },
    );
    expect(fault?.text).toMatch(/the walk to watch ends: nothing can be done: step open \(step tell/);
    expect(simulation.events.find(({ event }) => event.step === 'look')?.event.data).toEqual({
      output: { seen: 'A note', personal: 'yes' },
    });
  });

  test('of a walk that knows no answer says what the engine said', () => {
    const { fault } = run([{ walk: 'agree' }], { forms: { look: { seen: 7 } } });
    expect(fault?.text).toMatch(/step\.complete look is refused: \/data\/output\/seen: give text/);
  });
});
