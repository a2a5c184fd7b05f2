import { expect, test } from '@jest/globals';
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import { decide } from './decide.js';
import { instances, isOpen, statusOf } from './instances.js';
import { compileMachines } from './machines.js';
import type { Actor, IncidentState, Rejection } from './model.js';
import { openState } from './open-state.js';
import { phaseStatuses } from './phases.js';
import { closeBlockers, whyLocked } from './reasons.js';
import { SMALL_PLAYBOOK } from './testing/small-playbook.js';
import { armedTimers } from './timers.js';

const AT = Date.parse('2026-03-24T02:00:00.000Z');
const ann: Actor = { type: 'person', id: 'ann', roles: ['coordinator'] };
const bob: Actor = { type: 'person', id: 'bob', roles: ['responder'] };
const cat: Actor = { type: 'person', id: 'cat', roles: ['approver'] };
const dan: Actor = { type: 'person', id: 'dan', roles: ['approver'] };
const eve: Actor = { type: 'person', id: 'eve', roles: ['auditor'] };
const cordon: Actor = { type: 'system', id: 'cordon', roles: [] };

function setup(
  systems: readonly { id: string; name: string }[] = [
    { id: 'crm', name: 'CRM' },
    { id: 'web', name: 'Web' },
  ],
) {
  const { playbook, findings } = parsePlaybook(SMALL_PLAYBOOK);
  expect(findings).toEqual([]);
  if (!playbook) throw new Error('the playbook parses');
  const machines = compileMachines(playbook, 'digest');
  const opened = openState(machines, { at: AT, by: 'ann', awareAt: AT - 3_600_000, facts: {}, systems });
  let state = opened.state;
  let now = AT;
  const ask = (actor: Actor, type: string, step?: string, data?: JsonObject) => {
    now += 1000;
    return decide(
      machines,
      state,
      { type, ...(step ? { step } : {}), ...(data ? { data } : {}) },
      actor,
      now,
    );
  };
  const send = (actor: Actor, type: string, step?: string, data?: JsonObject) => {
    const decision = ask(actor, type, step, data);
    if (decision.outcome === 'rejected')
      throw new Error(`${type} ${step ?? ''}: ${JSON.stringify(decision.rejection)}`);
    state = decision.state;
    return decision;
  };
  const refuse = (actor: Actor, type: string, step?: string, data?: JsonObject): Rejection => {
    const decision = ask(actor, type, step, data);
    if (decision.outcome === 'accepted') throw new Error(`${type} ${step ?? ''} was accepted`);
    return decision.rejection;
  };
  const open = () =>
    instances(machines.plan, state)
      .filter((one) => isOpen(statusOf(one.record)))
      .map((one) => one.id);
  const status = (id: string) =>
    statusOf(instances(machines.plan, state).find((one) => one.id === id)?.record);
  const phases = () => Object.fromEntries(phaseStatuses(machines.plan, state.value));
  return {
    machines,
    opened,
    send,
    refuse,
    open,
    status,
    phases,
    state: () => state,
    set: (s: IncidentState) => {
      state = s;
    },
  };
}

function throughContain(t: ReturnType<typeof setup>): void {
  t.send(bob, 'step.complete', 'alert');
  t.send(bob, 'step.complete', 'assess', { output: { personal: 'no' } });
  t.send(bob, 'step.complete', 'a1');
  t.send(bob, 'step.skip', 'a2', { reason: 'not needed' });
  t.send(bob, 'step.complete', 'b1');
}

function returnSystem(t: ReturnType<typeof setup>, id: string): void {
  t.send(bob, 'step.complete', `choose@${id}`, { output: { restorePoint: 'rp1' } });
  t.send(bob, 'step.complete', `clean@${id}`, { output: { answer: 'clean' } });
  t.send(cat, 'approval.approve', `approve@${id}`);
  t.send(bob, 'step.start', `restore-system@${id}`);
  expect(t.state().systems[id]?.life).toBe('restoring');
  t.send(bob, 'system.restore', undefined, { system: id, restorePoint: 'rp1' });
  t.send(bob, 'system.verify', undefined, { system: id });
  t.send(bob, 'step.complete', `return-system@${id}`);
}

function throughRestore(t: ReturnType<typeof setup>): void {
  throughContain(t);
  for (const id of Object.keys(t.state().systems)) t.send(bob, 'system.isolate', undefined, { system: id });
  for (const id of Object.keys(t.state().systems)) returnSystem(t, id);
  t.send(bob, 'step.complete', 'watch');
}

