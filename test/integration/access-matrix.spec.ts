/**
 * Every route × every role × incidents of one's own, of others, and hidden ones, made from the declared table. The
 * measure of hiding is the strictest there is: what is answered about a hidden incident is, but for its number and the
 * request's id, byte for byte what is answered about a number that was never given.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { maySee, mayOn, reachOf, ROLES, type Action, type Actor, type RoleId } from '@cordon/engine';
import { start, type Running } from '../../apps/server/src/boot/start.js';
import { loadConfig } from '../../apps/server/src/config.js';
import { makeLog } from '../../apps/server/src/log.js';
import { declaredRoutes, type Route } from '../../apps/server/src/testing/routes.js';
import { build } from '../../apps/server/src/testing/serve.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';

const ADMIN = 'an-administrators-token-of-this-test-file';
/** A number that no incident has. */
const NOWHERE = 987_654;

interface Target {
  readonly name: 'own' | 'others' | 'hidden' | 'nowhere';
  readonly ref: string;
  readonly word: string;
  readonly tlp: 'amber' | 'red';
}

interface Person {
  readonly role: RoleId;
  readonly actor: Actor;
  readonly token: string;
}

let database: TestDatabase;
let folder: string;
let running: Running;
let routes: readonly Route[];
let targets: readonly Target[];
let people: readonly Person[];

const target = (name: Target['name']): Target => {
  const found = targets.find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
};

beforeAll(async () => {
  database = await emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-matrix-'));
  const config = loadConfig({
    ...{ DATABASE_URL: database.url, PORT: '0', CORDON_ROLE: 'all', CORDON_DATA_DIR: folder },
    CORDON_BOOTSTRAP_TOKEN: ADMIN,
  });
  running = await start(config, makeLog('silent'), () => undefined);
  const { app } = await build();
  routes = declaredRoutes(app);
  await app.close();
  people = await Promise.all(ROLES.map(async (role) => personOf(role)));
  targets = await Promise.all([
    opened('own', 'Ownincident', 'red'),
    opened('others', 'Otherincident', 'amber'),
    opened('hidden', 'Hiddenincident', 'red'),
  ]);
  for (const { actor } of people) {
    await event(target('own').ref, { type: 'member.add', data: { person: actor.id } });
  }
  targets = [...targets, { name: 'nowhere', ref: `INC-${NOWHERE}`, word: 'Nowhere', tlp: 'red' }];
}, 120_000);

