/** Constructs of the playbook language beyond steps in a row: each run as an incident. */
import { describe, expect, test } from '@jest/globals';
import { closeBlockers } from './reasons.js';
import { ann, bob, cat, cordon, AT, smallIncident, type SmallIncident } from './testing/small-incident.js';
import { armedTimers } from './timers.js';

const HEAD = `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}]
facts:
  - {id: again, type: yesno, title: {en: Again}}
  - {id: personalData, type: yesno, title: {en: Personal data}}
  - {id: size, type: number, title: {en: Size}}
flow: [main]
`;

/** An incident on these blocks, one line each, and on what else the document holds. */
function incident(blocks: string, more = ''): SmallIncident {
  const lines = blocks.trim().split('\n');
  const steps = lines.map((line) => `      ${line}\n`).join('');
  return smallIncident(
    { systems: [] },
    `${HEAD}${more}phases:\n  - id: main\n    title: {en: M}\n    steps:\n${steps}`,
  );
}

const task = (id: string, more = ''): string =>
  `- {task: ${id}, title: {en: T}, role: responder${more === '' ? '' : `, ${more}`}}`;
const graphOf = (id: string): string => `- {graph: graph-${id}, steps: [${task(id).slice(2)}]}`;
const yesNo = (id: string, yes = '', no = ''): string =>
  `- {decision: ${id}, title: {en: T}, role: responder, answers: [{id: y, title: {en: Y}${yes}}, {id: n, title: {en: N}${no}}]}`;

const answer = (t: SmallIncident, step: string, given: string): void => {
  t.send(bob, 'step.complete', step, { output: { answer: given } });
};

describe('a loop', () => {
  const LOOP = yesNo('more', `, then: [{task: body, title: {en: T}, role: responder}], again: true, max: 2`);

  test('asks again after its branch, as often as it may, and then no more', () => {
    const t = incident(`${LOOP}\n${task('after')}`);
    for (const round of [1, 2]) {
      answer(t, 'more', 'y');
      expect(t.open()).toEqual(['body']);
      t.send(bob, 'step.complete', 'body');
      expect(t.open()).toEqual(['more']);
      expect(t.state().turns).toEqual({ more: round });
    }
    expect(t.refuse(bob, 'step.complete', 'more', { output: { answer: 'y' } })).toMatchObject({
      code: 'event_not_accepted',
      blockedBy: [{ code: 'limit_reached', step: 'more', count: 2, of: 2 }],
    });
    answer(t, 'more', 'n');
    expect(t.open()).toEqual(['after']);
  });

  test('counts anew when the flow comes to it from before', () => {
    const t = incident(`${task('start')}\n${LOOP}\n${yesNo('back', ', repeat: start')}`);
    t.send(bob, 'step.complete', 'start');
    answer(t, 'more', 'y');
    t.send(bob, 'step.complete', 'body');
    answer(t, 'more', 'n');
    answer(t, 'back', 'y');
    expect(t.state().turns).toEqual({ back: 1 });
    expect(t.open()).toEqual(['start']);
  });

  test('that answers itself goes on by itself, and waits for a person at its limit', () => {
    const auto = `- {decision: more, title: {en: T}, role: responder, answers: [{id: y, title: {en: Y}, when: 'again == "yes"', then: [{task: body, title: {en: T}, role: responder}], again: true, max: 2}, {id: n, title: {en: N}, when: 'again == "no"'}]}`;
    const t = incident(`${auto}\n${task('after')}`);
    expect(t.open()).toEqual(['more']);
    t.send(bob, 'fact.set', undefined, { fact: 'again', value: 'yes' });
    expect(t.open()).toEqual(['body']);
    t.send(bob, 'step.complete', 'body');
    expect(t.open()).toEqual(['body']);
    t.send(bob, 'step.complete', 'body');
    expect(t.open()).toEqual(['more']);
    t.send(bob, 'fact.set', undefined, { fact: 'again', value: 'no' });
    expect(t.open()).toEqual(['after']);
  });
});

