/** What moving a running incident to another version of its playbook keeps, and what it must not let pass. */
import { expect, test } from '@jest/globals';
import type { JsonObject } from '@cordon/kernel';
import { decide } from './decide.js';
import { findInstance, statusOf } from './instances.js';
import type { Machines } from './machines.js';
import type { Actor, IncidentState } from './model.js';
import { openState } from './open-state.js';
import { ann, AT, bob, cat, cordon, machinesOf } from './testing/small-incident.js';
import { armedTimers } from './timers.js';

const source = (version: string, steps: string): string => `
cordon: 1
id: moving
version: ${version}
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: responder, title: {en: R}}, {id: approver, title: {en: A}}]
flow: [main]
phases:
  - id: main
    title: {en: M}
    steps:
${steps
  .trim()
  .split('\n')
  .map((line) => `      ${line}\n`)
  .join('')}`;

const task = (id: string, more = ''): string =>
  `- {task: ${id}, title: {en: T}, role: responder${more === '' ? '' : `, ${more}`}}`;
const action = (id: string): string => `- {action: ${id}, title: {en: T}, role: responder, do: notify}`;
const loop = (id: string): string =>
  `- {decision: ${id}, title: {en: D}, role: responder, answers: [{id: y, title: {en: Y}, then: [${task('body').slice(2)}], again: true, max: 2}, {id: n, title: {en: N}}]}`;

/** An incident on the first version; `move` takes it to the next one. */
function setup(first: string) {
  let machines: Machines = { ...machinesOf(source('1.0.0', first)), digest: 'v0' };
  let { state } = openState(machines, { at: AT, by: 'ann', awareAt: AT, facts: {}, systems: [] });
  let now = AT;
  let versions = 0;
  const effects: string[] = [];
  const decided = (actor: Actor, type: string, step?: string, data?: JsonObject, target?: Machines) => {
    now += 1000;
    const event = { type, ...(step === undefined ? {} : { step }), ...(data ? { data } : {}) };
    const decision = decide(machines, state, event, actor, now, target);
    if (decision.outcome === 'accepted') {
      ({ state } = decision);
      effects.push(...decision.effects.map(({ key }) => key));
    }
    return decision;
  };
  const send = (...event: Parameters<typeof decided>): void => {
    const decision = decided(...event);
    if (decision.outcome === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  };
  const move = (steps: string, map: Readonly<Record<string, string | null>> = {}): void => {
    versions += 1;
    const version = `1.0.${versions}`;
    const target: Machines = { ...machinesOf(source(version, steps)), digest: `v${versions}` };
    for (const who of [ann, { ...ann, id: 'zoe' }])
      send(who, 'incident.migrate', undefined, { version, map }, target);
    machines = target;
  };
  const record = (id: string) => findInstance(machines.plan, state, id)?.record;
  return {
    ...{ send, move, effects, record },
    refused: (...event: Parameters<typeof decided>) => decided(...event).outcome === 'rejected',
    status: (id: string) => statusOf(record(id)),
    state: (): IncidentState => state,
    timers: () => [...armedTimers(machines.plan, state).values()],
  };
}

test('a loop half-way keeps its count under the new name of its decision', () => {
  const t = setup(loop('more'));
  for (let round = 0; round < 2; round += 1) {
    t.send(bob, 'step.complete', 'more', { output: { answer: 'y' } });
    t.send(bob, 'step.complete', 'body');
  }
  t.send(bob, 'step.start', 'more');
  t.move(loop('again'), { more: 'again' });
  expect(t.state().turns).toEqual({ again: 2 });
  expect(t.refused(bob, 'step.complete', 'again', { output: { answer: 'y' } })).toBe(true);
});

test('a step renamed before its turn takes its evidence, and a decision its turns, along', () => {
  const t = setup(`${loop('more')}\n${task('later', 'evidence: {min: 1}')}`);
  t.send(bob, 'evidence.add', 'later', { name: 'image' });
  t.send(bob, 'step.complete', 'more', { output: { answer: 'y' } });
  t.send(bob, 'step.complete', 'body');
  t.send(bob, 'step.complete', 'more', { output: { answer: 'y' } });
  t.send(ann, 'step.reopen', 'more', { reason: 'x' });
  t.move(`${loop('more')}\n${task('last', 'evidence: {min: 1}')}`, { later: 'last' });
  expect(t.state().evidence).toEqual({ last: 1 });
});

test('an action that is left behind and done again asks under a key of its own', () => {
  const t = setup(action('alert'));
  t.move(`${action('alert')}\n${task('after')}`, { alert: null });
  t.move(`${action('warn')}\n${action('alert')}`, { alert: 'warn' });
  t.send(cordon, 'action.succeeded', 'warn', { key: 'action:warn#1' });
  expect(t.status('alert')).toBe('in_progress');
  expect(new Set(t.effects).size).toBe(t.effects.length);
  expect(t.effects).toEqual(['action:alert#1', 'action:warn#1', 'action:alert#2']);
});

test('a refusal does not pass as done where the new version leads it back', () => {
  const graph = `- graph: g
  steps:
    - {task: draft, title: {en: T}, role: responder}
    - {approval: ok, title: {en: T}, role: approver, covers: [draft], after: [draft]}
    - {task: shelve, title: {en: T}, role: responder, after: [{step: ok, outcome: refused}]}`;
  const t = setup(graph);
  t.send(bob, 'step.complete', 'draft');
  t.send(cat, 'approval.refuse', 'ok', { reason: 'no' });
  expect(t.status('shelve')).toBe('ready');
  const approval =
    '- {approval: ok, title: {en: T}, role: approver, covers: [draft], refused: {repeat: draft}}';
  t.move(`${task('draft')}\n${approval}\n${task('send')}`, { shelve: null });
  expect([t.status('ok'), t.status('send')]).toEqual(['ready', 'cannot_start']);
});

test('a failure is a problem where the new version lets nothing fail for good', () => {
  const t = setup(`${task('scan', `failed: {then: [${task('rescue').slice(2)}]}`)}\n${task('after')}`);
  t.send(bob, 'step.fail', 'scan', { reason: 'x' });
  t.move(`${task('scan')}\n${task('after')}`, { rescue: null });
  expect([t.status('scan'), t.status('after')]).toEqual(['problem', 'cannot_start']);
});

test('an answer that goes back in the new version is given again', () => {
  const asked = (more: string): string =>
    `${task('scan')}\n- {decision: clean, title: {en: D}, role: responder, answers: [{id: y, title: {en: Y}}, {id: n, title: {en: N}${more}}]}\n${task('after')}`;
  const t = setup(asked(''));
  t.send(bob, 'step.complete', 'scan');
  t.send(bob, 'step.complete', 'clean', { output: { answer: 'n' } });
  t.move(asked(', repeat: scan'));
  expect([t.status('clean'), t.status('after')]).toEqual(['ready', 'cannot_start']);
});

test('a timer that has fired does not fire again under the new name of its step', () => {
  const due = 'due: {within: PT1H, from: aware}';
  const t = setup(task('a', due));
  const fireAt = AT + 3_600_000;
  t.send(cordon, 'timer.fired', undefined, { timer: 'due:a', fireAt });
  t.move(task('b', due), { a: 'b' });
  // It was told that it is due: what is left to tell is that it is late.
  expect(t.timers()).toMatchObject([{ id: 'late:b' }]);
  t.move(task('b', due), { b: null });
  expect(t.timers()).toMatchObject([{ id: 'late:b' }]);
});