afterAll(async () => {
  await running.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function send(method: string, path: string, token: string, json?: unknown): Promise<Response> {
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  return fetch(`${running.url ?? ''}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': crypto.randomUUID(), ...type },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  });
}

async function created(path: string, json: object): Promise<Record<string, unknown>> {
  const reply = await send('POST', path, ADMIN, json);
  const body = (await reply.json()) as Record<string, unknown>;
  if (!reply.ok) throw new Error(JSON.stringify(body));
  return body;
}

async function personOf(role: RoleId): Promise<Person> {
  const { id, token } = await created('/api/v1/tokens', { name: `Test ${role}`, roles: [role] });
  return { role, actor: { type: 'person', id: String(id), roles: [role] }, token: String(token) };
}

async function opened(name: Target['name'], word: string, tlp: Target['tlp']): Promise<Target> {
  const awareAt = '2025-02-22T10:00:00+08:00';
  const systems = [{ id: `${word.toLowerCase()}-crm`, name: `${word} system` }];
  const { ref, playbook } = await created('/api/v1/incidents', {
    ...{ playbook: 'ransomware', title: word, summary: `${word} summary`, awareAt, tlp, systems },
  });
  QUERIES['migration'] = `version=${(playbook as { version: string }).version}`;
  await event(String(ref), { type: 'note.add', data: { text: `${word} note` } });
  return { name, ref: String(ref), word, tlp };
}

async function event(ref: string, json: object): Promise<void> {
  await created(`/api/v1/incidents/${ref}/events`, json);
}

/** What an incident's visibility is to a person of the test: only the first one has members beside its opener. */
function visibility({ name, tlp }: Target, { actor }: Person): Parameters<typeof maySee>[0] {
  return { tlp, members: name === 'own' ? [actor.id] : [] };
}

/** What a route asks for beside its path, so that a request gets to the question who asks. */
const QUERIES: Record<string, string> = { at: 'revision=1', 'POST evidence': 'name=matrix.txt' };
const BODIES: Readonly<Record<string, object>> = { events: { type: 'note.add', data: { text: 'Matrix' } } };

async function call(route: Route, ref: string, token: string): Promise<{ status: number; text: string }> {
  const last = route.path.split('/').at(-1) ?? '';
  const path = route.path.replace(':ref', ref).replace(':item', 'a'.repeat(64)).replaceAll(/:\w+/g, 'x');
  const asked = QUERIES[`${route.method} ${last}`] ?? QUERIES[last];
  const query = asked === undefined ? '' : `?${asked}`;
  const carries = ['POST', 'PATCH', 'PUT'].includes(route.method);
  const reply = await send(route.method, path + query, token, carries ? (BODIES[last] ?? {}) : undefined);
  const text = route.action === 'stream.read' ? '' : await reply.text();
  if (route.action === 'stream.read') await reply.body?.cancel();
  return { status: reply.status, text };
}

/** Without what differs from request to request, and without the number. */
function bare({ status, text }: { status: number; text: string }, ref: string): string {
  const digits = ref.replace('INC-', '');
  return `${status} ${text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uuid>')
    .replaceAll(ref, '<ref>')
    .replaceAll(`/${digits}/`, '/<ref>/')}`;
}

/** What an event asks of its sender beside is the engine's to say. */
const refusals = (action: Action): readonly number[] =>
  action === 'incident.submit' ? [401, 404, 500] : [401, 403, 500];

const actionOf = (route: Route): Action | undefined =>
  route.action === undefined || route.action === 'public' ? undefined : (route.action as Action);

describe.each(ROLES.map((role) => [role] as const))('%s', (role) => {
  const person = (): Person => {
    const found = people.find((one) => one.role === role);
    if (!found) throw new Error(role);
    return found;
  };

  test('reaches the routes about an incident as the table says, and no hidden one', async () => {
    const about = routes.filter(({ path }) => path.includes(':ref'));
    expect(about.length).toBeGreaterThan(7);
    for (const route of about) {
      const action = actionOf(route);
      if (action === undefined) throw new Error(`${route.path} is public`);
      const name = `${route.method} ${route.path}`;
      const nowhere = bare(await call(route, target('nowhere').ref, person().token), target('nowhere').ref);
      for (const one of ['own', 'others', 'hidden'] as const) {
        const asked = target(one);
        const answer = await call(route, asked.ref, person().token);
        const sees = maySee(visibility(asked, person()), person().actor);
        if (reachOf(action, [role]) === undefined)
          expect([name, one, answer.status]).toEqual([name, one, 403]);
        else if (!sees) expect([name, one, bare(answer, asked.ref)]).toEqual([name, one, nowhere]);
        else if (!mayOn(action, visibility(asked, person()), person().actor))
          expect([name, one, answer.status]).toEqual([name, one, 403]);
        else expect([name, one, refusals(action).includes(answer.status)]).toEqual([name, one, false]);
        if (!sees) expect([name, answer.text.includes(asked.word)]).toEqual([name, false]);
      }
    }
  }, 120_000);

  test('finds in lists, searches, inboxes and files only what it may see', async () => {
    const lists = routes.filter(({ path, method }) => method === 'GET' && !path.includes(':'));
    const searches = [
      'q=incident',
      'status=open',
      'severity=high',
      `q=${target('hidden').ref}`,
      'assignee=me',
    ];
    const asked = [
      ...lists.filter(({ action }) => action !== 'stream.read').map(({ path }) => path),
      ...searches.map((query) => `/api/v1/incidents?${query}`),
      ...targets.map(({ ref }) => `/api/v1/tasks?incident=${ref}`),
      ...['/api/v1/tasks?status=ready', '/api/v1/tasks?limit=200'],
    ];
    for (const path of asked) {
      const text = await (await send('GET', path, person().token)).text();
      for (const one of targets.filter(({ name }) => name !== 'nowhere')) {
        const sees = maySee(visibility(one, person()), person().actor);
        if (!sees) expect([path, one.name, text.includes(one.word)]).toEqual([path, one.name, false]);
      }
    }
    const list = await (await send('GET', '/api/v1/incidents', person().token)).text();
    if (reachOf('incident.read', [role]) === undefined) return;
    for (const one of targets.filter(({ name }) => name !== 'nowhere')) {
      const sees = maySee(visibility(one, person()), person().actor);
      expect([one.name, list.includes(one.word)]).toEqual([one.name, sees]);
    }
  }, 60_000);

  test('brings an event to a hidden incident as to none at all, singly and in bulk', async () => {
    if (reachOf('incident.submit', [role]) === undefined) return;
    for (const one of ['others', 'hidden'] as const) {
      const asked = target(one);
      if (maySee(visibility(asked, person()), person().actor)) continue;
      const json = { type: 'note.add', data: { text: 'x' } };
      const answers = await Promise.all(
        [asked, target('nowhere')].map(async ({ ref }) => {
          const single = await send('POST', `/api/v1/incidents/${ref}/events`, person().token, json);
          const bulk = await send('POST', '/api/v1/tasks/bulk', person().token, {
            ids: [`${ref}/first-report`],
            type: 'task.accept',
          });
          return [
            bare({ status: single.status, text: await single.text() }, ref),
            bare({ status: bulk.status, text: await bulk.text() }, ref),
          ];
        }),
      );
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]?.[0]).toMatch(/^404 .*unknown_incident/);
    }
  });
});

test('the requests of the matrix are such that who may do everything is served', async () => {
  for (const route of routes.filter(({ path }) => /:ref[^:]*$/.test(path))) {
    const { status, text } = await call(route, target('own').ref, ADMIN);
    expect([route.method, route.path, status < 400 ? 'served' : text]).toEqual([
      ...[route.method, route.path, 'served'],
    ]);
  }
});

test('no route is without an action of the table', () => {
  expect(routes.filter(({ action }) => action === undefined)).toEqual([]);
});
