import { expect, test } from '@jest/globals';
import {
  closeBlockers,
  compileMachines,
  decide,
  openState,
  type Actor,
  type IncidentEvent,
  type IncidentState,
} from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { colleaguesIn, ListedDirectory } from './directory.js';
import { stepViews } from './step-view.js';
import { blockerView, type TextContext } from './texts.js';

const AT = Date.parse('2026-03-24T02:00:00Z');
const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator'] };

const PEOPLE = [
  { id: 'p-ann', name: 'Ann', onDuty: false, roles: ['responder'] },
  { id: 'p-bo', name: 'Bo', onDuty: true, roles: ['responder'] },
  { id: 'p-cy', name: 'Cy', onDuty: true, roles: ['coordinator'] },
  { id: 'p-di', name: 'Di', onDuty: true, roles: ['approver'] },
];

const SOURCE = JSON.stringify({
  cordon: 1,
  id: 'small',
  version: '1.0.0',
  languages: ['en'],
  title: { en: 'Small' },
  summary: { en: 'Small' },
  roles: ['responder', 'approver', 'privacy-officer'].map((id) => ({ id, title: { en: id } })),
  facts: [{ id: 'leaked', type: 'yesno', title: { en: 'Data leaked' } }],
  phases: [
    {
      id: 'main',
      title: { en: 'Main' },
      steps: [
        { task: 'look', title: { en: 'Look' }, role: 'responder' },
        { task: 'tell', title: { en: 'Tell' }, role: 'privacy-officer', when: { fact: 'leaked', is: 'yes' } },
        { task: 'plan', title: { en: 'Plan' }, role: 'responder' },
        {
          approval: 'agree',
          title: { en: 'Agree' },
          role: 'approver',
          count: 1,
          covers: ['plan'],
          refused: { repeat: 'plan' },
        },
      ],
    },
  ],
  flow: ['main'],
});

async function setup() {
  const { playbook, findings } = parsePlaybook(SOURCE);
  if (!playbook) throw new Error(JSON.stringify(findings));
  const machines = compileMachines(playbook, 'digest');
  const opening = { at: AT, by: 'lead', awareAt: AT, facts: {}, systems: [] };
  let { state } = openState(machines, opening);
  const directory = new ListedDirectory(PEOPLE);
  const colleagues = await colleaguesIn(directory, [
    'responder',
    'approver',
    'coordinator',
    'privacy-officer',
  ]);
  const names = new Map(PEOPLE.map(({ id, name }) => [id, name]));
  const texts: TextContext = {
    language: 'en',
    plan: machines.plan,
    nameOf: (id) => names.get(id),
    systemName: () => undefined,
    colleagues,
  };
  const send = (event: IncidentEvent, actor = lead): IncidentState => {
    const decision = decide(machines, state, event, actor, AT + 1000);
    if (decision.outcome === 'rejected') throw new Error(JSON.stringify(decision.rejection));
    state = decision.state;
    return state;
  };
  const view = (id: string, viewer?: Actor) =>
    stepViews(machines, state, texts, AT + 2000, viewer).find((one) => one.id === id);
  return { machines, texts, send, view, now: () => state };
}

test('a locked step names who can bring on what it waits for: on duty first, then the others, by what event, since when', async () => {
  const { view } = await setup();
  expect(view('plan')?.blockedBy).toEqual([
    {
      code: 'step_open',
      text: '“Look” is still open since 2026-03-24T02:00:00.000Z: responder can finish it.',
      step: 'look',
      role: 'responder',
      since: '2026-03-24T02:00:00.000Z',
      who: [
        { id: 'p-bo', name: 'Bo', role: 'responder', onDuty: true },
        { id: 'p-cy', name: 'Cy', role: 'coordinator', onDuty: true },
        { id: 'p-ann', name: 'Ann', role: 'responder', onDuty: false },
      ],
      next: { event: 'step.complete', step: 'look' },
    },
  ]);
});

test('whoever has the task comes first, and is named once', async () => {
  const { view, send } = await setup();
  send({ type: 'task.assign', step: 'look', data: { to: 'p-ann' } });
  const who = view('plan')?.blockedBy[0]?.who?.map(({ id }) => id);
  expect(who).toEqual(['p-ann', 'p-bo', 'p-cy']);
});

test('an unknown fact is asked for by name, and anyone responding may tell it', async () => {
  const { view, send } = await setup();
  send({ type: 'step.complete', step: 'look' });
  const [reason] = view('tell')?.blockedBy ?? [];
  expect(reason).toMatchObject({
    code: 'fact_unknown',
    fact: 'leaked',
    next: { event: 'fact.set', fact: 'leaked' },
  });
  expect(reason?.who?.[0]).toMatchObject({ id: 'p-bo', onDuty: true });
});

test('a role that nobody has stands for itself', async () => {
  const { texts, now } = await setup();
  const alone = { ...texts, state: now(), colleagues: () => [] };
  const view = blockerView({ code: 'step_open', step: 'look', status: 'ready' }, alone, {
    event: 'step.start',
    step: 'plan',
  });
  expect(view.who).toEqual([{ role: 'responder' }]);
});

test('a disabled button says why: the role that is missing and who has it, or that it is their own work', async () => {
  const { view, send } = await setup();
  send({ type: 'step.complete', step: 'look' });
  send({ type: 'fact.set', data: { fact: 'leaked', value: 'no' } });
  send({ type: 'step.complete', step: 'plan' }, { type: 'person', id: 'p-ann', roles: ['responder'] });
  const ann = view('agree', { type: 'person', id: 'p-ann', roles: ['responder', 'approver'] });
  expect(ann?.refusals?.find(({ event }) => event === 'approval.approve')?.blockedBy).toMatchObject({
    code: 'own_work',
    step: 'plan',
    who: [{ id: 'p-di', role: 'approver', onDuty: true }, { id: 'p-cy' }],
    next: { event: 'approval.approve', step: 'agree' },
  });
  const auditor = view('agree', { type: 'person', id: 'aud', roles: ['auditor'] });
  expect(auditor?.refusals?.map(({ event }) => event)).toEqual(auditor?.accepts);
  expect(auditor?.refusals?.[0]?.blockedBy).toMatchObject({ code: 'role_missing', role: 'approver' });
  const di = view('agree', { type: 'person', id: 'p-di', roles: ['approver'] });
  expect(di?.refusals?.map(({ event }) => event)).not.toContain('approval.approve');
  expect(view('agree')).not.toHaveProperty('refusals');
});

test('what stands between now and closing says what to do as well', async () => {
  const { machines, texts, now } = await setup();
  const [first] = closeBlockers(machines.plan, now()).map((one) =>
    blockerView(one, { ...texts, state: now() }),
  );
  expect(first).toMatchObject({ code: 'step_open', next: { event: 'step.complete', step: 'look' } });
});
