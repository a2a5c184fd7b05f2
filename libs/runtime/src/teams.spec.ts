import { describe, expect, test } from '@jest/globals';
import { MemoryTeams } from '@cordon/testkit';
import { deliverEffect, type Delivery } from './delivery.js';
import type { IncidentId } from './ports.js';
import { Teams } from './teams.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-24T03:00:00Z');

/** Ann leads tonight, Bob and the legal team's Cat respond; Dan comes next. */
async function setup() {
  const store = new MemoryTeams();
  await store.addTeam({
    id: 'legal',
    name: 'Legal',
    roles: ['privacy-officer'],
    members: ['cat', 'dan'],
    createdAt: 0,
  });
  const shift = (id: string, person: string, more: object, from = NOW - HOUR) =>
    store.addDuty({ id, person, startsAt: from, endsAt: from + 2 * HOUR, ...more });
  await shift('1', 'ann', { role: 'coordinator' });
  await shift('2', 'bob', { role: 'responder' });
  await shift('3', 'cat', { teamId: 'legal' });
  await shift('4', 'dan', { role: 'responder' }, NOW + HOUR);
  await shift('5', 'eve', { role: 'responder' }, NOW + 3 * HOUR);
  const away = (person: string, delegate?: string) =>
    store.addAbsence({
      ...{ id: person, person, startsAt: NOW - 1, endsAt: NOW + HOUR },
      ...(delegate === undefined ? {} : { delegate }),
    });
  return { store, teams: new Teams(store), away };
}

const peopleOf = (found: readonly { readonly person: string }[]) => found.map(({ person }) => person);

describe('who is on duty', () => {
  test('for a role: by its own shifts and by those of the teams that share it, now and not a moment longer', async () => {
    const { teams } = await setup();
    expect(peopleOf(await teams.onDuty('responder', NOW))).toEqual(['bob']);
    expect(peopleOf(await teams.onDuty('privacy-officer', NOW))).toEqual(['cat']);
    expect(peopleOf(await teams.onDuty('responder', NOW + HOUR))).toEqual(['dan']);
    expect(await teams.onDuty('approver', NOW)).toEqual([]);
  });

  test('who is away is replaced by whoever stands in at the end of the chain, or left out', async () => {
    const { teams, away } = await setup();
    await away('bob', 'fay');
    await away('fay', 'gus');
    expect(await teams.onDuty('responder', NOW)).toMatchObject([{ person: 'gus', insteadOf: 'bob' }]);
    await away('cat');
    expect(await teams.onDuty('privacy-officer', NOW)).toEqual([]);
    await away('gus', 'bob');
    expect(await teams.onDuty('responder', NOW)).toEqual([]);
  });

  test('now and next, by role', async () => {
    const { teams } = await setup();
    const roster = await teams.roster(NOW);
    expect(roster.map(({ role, now, next }) => [role, peopleOf(now), peopleOf(next)])).toEqual([
      ['coordinator', ['ann'], []],
      ['privacy-officer', ['cat'], []],
      ['responder', ['bob'], ['dan']],
    ]);
  });
});

describe('standing in', () => {
  test('for whoever is away now, also for those whose delegate is away', async () => {
    const { teams, away } = await setup();
    await away('bob', 'fay');
    await away('fay', 'gus');
    expect(await teams.standsInFor('gus', NOW)).toEqual(['fay', 'bob']);
    expect(await teams.standsInFor('fay', NOW)).toEqual(['bob']);
    expect(await teams.standsInFor('gus', NOW + HOUR)).toEqual([]);
    expect((await teams.absenceOf('bob', NOW))?.delegate).toBe('fay');
    expect(await teams.absenceOf('bob', NOW + HOUR)).toBeUndefined();
  });

  test('two who stand in for each other are no way without an end', async () => {
    const { teams, away } = await setup();
    await away('bob', 'fay');
    await away('fay', 'bob');
    expect(await teams.standsInFor('bob', NOW)).toEqual(['fay']);
    expect(await teams.onDuty('responder', NOW)).toEqual([]);
  });
});

describe('who is told', () => {
  const roles = ['responder'];

  test('whoever has the task and stands in, the role, the coordinator, everybody', async () => {
    const { teams, away } = await setup();
    await away('hal', 'ida');
    const told = (tell: 'assignee' | 'role' | 'coordinator' | 'roster') =>
      teams.recipients({ assignee: 'hal', roles, tell }, NOW);
    expect(await told('assignee')).toEqual(['hal', 'ida']);
    expect(await told('role')).toEqual(['bob']);
    expect(await told('coordinator')).toEqual(['ann']);
    expect(await told('roster')).toEqual(['ann', 'bob', 'cat']);
  });

  test('where there is nobody, whoever comes next', async () => {
    const { teams } = await setup();
    expect(await teams.recipients({ roles, tell: 'assignee' }, NOW)).toEqual(['bob']);
    expect(await teams.recipients({ roles: ['approver'], tell: 'assignee' }, NOW)).toEqual(['ann']);
    expect(await teams.recipients({ roles, tell: 'assignee' }, NOW + 9 * HOUR)).toEqual([]);
  });
});

test('who is told is found when the effect is carried out, not when it is asked for', async () => {
  const { teams, away } = await setup();
  const delivered: Delivery[] = [];
  const deliver = (payload: object) =>
    deliverEffect(
      {
        async deliver(delivery) {
          delivered.push(delivery);
          return { outcome: 'done', detail: '' };
        },
      },
      {
        submitSystemEvent: async () => 'done',
        recipients: (toTell) => teams.recipients(toTell, NOW),
      },
      {
        ...{ id: '1', incidentId: 1 as IncidentId, incidentTitle: 'T', exercise: false, tlp: 'amber' },
        effect: { key: 'k', kind: 'overdue', step: 's', payload: { title: { en: 'T' }, ...payload } },
      },
      false,
    );
  const late = { tell: 'assignee', assignee: null, roles: ['responder'] };
  await deliver(late);
  await away('bob', 'fay');
  await deliver(late);
  await deliver({ roles: ['responder'] });
  expect(delivered.map(({ recipients }) => recipients)).toEqual([['bob'], ['fay'], []]);
});