describe('a failure', () => {
  test('without an edge is refused: the step has a problem instead', () => {
    const t = incident(task('a'));
    expect(t.refuse(bob, 'step.fail', 'a', { reason: 'x' })).toMatchObject({ code: 'event_not_accepted' });
  });

  test('leads to what is done after it, and then on', () => {
    const t = incident(
      `${task('a', 'failed: {then: [{task: rescue, title: {en: T}, role: responder}]}')}\n${task('b')}`,
    );
    t.send(bob, 'step.fail', 'a', { reason: 'the tool is broken' });
    expect([t.status('a'), ...t.open()]).toEqual(['failed', 'rescue']);
    t.send(bob, 'step.complete', 'rescue');
    expect(t.open()).toEqual(['b']);
  });

  test('leads back as often as it may', () => {
    const t = incident(`${task('a')}\n${task('b', 'failed: {repeat: a, max: 1}')}`);
    t.send(bob, 'step.complete', 'a');
    t.send(bob, 'step.fail', 'b', { reason: 'x' });
    expect(t.open()).toEqual(['a']);
    t.send(bob, 'step.complete', 'a');
    expect(t.refuse(bob, 'step.fail', 'b', { reason: 'x' })).toMatchObject({
      blockedBy: [{ code: 'limit_reached' }],
    });
  });

  test('comes by itself when the time is over, as a problem where no edge leads from it', () => {
    const t = incident(
      `- parallel:\n    - [{task: a, title: {en: T}, role: responder, timeout: PT1H, failed: {then: [{task: rescue, title: {en: T}, role: responder}]}}]\n    - [{task: b, title: {en: T}, role: responder, timeout: PT2H}]`,
    );
    const timers = armedTimers(t.machines.plan, t.state());
    expect([...timers].map(([id, { fireAt }]) => [id, fireAt - AT])).toEqual([
      ['timeout:a', 3_600_000],
      ['timeout:b', 7_200_000],
    ]);
    for (const [timer, { fireAt }] of timers) t.send(cordon, 'timer.fired', undefined, { timer, fireAt });
    expect([t.status('a'), t.status('b'), t.status('rescue')]).toEqual(['failed', 'problem', 'ready']);
    expect([...armedTimers(t.machines.plan, t.state())]).toEqual([]);
  });
});

describe('a graph', () => {
  const GRAPH = `- graph: g
  steps:
    - {task: a, title: {en: T}, role: responder}
    - {decision: d, title: {en: T}, role: responder, answers: [{id: y, title: {en: Y}}, {id: n, title: {en: N}}]}
    - {task: b, title: {en: T}, role: responder, after: [a, {step: d, answer: y}]}
    - {task: c, title: {en: T}, role: responder, after: [{step: d, answer: n}, {step: a, outcome: failed}]}
    - {task: e, title: {en: T}, role: responder, after: [b, c]}
${task('z')}`;

  test('opens a block when all it comes after has ended, if one of the ends is the one asked for', () => {
    const t = incident(GRAPH);
    expect(t.open()).toEqual(['a', 'd']);
    t.send(bob, 'step.complete', 'a');
    expect(t.open()).toEqual(['d']);
    answer(t, 'd', 'y');
    expect(t.open()).toEqual(['b']);
    expect(t.status('c')).toBe('cannot_start');
    t.send(bob, 'step.complete', 'b');
    expect(t.open()).toEqual(['e']);
    t.send(bob, 'step.complete', 'e');
    expect(t.open()).toEqual(['z']);
  });

  test('passes over what depends on an end that did not come about', () => {
    const t = incident(GRAPH);
    t.send(bob, 'step.fail', 'a', { reason: 'x' });
    answer(t, 'd', 'y');
    expect(t.open()).toEqual(['b', 'c']);
  });

  test('says of a locked step what it waits for, and of one that was passed over where the way went', () => {
    const t = incident(GRAPH);
    const why = t.refuse(bob, 'step.complete', 'e');
    expect(why).toMatchObject({
      code: 'event_not_accepted',
      blockedBy: [
        { code: 'step_open', step: 'a' },
        { code: 'step_open', step: 'd' },
      ],
    });
    t.send(bob, 'step.complete', 'a');
    answer(t, 'd', 'y');
    expect(t.refuse(bob, 'step.complete', 'c')).toMatchObject({
      blockedBy: [{ code: 'branch_not_taken', step: 'd' }],
    });
  });

  test('waits again for what is opened again, and keeps what was done', () => {
    const t = incident(GRAPH);
    t.send(bob, 'step.complete', 'a');
    answer(t, 'd', 'y');
    t.send(bob, 'step.complete', 'b');
    t.send(ann, 'step.reopen', 'a', { reason: 'x' });
    expect(t.open()).toEqual(['a']);
    expect(t.status('b')).toBe('completed');
    t.send(bob, 'step.complete', 'a');
    expect(t.open()).toEqual(['e']);
  });

  test('leads a refusal where its edge says, never where an approval leads', () => {
    const t = incident(`- graph: g
  steps:
    - {task: draft, title: {en: T}, role: responder}
    - {approval: ok, title: {en: T}, role: approver, covers: [draft], after: [draft]}
    - {task: send, title: {en: T}, role: responder, after: [ok]}
    - {task: shelve, title: {en: T}, role: responder, after: [{step: ok, outcome: refused}]}`);
    t.send(bob, 'step.complete', 'draft');
    t.send(cat, 'approval.refuse', 'ok', { reason: 'not like this' });
    expect([t.status('ok'), ...t.open()]).toEqual(['failed', 'shelve']);
    t.send(bob, 'step.complete', 'shelve');
    t.send(ann, 'incident.close');
  });
});