test('an incident opens with the first step of every track, and asks for its first action', () => {
  const t = setup();
  expect(t.open()).toEqual(['alert']);
  expect(t.opened.effects.map((effect) => effect.key)).toEqual(['action:alert#0']);
  expect(t.phases()).toEqual({
    contain: 'active',
    restore: 'not_started',
    notify: 'active',
    review: 'not_started',
  });
});

test('an incident runs from opening to closed', () => {
  const t = setup();
  throughRestore(t);
  expect(t.status('tell-regulator')).toBe('skipped');
  t.send(bob, 'step.complete', 'many', { output: { answer: 'many' } });
  expect(t.open()).toEqual(['mass-letter']);
  t.send(bob, 'step.complete', 'mass-letter');
  expect(t.phases()).toEqual({
    contain: 'completed',
    restore: 'completed',
    notify: 'completed',
    review: 'active',
  });
  expect(t.refuse(ann, 'incident.close')).toMatchObject({
    code: 'event_not_accepted',
    blockedBy: [{ code: 'step_open', step: 'findings' }],
  });
  t.send(bob, 'step.complete', 'findings');
  t.send(cat, 'approval.approve', 'sign-off');
  expect(t.refuse(cat, 'approval.approve', 'sign-off')).toMatchObject({
    code: 'forbidden',
    blockedBy: [{ code: 'already_approved' }],
  });
  t.send(dan, 'approval.approve', 'sign-off');
  expect(t.refuse(bob, 'incident.close').code).toBe('forbidden');
  t.send(ann, 'incident.close');
  expect(t.state().status).toBe('closed');
  expect(t.state().value).toBe('closed');
  expect(t.refuse(bob, 'step.start', 'findings')).toMatchObject({ blockedBy: [{ code: 'incident_closed' }] });
  t.send(ann, 'incident.reopen', undefined, { reason: 'new evidence' });
  expect(t.state().value).toEqual({ open: 'ready-to-close' });
  t.send(ann, 'phase.reopen', undefined, { phase: 'review', reason: 'new evidence' });
  expect(t.open()).toEqual(['findings']);
});

test('an unknown fact keeps the step at its gate and says which fact', () => {
  const t = setup();
  const locked = instances(t.machines.plan, t.state()).find((one) => one.id === 'tell-regulator');
  expect(locked && whyLocked(t.machines.plan, t.state(), locked)).toEqual([
    { code: 'fact_unknown', step: 'tell-regulator', fact: 'personalData' },
  ]);
  t.send(bob, 'fact.set', undefined, { fact: 'personalData', value: true });
  expect(t.status('tell-regulator')).toBe('ready');
});

test('a fact that turns to yes brings a passed-over step back, even from the review', () => {
  const t = setup();
  throughRestore(t);
  t.send(bob, 'step.complete', 'many', { output: { answer: 'few' } });
  t.send(bob, 'step.start', 'findings');
  t.send(bob, 'fact.set', undefined, { fact: 'personalData', value: 'yes' });
  expect(t.open()).toEqual(['tell-regulator']);
  expect(t.status('findings')).toBe('cannot_start');
  expect(closeBlockers(t.machines.plan, t.state())[0]).toMatchObject({
    code: 'step_open',
    step: 'tell-regulator',
  });
  t.send(bob, 'step.complete', 'tell-regulator', { output: { reference: 'R1' } });
  expect(t.status('findings')).toBe('in_progress');
});

test('a ready step whose condition turns to no is passed over', () => {
  const t = setup();
  t.send(bob, 'fact.set', undefined, { fact: 'personalData', value: 'yes' });
  t.send(bob, 'fact.set', undefined, { fact: 'personalData', value: 'no' });
  expect(t.status('tell-regulator')).toBe('skipped');
  expect(t.open()).toContain('many');
});

test('a system found later takes the incident back until it is through, and what was done stays done', () => {
  const t = setup();
  throughRestore(t);
  t.send(bob, 'step.complete', 'many', { output: { answer: 'few' } });
  expect(t.phases().review).toBe('active');
  t.send(bob, 'system.add', undefined, { id: 'hr', name: 'HR' });
  expect(t.phases()).toMatchObject({ contain: 'active', review: 'not_started' });
  expect(t.open()).toEqual(['isolate-system@hr']);
  t.send(bob, 'step.complete', 'isolate-system@hr');
  returnSystem(t, 'hr');
  expect(t.open()).toEqual(['findings']);
  expect(t.refuse(bob, 'system.add', undefined, { id: 'hr', name: 'HR' })).toMatchObject({
    blockedBy: [{ code: 'system_known' }],
  });
});

