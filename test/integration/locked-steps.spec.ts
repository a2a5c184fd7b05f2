/**
 * What is locked or refused says why, and what it says is true: on walks by chance through shipped playbooks and drawn
 * ones, by people with and without the right roles. `explore-shipped.spec.ts` asks it of every state.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import {
  acceptedBy,
  compileMachines,
  decide,
  EVENTS,
  instances,
  isOpen,
  mayDo,
  openState,
  ROLES,
  statusOf,
  type Actor,
  type Blocker,
  type EventType,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import { parsePlaybook, type Playbook } from '@cordon/playbook';
import { chance, seedOfRun, type Chance } from '../support/random.js';
import { drawPlaybook } from '../support/random-playbook.js';
import { followReasons } from '../support/follow-reasons.js';
import { anything, ask, dataFor, OPENED } from '../support/wander.js';

const SHIPPED = [
  ...['ransomware', 'data-breach', 'insider-leak', 'lost-device', 'supplier-breach'],
  ...['denial-of-service', 'website-defacement', 'business-email-compromise'],
];
const MINUTE = 60_000;

function compiled(playbook: Playbook | undefined): Machines {
  if (!playbook) throw new Error('the playbook parses');
  return compileMachines(playbook, 'digest');
}

async function shipped(id: string): Promise<Machines> {
  return compiled(parsePlaybook(await readFile(`playbooks/${id}/playbook.yaml`, 'utf8')).playbook);
}

function drawn(dice: Chance): Machines | undefined {
  const { text, sources } = drawPlaybook(dice, { most: 16 });
  const { playbook } = parsePlaybook(text, sources);
  return playbook && compiled(playbook);
}

/** States along a walk by chance; every event is one that somebody may think of. */
function* walk(machines: Machines, dice: Chance, events: number): Generator<IncidentState> {
  const systems = [{ id: 'sys-0', name: 'S' }];
  let { state } = openState(machines, { at: OPENED, by: 'lead', awareAt: OPENED, facts: {}, systems });
  yield state;
  for (let sent = 1; sent <= events; sent += 1) {
    const scene = { machines, state, draw: dice };
    const decision = ask(scene, anything(scene), OPENED + sent * MINUTE);
    if (decision.outcome === 'rejected') continue;
    state = decision.state;
    yield state;
  }
}

const STEP_EVENTS = (Object.keys(EVENTS) as EventType[]).filter((type) => EVENTS[type].target !== 'incident');

function actorBy(dice: Chance, machines: Machines, state: IncidentState): Actor {
  const declared = machines.plan.playbook.roles.map(({ id }) => id);
  const known = Object.values(state.steps).flatMap(({ by, assignee }) =>
    [by, assignee].filter((id) => id !== undefined),
  );
  const role = dice.pick<string>([...ROLES, ...declared, 'doer', 'approver', 'nothing']);
  return { type: 'person', id: dice.pick(['ann', 'dora', 'lead', ...known]), roles: [role] };
}

/** A step that the event can be about, one that is open more often than not: a system's move is about the step that makes it. */
function addresseeOf(type: EventType, all: readonly Instance[], dice: Chance): Instance | undefined {
  const isFitting = ({ planned: { step } }: Instance): boolean =>
    EVENTS[type].target === 'system'
      ? `system.${step.move ?? ''}` === type
      : !type.startsWith('approval.') || step.kind === 'approval' || dice.happens(0.1);
  const fitting = all.filter(isFitting);
  const open = fitting.filter(({ record }) => isOpen(statusOf(record)));
  const among = open.length > 0 && dice.happens(0.7) ? open : fitting;
  return among.length > 0 ? dice.pick(among) : undefined;
}

function asked(type: EventType, one: Instance, dice: Chance) {
  const move = EVENTS[type].target === 'system';
  const extra = { 'task.assign': { to: 'dora' }, 'task.schedule': { dueAt: '2030-01-01T00:00:00Z' } }[
    type as string
  ];
  const more = type === 'task.prioritise' ? { priority: 'high' } : extra;
  const data = { ...(more ?? dataFor(type, one, dice)), ...(move ? { system: one.system ?? 'sys-0' } : {}) };
  return { type, ...(move ? {} : { step: one.id }), data };
}