describe('closing', () => {
  const DUTY = `duties: [{id: privacy-regulator, title: {en: Tell the Commissioner}, when: {fact: personalData, is: yes}}]\n`;
  const STEPS = `${yesNo('tell', '', ', waives: privacy-regulator')}
- {notice: told, to: {en: PCPD}, title: {en: T}, role: responder, duty: privacy-regulator, when: {fact: personalData, is: yes}, form: [{id: ref, type: text, title: {en: R}, required: true}]}`;

  test('waits for a duty until it is performed, waived by a decision, or known not to exist', () => {
    const t = incident(STEPS, DUTY);
    answer(t, 'tell', 'y');
    expect(closeBlockers(t.machines.plan, t.state())).toMatchObject([{ code: 'fact_unknown' }]);
    t.send(bob, 'fact.set', undefined, { fact: 'personalData', value: 'yes' });
    t.send(bob, 'step.complete', 'told', { output: { ref: '1' } });
    t.send(ann, 'incident.close');

    const waived = incident(STEPS, DUTY);
    answer(waived, 'tell', 'n');
    waived.send(bob, 'fact.set', undefined, { fact: 'personalData', value: 'no' });
    waived.send(ann, 'incident.close');
  });

  test('is refused while a duty is open, though every step is done', () => {
    const t = incident(`${yesNo('tell', '', ', waives: privacy-regulator')}`, DUTY);
    answer(t, 'tell', 'y');
    expect(t.refuse(ann, 'incident.close')).toMatchObject({
      blockedBy: [{ code: 'duty_open', duty: 'privacy-regulator' }],
    });
    t.send(bob, 'fact.set', undefined, { fact: 'personalData', value: 'no' });
    t.send(ann, 'incident.close');
  });

  test('waits for the conditions that the playbook names', () => {
    const t = incident(
      task('a'),
      `closure: [{id: sized, title: {en: Size known}, when: {fact: size, known: true}}]\n`,
    );
    t.send(bob, 'step.complete', 'a');
    expect(t.refuse(ann, 'incident.close')).toMatchObject({
      blockedBy: [{ code: 'closure_condition', condition: 'sized' }],
    });
    t.send(bob, 'fact.set', undefined, { fact: 'size', value: 3 });
    t.send(ann, 'incident.close');
  });
});

describe('bounds of a step', () => {
  test('evidence has to be with it before it is completed', () => {
    const t = incident(task('a', 'evidence: {min: 2, title: {en: Image and log}}'));
    t.send(bob, 'evidence.add', 'a', { name: 'image' });
    expect(t.refuse(bob, 'step.complete', 'a')).toMatchObject({
      blockedBy: [{ code: 'evidence_missing', count: 1, of: 2 }],
    });
    t.send(bob, 'evidence.add', 'a', { name: 'log' });
    t.send(bob, 'step.complete', 'a');
    expect(t.refuse(bob, 'evidence.add', 'b', { name: 'log' })).toMatchObject({ code: 'invalid_event' });
  });

  test('leaving it out takes the role and one of the reasons that the playbook names', () => {
    const t = incident(task('a', 'skip: {roles: [approver], reasons: [{id: duplicate, title: {en: D}}]}'));
    expect(t.refuse(bob, 'step.skip', 'a', { reason: 'duplicate' })).toMatchObject({ code: 'forbidden' });
    expect(t.refuse(cat, 'step.skip', 'a', { reason: 'no time' })).toMatchObject({ code: 'invalid_event' });
    t.send(cat, 'step.skip', 'a', { reason: 'duplicate: see INC-3' });
    expect(t.status('a')).toBe('skipped');
  });

  test('a step that is kept stays done when its phase is opened again', () => {
    const t = incident(`${task('a', 'keep: true')}\n${task('b')}`);
    t.send(bob, 'step.complete', 'a');
    t.send(bob, 'step.complete', 'b');
    t.send(ann, 'phase.reopen', undefined, { phase: 'main', reason: 'x' });
    expect([t.status('a'), t.status('b')]).toEqual(['completed', 'ready']);
  });
});

