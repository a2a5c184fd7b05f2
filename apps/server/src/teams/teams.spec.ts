import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AbsenceList, BulkAnswer, DutyLine, Roster, TaskPage, TeamLine, TeamList } from '@cordon/contracts';
import type { Ask } from '../testing/serve.js';
import { serveReal, type RealServed } from '../testing/serve-real.js';

let served: RealServed;
beforeEach(async () => {
  served = await serveReal();
});
afterEach(() => served.close());

const hours = (n: number): string => new Date(served.clock.now() + n * 3_600_000).toISOString();
const ask = (path: string, token: string, what: Ask = {}) => served.ask(`/api/v1${path}`, { token, ...what });
const people = async () => ({
  lead: await served.person('coordinator'),
  bob: await served.person('responder'),
  cat: await served.person('responder'),
});
const types = (): string[] => served.journalled.map(({ type }) => type);

test('a team is made, changed and removed by whoever leads; everybody may look; each change is on record', async () => {
  const { lead, bob } = await people();
  const json = { name: 'Night', roles: ['responder'], members: [bob.id] };
  expect((await ask('/teams', bob.token, { json })).status).toBe(403);
  const made = await ask('/teams', lead.token, { json });
  expect(made.status).toBe(201);
  const team = TeamLine.parse(made.body);
  expect(team).toMatchObject({ name: 'Night', members: [{ id: bob.id, name: 'responder' }] });
  expect((await ask('/teams', lead.token, { json })).body).toMatchObject({ errors: [{ pointer: '/name' }] });
  const path = `/teams/${team.id}`;
  const change = { method: 'PATCH', json: { members: [bob.id, lead.id] } };
  expect((await ask(path, lead.token, change)).body.members).toHaveLength(2);
  expect(TeamList.parse((await ask('/teams', bob.token)).body).items).toHaveLength(1);
  const unknown = { method: 'PATCH', json: { members: ['nobody'] } };
  expect((await ask(path, lead.token, unknown)).body).toMatchObject({ errors: [{ pointer: '/members/0' }] });
  expect((await ask(path, lead.token, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(path, lead.token, { method: 'DELETE' })).status).toBe(404);
  expect((await ask(path, lead.token, { method: 'PATCH', json: {} })).status).toBe(404);
  expect(types()).toEqual(['team.add', 'team.change', 'team.remove']);
});

test('the roster says who is on duty now and next, and who stands in for whom', async () => {
  const { lead, bob, cat } = await people();
  const put = (person: string, from: number, json: object) =>
    ask('/roster', lead.token, {
      json: { person, startsAt: hours(from), endsAt: hours(from + 2), ...json },
    });
  const shift = DutyLine.parse((await put(bob.id, -1, { role: 'responder' })).body);
  await put(cat.id, 1, { role: 'responder' });
  expect((await put(bob.id, 1, {})).status).toBe(422);
  expect((await put(bob.id, 1, { team: 'x' })).body).toMatchObject({ errors: [{ pointer: '/team' }] });
  expect((await put(bob.id, 1, { role: 'responder', endsAt: hours(1) })).body).toMatchObject({
    errors: [{ pointer: '/endsAt' }],
  });
  const away = { delegate: lead.id, startsAt: hours(-1), endsAt: hours(1) };
  await ask('/absences', bob.token, { json: away });
  const roster = Roster.parse((await ask('/roster', bob.token)).body);
  expect(roster.roles).toMatchObject([
    {
      role: 'responder',
      now: [{ person: { id: lead.id }, insteadOf: { id: bob.id } }],
      next: [{ person: { id: cat.id } }],
    },
  ]);
  expect(roster.duties).toHaveLength(2);
  const path = `/roster/${shift.id}`;
  const moved = await ask(path, lead.token, { method: 'PATCH', json: { person: cat.id, endsAt: hours(5) } });
  expect(moved.body).toMatchObject({ person: { id: cat.id }, startsAt: hours(-1), endsAt: hours(5) });
  expect((await ask(path, bob.token, { method: 'DELETE' })).status).toBe(403);
  expect((await ask(path, lead.token, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(path, lead.token, { method: 'DELETE' })).status).toBe(404);
});

test('an absence is one’s own, or said by whoever leads; another person’s is not there', async () => {
  const { lead, bob, cat } = await people();
  const times = { startsAt: hours(0), endsAt: hours(8) };
  const made = await ask('/absences', bob.token, { json: { ...times, delegate: cat.id } });
  expect(made.status).toBe(201);
  const path = `/absences/${String(made.body.id)}`;
  expect((await ask('/absences', cat.token, { json: { ...times, person: bob.id } })).status).toBe(403);
  expect((await ask('/absences', lead.token, { json: { ...times, person: cat.id } })).status).toBe(201);
  expect((await ask('/absences', bob.token, { json: { ...times, delegate: bob.id } })).body).toMatchObject({
    errors: [{ pointer: '/delegate' }],
  });
  for (const method of ['PATCH', 'DELETE'])
    expect((await ask(path, cat.token, { method, json: {} })).status).toBe(404);
  const json = { delegate: null, endsAt: hours(9) };
  const changed = await ask(path, bob.token, { method: 'PATCH', json });
  expect(changed.body).toMatchObject({ endsAt: hours(9) });
  expect(changed.body).not.toHaveProperty('delegate');
  const listed = async (token: string, query = '') =>
    AbsenceList.parse((await ask(`/absences${query}`, token)).body).items.length;
  expect([await listed(bob.token), await listed(lead.token)]).toEqual([1, 0]);
  expect(await listed(lead.token, '?everybody=true')).toBe(2);
  expect((await ask('/absences?everybody=true', bob.token)).status).toBe(403);
  expect((await ask(path, lead.token, { method: 'DELETE' })).status).toBe(204);
  expect(types()).toEqual(['absence.add', 'absence.add', 'absence.change', 'absence.remove']);
});

describe('tasks of people who are away', () => {
  test('go to whoever stands in as well, who may take them, and the answer to the assignment says so', async () => {
    const { lead, bob, cat } = await people();
    const ref = await served.open();
    const away = { delegate: cat.id, startsAt: hours(-1), endsAt: hours(1) };
    await ask('/absences', bob.token, { json: away });
    const send = (token: string, json: object, key: string) =>
      ask(`/incidents/${ref}/events`, token, { json, headers: { 'Idempotency-Key': key } });
    const given = await send(lead.token, { type: 'task.assign', step: 'first', data: { to: bob.id } }, 'a');
    expect(given.body.warnings).toMatchObject([
      { code: 'assignee_away', person: bob.id, until: hours(1), delegate: cat.id },
    ]);
    const mine = async (token: string) =>
      TaskPage.parse((await ask('/tasks?mine=true', token)).body).items.map(({ id }) => id);
    expect([await mine(bob.token), await mine(cat.token)]).toEqual([[`${ref}/first`], [`${ref}/first`]]);
    const dan = await served.person('responder');
    const forged = { type: 'task.accept', step: 'first', data: { actingFor: [bob.id] } };
    expect((await send(dan.token, forged, 'f')).status).toBe(409);
    const taken = await send(cat.token, { type: 'task.accept', step: 'first' }, 'b');
    expect(taken.body.transition.event.data).toEqual({ actingFor: [bob.id] });
    expect([await mine(bob.token), await mine(cat.token)]).toEqual([[], [`${ref}/first`]]);
  });

  test('an assignment of many warns on each line; a task is given only to somebody with its role', async () => {
    const { lead, bob } = await people();
    const [one, two] = [await served.open(), await served.open()];
    await ask('/absences', bob.token, { json: { startsAt: hours(-1), endsAt: hours(1) } });
    const bulk = (to: string) =>
      ask('/tasks/bulk', lead.token, {
        json: { ids: [`${one}/first`, `${two}/first`], type: 'task.assign', data: { to } },
      });
    const lines = BulkAnswer.parse((await bulk(bob.id)).body).items;
    expect(lines.map(({ ok, to, warnings }) => [ok, to, warnings?.length])).toEqual([
      [true, bob.id, 1],
      [true, bob.id, 1],
    ]);
    const stranger = await served.person('auditor');
    expect(BulkAnswer.parse((await bulk(stranger.id)).body).items).toMatchObject([
      { ok: false, problem: { status: 422, errors: [{ pointer: '/data/to' }] } },
      { ok: false, problem: { status: 422 } },
    ]);
    const waiting = TaskPage.parse((await ask('/tasks?waiting=true', lead.token)).body);
    expect(waiting.items.map(({ assignedBy }) => assignedBy)).toEqual([lead.id, lead.id]);
    const unaccepted = TaskPage.parse((await ask('/tasks?unaccepted=true', lead.token)).body);
    expect(unaccepted.items).toHaveLength(2);
  });

  test('the team’s inbox: what its people have, and what waits for its roles', async () => {
    const { lead, bob, cat } = await people();
    const ref = await served.open();
    const team = { name: 'Night', roles: ['approver'], members: [bob.id, cat.id] };
    await ask('/teams', lead.token, { json: team });
    const json = { ids: [`${ref}/first`], type: 'task.assign', data: { to: cat.id } };
    await ask('/tasks/bulk', lead.token, { json });
    const ofTeam = async (token: string) =>
      TaskPage.parse((await ask('/tasks?team=true', token)).body).items.map(({ id }) => id);
    expect(await ofTeam(bob.token)).toEqual([`${ref}/first`]);
    expect(await ofTeam(lead.token)).toEqual([]);
  });
});