const names = ({ step, role, fact, system, duty, phase, condition, code }: Blocker): boolean =>
  code === 'incident_closed' ||
  [step, role, fact, system, duty, phase, condition].some((one) => one !== undefined);

interface Seen {
  allowed: number;
  refused: number;
  own: number;
  held: number;
}

/** One event by one person: what is said beforehand, and what is answered. */
function compare(machines: Machines, state: IncidentState, type: EventType, dice: Chance, seen: Seen): void {
  const one = addresseeOf(type, instances(machines.plan, state), dice);
  if (!one) return;
  const actor = actorBy(dice, machines, state);
  const event = asked(type, one, dice);
  const may = mayDo(machines.plan, state, one, type, actor);
  const decision = decide(machines, state, event, actor, OPENED + 5_000 * MINUTE);
  const about = JSON.stringify({ event, actor, may, decision });
  const rejection = decision.outcome === 'rejected' ? decision.rejection : undefined;
  if (rejection?.code === 'invalid_event') return;
  if (rejection?.code === 'forbidden') expect([about, may]).toEqual([about, rejection.blockedBy[0]]);
  if (!may) {
    seen.allowed += 1;
    return;
  }
  expect([about, decision.outcome]).toEqual([about, 'rejected']);
  if (may.code === 'role_missing') seen.refused += 1;
  else if (acceptedBy(one, state).includes(type)) {
    expect([about, rejection?.blockedBy]).toEqual([about, [may]]);
    seen[may.code === 'assigned_to_other' ? 'held' : 'own'] += 1;
  }
}

test('what mayDo says of a person is what decide answers them', () => {
  const seed = seedOfRun();
  const seen: Seen = { allowed: 0, refused: 0, own: 0, held: 0 };
  for (let i = 0; i < 40; i += 1) {
    const dice = chance(seed + i);
    const machines = drawn(dice);
    if (!machines) continue;
    for (const state of walk(machines, dice, 40))
      for (const type of STEP_EVENTS) compare(machines, state, type, dice, seen);
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});

test.each(SHIPPED)(
  'in %s every refusal of every event on every step names what is missing, whoever asks',
  async (id) => {
    const machines = await shipped(id);
    const dice = chance(seedOfRun());
    let refused = 0;
    let at = 0;
    for (const state of walk(machines, dice, 60)) {
      at += 1;
      if (at % 6 !== 1) continue;
      for (const one of instances(machines.plan, state)) {
        for (const type of STEP_EVENTS) {
          const actor = actorBy(dice, machines, state);
          const decision = decide(machines, state, asked(type, one, dice), actor, OPENED + 5_000 * MINUTE);
          if (decision.outcome === 'accepted' || decision.rejection.code === 'invalid_event') continue;
          refused += 1;
          const { blockedBy } = decision.rejection;
          const about = [type, one.id, actor, blockedBy];
          expect([...about, blockedBy.length > 0 && blockedBy.every(names)]).toEqual([...about, true]);
        }
      }
    }
    expect(refused).toBeGreaterThan(1_000);
  },
  120_000,
);

test.each(SHIPPED)(
  'in %s whoever does nothing but what is said of a locked step unlocks it',
  async (id) => {
    const machines = await shipped(id);
    const dice = chance(seedOfRun());
    let unlocked = 0;
    const states = [...walk(machines, dice, 80)];
    for (const state of [states[states.length >> 1], states.at(-1)]) {
      const all = state ? instances(machines.plan, state) : [];
      const locked = all.filter(({ record }) => statusOf(record) === 'cannot_start');
      for (const one of locked.filter((_one, i) => i % 2 === 0)) {
        if (state) followReasons(machines, state, one.id, OPENED + 5_000 * MINUTE);
        unlocked += 1;
      }
    }
    expect(unlocked).toBeGreaterThan(20);
  },
  120_000,
);