test('a group has its condition on every step in it', () => {
  const t = incident(`- group: g
  title: {en: G}
  when: {fact: again, is: yes}
  steps: [{task: a, title: {en: T}, role: responder}, {task: b, title: {en: T}, role: responder}]
${task('c')}`);
  t.send(bob, 'fact.set', undefined, { fact: 'again', value: 'no' });
  expect(t.open()).toEqual(['c']);
  t.send(bob, 'fact.set', undefined, { fact: 'again', value: 'yes' });
  expect(t.open()).toEqual(['a']);
});

test('steps are repeated for each group, side by side', () => {
  const t = incident(`- each: group
  id: tell
  groups: [{id: staff, title: {en: Staff}}, {id: clients, title: {en: Clients}}]
  steps:
    - {task: draft, title: {en: 'Letter to {group}'}, role: responder}
    - {approval: ok, title: {en: T}, role: approver, covers: [draft], refused: {repeat: draft}}`);
  expect(t.open()).toEqual(['draft-staff', 'draft-clients']);
  expect(t.machines.plan.steps.get('draft-staff')?.step.title).toEqual({ en: 'Letter to Staff' });
  t.send(bob, 'step.complete', 'draft-staff');
  t.send(cat, 'approval.refuse', 'ok-staff', { reason: 'x' });
  expect(t.open()).toEqual(['draft-staff', 'draft-clients']);
});

test('a step that is open at any time is never in the way, and survives going back', () => {
  const t = smallIncident(
    { systems: [] },
    `${HEAD}phases:\n  - id: main\n    title: {en: M}\n    steps:\n      ${task('a')}\n    anytime:\n      ${task('call')}\n`,
  );
  expect(t.open()).toEqual(['a', 'call']);
  t.send(bob, 'step.start', 'call');
  t.send(bob, 'step.complete', 'a');
  t.send(ann, 'step.reopen', 'a', { reason: 'x' });
  expect([t.status('a'), t.status('call')]).toEqual(['ready', 'in_progress']);
  t.send(bob, 'step.complete', 'call');
  t.send(ann, 'step.reopen', 'call', { reason: 'another call' });
  expect(t.status('call')).toBe('ready');
  t.send(bob, 'step.complete', 'a');
  t.send(ann, 'incident.close');
});

test('what opens when branches join has its moment, so that its clocks run', () => {
  const t = incident(`- parallel: [[${task('a').slice(2)}], [${task('b').slice(2)}]]
- {wait: pause, title: {en: P}, role: responder, for: PT1H}
${graphOf('c')}
${task('d', 'timeout: PT2H')}`);
  t.send(bob, 'step.complete', 'a');
  t.send(bob, 'step.complete', 'b');
  const wait = armedTimers(t.machines.plan, t.state()).get('wait:pause');
  expect(wait?.fireAt).toBe(AT + 2000 + 3_600_000);
  t.send(cordon, 'timer.fired', undefined, { timer: 'wait:pause', fireAt: wait?.fireAt ?? 0 });
  t.send(bob, 'step.complete', 'c');
  expect(t.state().steps.d).toMatchObject({ at: AT + 4000, readyAt: AT + 4000 });
});

test('working time is counted by the working hours of the playbook', () => {
  const t = incident(
    task('a', 'due: {within: PT9H, from: opened, working: true}'),
    `workingHours: {timeZone: Asia/Hong_Kong, days: [mon, tue, wed, thu, fri], from: '09:00', to: '18:00'}\n`,
  );
  // Opened on a Tuesday at 10:00 in Hong Kong: eight hours are left of the day, one more on Wednesday.
  const timer = armedTimers(t.machines.plan, t.state()).get('due:a');
  expect(new Date(timer?.fireAt ?? 0).toISOString()).toBe('2026-03-25T02:00:00.000Z');
});