test('an infected restore point and a refused approval both lead back to choosing, and never on', () => {
  const t = setup([{ id: 'crm', name: 'CRM' }]);
  throughContain(t);
  t.send(bob, 'step.complete', 'isolate-system@crm');
  t.send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'rp1' } });
  t.send(bob, 'step.complete', 'clean@crm', { output: { answer: 'infected' } });
  expect(t.open()).toContain('choose@crm');
  expect(t.status('clean@crm')).toBe('cannot_start');
  t.send(bob, 'step.complete', 'choose@crm', { output: { restorePoint: 'rp2' } });
  t.send(bob, 'step.complete', 'clean@crm', { output: { answer: 'clean' } });
  t.send(cat, 'approval.refuse', 'approve@crm', { reason: 'too old' });
  expect(t.open()).toContain('choose@crm');
  expect(t.state().systems.crm?.rounds.choose).toBe(2);
  t.send(ann, 'step.complete', 'choose@crm', { output: { restorePoint: 'rp3' } });
  t.send(bob, 'step.complete', 'clean@crm', { output: { answer: 'clean' } });
  expect(t.refuse(ann, 'approval.approve', 'approve@crm')).toMatchObject({
    code: 'forbidden',
    blockedBy: [{ code: 'own_work', step: 'choose', by: 'ann' }],
  });
  t.send(cat, 'approval.approve', 'approve@crm');
  expect(t.refuse(bob, 'system.restore', undefined, { system: 'crm', restorePoint: 'rp1' })).toMatchObject({
    blockedBy: [{ code: 'other_restore_point' }],
  });
});

test('reopening a phase starts it and all after it over, but not the track beside it', () => {
  const t = setup([{ id: 'crm', name: 'CRM' }]);
  throughRestore(t);
  t.send(bob, 'step.complete', 'many', { output: { answer: 'few' } });
  expect(t.refuse(ann, 'phase.reopen', undefined, { phase: 'review', reason: 'x' })).toMatchObject({
    blockedBy: [{ code: 'phase_not_done' }],
  });
  t.send(ann, 'phase.reopen', undefined, { phase: 'restore', reason: 'reinfection' });
  expect(t.open()).toEqual(['choose@crm']);
  expect(t.state().systems.crm?.life).toBe('isolated');
  expect(t.phases()).toEqual({
    contain: 'completed',
    restore: 'active',
    notify: 'completed',
    review: 'not_started',
  });
});

test('the verdict of an action completes or fails its step, once, and a retry is a new effect', () => {
  const t = setup();
  t.send(cordon, 'action.failed', 'alert', { key: 'action:alert#0', detail: 'no channel' });
  expect(t.status('alert')).toBe('problem');
  const again = t.send(bob, 'step.start', 'alert');
  expect(again.effects.map((effect) => effect.key)).toEqual(['action:alert#1']);
  expect(t.refuse(cordon, 'action.succeeded', 'alert', { key: 'action:alert#0' }).code).toBe(
    'event_not_accepted',
  );
  t.send(cordon, 'action.succeeded', 'alert', { key: 'action:alert#1' });
  expect(t.open()).toContain('assess');
});

test('timers follow the state: armed while the step is open, fired once, moved with the moment they count from', () => {
  const t = setup();
  t.send(bob, 'step.complete', 'alert');
  const ids = () =>
    [...armedTimers(t.machines.plan, t.state()).values()].map(({ id, fireAt }) => [id, fireAt - AT]);
  expect(ids()).toEqual([
    ['due:assess', 0],
    ['remind:0:assess', -900_000],
    ['escalate:0:assess', 900_000],
  ]);
  const fired = t.send(cordon, 'timer.fired', undefined, { timer: 'due:assess', fireAt: AT });
  expect(fired.effects.map((effect) => effect.kind)).toEqual(['overdue']);
  expect(t.refuse(cordon, 'timer.fired', undefined, { timer: 'due:assess', fireAt: AT })).toMatchObject({
    blockedBy: [{ code: 'timer_gone' }],
  });
  expect(ids().map(([id]) => id)).toEqual(['remind:0:assess', 'escalate:0:assess']);
  t.send(ann, 'fact.set', undefined, {
    fact: 'awareAt',
    value: '2026-03-24T00:30:00Z',
    reason: 'first alert found',
  });
  expect(ids()[0]).toEqual(['due:assess', -1_800_000]);
  t.send(bob, 'step.complete', 'assess', { output: { personal: 'unknown' } });
  expect(ids()).toEqual([]);
});

test('refusals say what is wrong, what is accepted and what is missing', () => {
  const t = setup();
  expect(t.refuse(bob, 'step.fly', 'assess')).toMatchObject({
    code: 'invalid_event',
    errors: [{ pointer: '/type' }],
  });
  expect(t.refuse(bob, 'xstate.done.actor.x')).toMatchObject({ code: 'invalid_event' });
  expect(t.refuse(bob, 'timer.fired')).toMatchObject({ code: 'invalid_event' });
  expect(t.refuse(bob, 'step.start', 'nowhere')).toMatchObject({
    code: 'invalid_event',
    errors: [{ pointer: '/step' }],
  });
  expect(t.refuse(bob, 'step.start', 'isolate-system')).toMatchObject({
    code: 'invalid_event',
    errors: [{ pointer: '/step' }],
  });
  expect(t.refuse(bob, 'step.start', 'assess')).toMatchObject({
    code: 'event_not_accepted',
    accepted: [],
    blockedBy: [{ code: 'step_open', step: 'alert' }],
  });
  expect(t.refuse(eve, 'note.add', undefined, { text: 'x' }).code).toBe('forbidden');
  expect(t.refuse(cat, 'step.start', 'alert')).toMatchObject({
    code: 'forbidden',
    needs: ['responder', 'administrator', 'coordinator'],
  });
  t.send(bob, 'step.complete', 'alert');
  expect(t.refuse(bob, 'step.complete', 'alert')).toMatchObject({
    blockedBy: [{ code: 'step_done', by: 'bob' }],
  });
  expect(t.refuse(bob, 'step.complete', 'assess', { output: { personal: 'maybe', x: 1 } })).toMatchObject({
    errors: [{ pointer: '/data/output/x' }, { pointer: '/data/output/personal' }],
  });
  expect(t.refuse(bob, 'step.skip', 'assess', { reason: 'no' })).toMatchObject({
    blockedBy: [{ code: 'mandatory' }],
  });
  expect(t.refuse(bob, 'step.start', 'isolate-system@crm')).toMatchObject({
    blockedBy: [{ code: 'step_open', step: 'assess' }],
  });
  expect(t.refuse(bob, 'step.start', 'mass-letter')).toMatchObject({
    blockedBy: [{ code: 'fact_unknown', fact: 'personalData' }],
  });
});

test('tasks are assigned, accepted, declined and released beside the flow', () => {
  const t = setup();
  t.send(ann, 'task.assign', 'alert', { to: 'bob' });
  expect(t.state().steps.alert).toMatchObject({ assignee: 'bob' });
  expect(t.refuse(ann, 'task.accept', 'alert')).toMatchObject({
    blockedBy: [{ code: 'assigned_to_other', by: 'bob' }],
  });
  t.send(bob, 'task.accept', 'alert');
  expect(t.state().steps.alert?.accepted).toBe(true);
  t.send(ann, 'task.release', 'alert');
  expect(t.state().steps.alert?.assignee).toBeUndefined();
  expect(t.refuse(bob, 'task.assign', 'alert', { to: 'cat' }).code).toBe('forbidden');
});

test('every step that cannot start has a reason, all the way through', () => {
  const t = setup();
  const check = () => {
    for (const one of instances(t.machines.plan, t.state())) {
      if (statusOf(one.record) === 'cannot_start')
        expect([one.id, whyLocked(t.machines.plan, t.state(), one).length]).not.toEqual([one.id, 0]);
      if (isOpen(statusOf(one.record))) expect(acceptedBy(one, t.state()).length).toBeGreaterThan(0);
    }
  };
  check();
  throughContain(t);
  check();
  t.send(bob, 'system.isolate', undefined, { system: 'crm' });
  check();
});

test('the state survives its canonical text unchanged', () => {
  const t = setup();
  throughContain(t);
  const text = canonicalJson(t.state());
  const before = t.state();
  t.set(JSON.parse(text) as IncidentState);
  const a = decide(t.machines, before, { type: 'step.start', step: 'isolate-system@crm' }, bob, AT + 99_000);
  const b = decide(
    t.machines,
    t.state(),
    { type: 'step.start', step: 'isolate-system@crm' },
    bob,
    AT + 99_000,
  );
  expect(canonicalJson(b)).toBe(canonicalJson(a));
});
