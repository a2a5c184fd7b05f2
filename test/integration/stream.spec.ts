/**
 * The event stream over the real thing: HTTP, PostgreSQL, several processes' worth of servers over one database. Who may
 * listen is decided anew all the time; what one may see, with every entry; and nothing is lost or told twice, whatever
 * stops in between.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '@cordon/store';
import pg from 'pg';
import { start, type Running } from '../../apps/server/src/boot/start.js';
import { loadConfig } from '../../apps/server/src/config.js';
import { makeLog } from '../../apps/server/src/log.js';
import { ask, type Ask, type Reply } from '../support/ask.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { listen, type Heard } from '../support/listen.js';

const ADMIN = 'an-administrators-token-of-this-test-file';

let database: TestDatabase;
let folder: string;
let server: Running;
/** Stands for another process over the same database. */
let elsewhere: Store;
const open: Heard[] = [];

async function launch(): Promise<Running> {
  const config = loadConfig({
    ...{ DATABASE_URL: database.url, PORT: '0', CORDON_ROLE: 'api', CORDON_DATA_DIR: folder },
    CORDON_BOOTSTRAP_TOKEN: ADMIN,
  });
  return start(config, makeLog('silent'), () => undefined);
}

beforeAll(async () => {
  database = await emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-stream-'));
  server = await launch();
  elsewhere = await openStore({ url: database.url, vaultKeyFile: join(folder, 'keys', 'vault.key') });
}, 120_000);
afterEach(() => open.splice(0).forEach((heard) => heard.close()));
afterAll(async () => {
  await elsewhere.close();
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Person {
  readonly id: string;
  readonly token: string;
}

async function call(path: string, what: Ask = {}, at = server): Promise<Reply> {
  return ask(`${at.url}/api/v1${path}`, { token: ADMIN, ...what });
}

async function person(...roles: string[]): Promise<Person> {
  const { status, body } = await call('/tokens', { json: { name: `The ${roles.join()}`, roles } });
  expect(status).toBe(201);
  return body as unknown as Person;
}

async function incident(token = ADMIN): Promise<string> {
  const json = {
    ...{ playbook: 'ransomware', title: 'Ransom note', awareAt: new Date().toISOString() },
    systems: [{ id: 'crm', name: 'CRM' }],
  };
  const { status, body } = await call('/incidents', { token, json });
  expect(status).toBe(201);
  return String(body['ref']);
}

async function submit(ref: string, type: string, data: object, what: Ask = {}, at = server): Promise<void> {
  const reply = await call(
    `/incidents/${ref}/events`,
    { key: randomUUID(), json: { type, data }, ...what },
    at,
  );
  expect([type, reply.status, reply.text]).toEqual([type, 200, expect.anything()]);
}

const note = (ref: string, text = 'x', at = server): Promise<void> =>
  submit(ref, 'note.add', { text }, {}, at);

async function hear(how: Parameters<typeof listen>[1], at = server): Promise<Heard> {
  const heard = await listen(`${at.url}/api/v1/stream`, how);
  open.push(heard);
  if (heard.status === 200) await heard.event('ready');
  return heard;
}

const told = (heard: Heard): readonly { readonly ref: string; readonly type: string }[] =>
  heard.of('transition').map(({ data }) => JSON.parse(data) as { ref: string; type: string });

/** A person who is signed in with a browser, made as another process would make them. */
async function signedIn(
  ...roles: string[]
): Promise<{ id: string; session: string; headers: { cookie: string } }> {
  const [id, session, secret] = [randomUUID(), randomUUID(), randomBytes(32).toString('base64url')];
  const now = Date.now();
  await elsewhere.people.persons.add({ id, roles, createdAt: now });
  await elsewhere.people.sessions.add({
    ...{ id: session, personId: id, method: 'passkey', createdAt: now, lastSeenAt: now },
    ...{ idleUntil: now + 600_000, expiresAt: now + 600_000 },
    hash: createHash('sha256').update(secret).digest(),
  });
  return { id, session, headers: { cookie: `cordon=${secret}` } };
}

const reads = async (headers: Record<string, string>): Promise<number> =>
  (await ask(`${server.url}/api/v1/incidents`, { headers })).status;

describe('whoever is shut out while listening', () => {
  const gone = async (heard: Heard): Promise<unknown> => {
    const { data } = await heard.event('gone');
    await heard.ended();
    expect(heard.broken()).toBe(false);
    return JSON.parse(data);
  };

  test('a session that another process revokes is dead on the next request and on the stream', async () => {
    const { session, headers } = await signedIn('responder');
    const heard = await hear({ headers });
    const other = await hear(await signedIn('responder'));
    expect(await reads(headers)).toBe(200);
    await elsewhere.people.sessions.revoke(session, Date.now());
    expect(await reads(headers)).toBe(401);
    expect(await gone(heard)).toEqual({ code: 'unauthenticated' });
    expect((await listen(`${server.url}/api/v1/stream`, { headers })).status).toBe(401);
    await note(await incident());
    await other.count('transition', 2);
    expect(told(heard)).toEqual([]);
  });

  test('a token that is revoked here, and one that is revoked elsewhere, likewise', async () => {
    const [here, there] = [await person('responder'), await person('responder')];
    const [heardHere, heardThere] = [await hear(here), await hear(there)];
    expect((await call(`/tokens/${here.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await gone(heardHere)).toEqual({ code: 'unauthenticated' });
    await elsewhere.tokens.revoke(there.id, Date.now());
    expect(await gone(heardThere)).toEqual({ code: 'unauthenticated' });
    expect((await call('/incidents', { token: here.token })).status).toBe(401);
  });

  test('a person who is disabled, and one who loses the roles that may listen', async () => {
    const [disabled, moved] = [await signedIn('responder'), await signedIn('responder')];
    const [first, second] = [await hear(disabled), await hear(moved)];
    await elsewhere.people.persons.change(disabled.id, { disabledAt: Date.now() });
    expect(await gone(first)).toEqual({ code: 'unauthenticated' });
    await elsewhere.people.persons.change(moved.id, { roles: ['playbook-author'] });
    expect(await gone(second)).toEqual({ code: 'forbidden' });
  });

  test('an open stream does not keep a session from falling idle', async () => {
    const { session, headers } = await signedIn('responder');
    const before = await elsewhere.people.sessions.byId(session);
    const heard = await hear({ headers });
    const other = await person('responder');
    const witness = await hear(other);
    // The witness being told proves that everybody had been asked about, after the stream was opened.
    await elsewhere.tokens.revoke(other.id, Date.now());
    await gone(witness);
    expect(await elsewhere.people.sessions.byId(session)).toEqual(before);
    expect(heard.of('gone')).toEqual([]);
  });
});

describe('what is told to whom', () => {
  test('nothing of an incident that one may not see, from the moment that is so until it is no longer', async () => {
    const outsider = await person('responder');
    const [heard, all] = [await hear(outsider), await hear({ token: ADMIN })];
    // The administrator is told in the same turn as everybody else: who has not been told by then is not told.
    let entries = 0;
    const then = async (event: Promise<unknown>): Promise<void> => {
      await event;
      await all.count('transition', (entries += 1));
    };
    const ref = await incident();
    await then(Promise.resolve());
    await then(note(ref));
    await then(submit(ref, 'incident.classify', { tlp: 'red' }));
    await then(note(ref, 'hidden'));
    await then(submit(ref, 'member.add', { person: outsider.id }));
    await then(note(ref));
    await then(submit(ref, 'member.remove', { person: outsider.id, reason: 'no need to know' }));
    await then(note(ref, 'hidden'));
    const plain = await incident();
    await then(Promise.resolve());
    expect(told(heard).map((one) => [one.ref, one.type])).toEqual([
      [ref, 'incident.opened'],
      [ref, 'note.add'],
      [ref, 'member.add'],
      [ref, 'note.add'],
      [plain, 'incident.opened'],
    ]);
    // Now that it is hidden, so is all that has ever happened in it.
    const again = await resumed(outsider.token);
    expect(again.filter((one) => one.ref === ref)).toEqual([]);
    expect(again.filter((one) => one.ref === plain)).toHaveLength(1);
  });

  test('a stranger to every incident hears nothing at all, whatever happens', async () => {
    const observer = await hear(await person('observer'));
    const red = await incident();
    await submit(red, 'incident.classify', { tlp: 'red' });
    for (let i = 0; i < 5; i += 1) await note(red);
    const witness = await hear({ token: ADMIN, headers: { 'Last-Event-ID': '0' } });
    await witness.event('transition', ({ data }) => data.includes(`"${red}"`));
    expect(told(observer)).toEqual([]);
    expect(observer.text()).not.toMatch(/INC-/);
    expect(await resumed((await person('observer')).token)).toEqual([]);
  });

  /** Everything that somebody is told who listens from the beginning. */
  async function resumed(token: string): Promise<ReturnType<typeof told>> {
    const heard = await hear({ token, headers: { 'Last-Event-ID': '0' } });
    return told(heard);
  }
});

test('over restarts, with writers on two servers and transactions that end out of order, each entry is told once', async () => {
  const second = await launch();
  let listening = await launch();
  const refs = await Promise.all(Array.from({ length: 6 }, () => incident()));
  const hidden = await incident();
  await submit(hidden, 'incident.classify', { tlp: 'red' });
  const { token } = await person('responder');
  const ids: number[] = [];
  const first = await hear({ token }, listening);
  const begin = Number(first.of('ready')[0]?.id);
  let heard = first;
  let last = String(begin);
  const takeOver = async (): Promise<void> => {
    await listening.stop();
    await heard.ended();
    expect(heard.broken()).toBe(false);
    const news = heard.of('transition').map(({ id }) => Number(id));
    ids.push(...news);
    last = String(news.at(-1) ?? last);
    listening = await launch();
    heard = await hear({ token, headers: { 'Last-Event-ID': last } }, listening);
  };

  let restarts = 0;
  const writing = refs.flatMap((ref, i) =>
    [server, second].map(async (at) => {
      for (let n = 0; n < 20 || restarts < 3; n += 1) await note(n % 9 === i ? hidden : ref, 'x', at);
    }),
  );
  const dragging = straggle(() => restarts < 3);
  for (; restarts < 3; restarts += 1) {
    await heard.count('transition', 20);
    await takeOver();
  }
  await Promise.all([...writing, dragging]);
  await note(refs[0] ?? '', 'the last word');
  const expected = await visibleIds(begin, hidden);
  await heard.event('transition', ({ id }) => Number(id) === expected.at(-1));
  ids.push(...heard.of('transition').map(({ id }) => Number(id)));
  expect(expected.length).toBeGreaterThan(200);
  expect(ids).toEqual(expected);
  heard.close();
  await listening.stop();
  await second.stop();
}, 120_000);

/** Draws numbers and lets go of them later, so that others are committed before: some in order, some not at all. */
async function straggle(goesOn: () => boolean): Promise<void> {
  const client = new pg.Client(database.url);
  await client.connect();
  for (let i = 0; goesOn(); i += 1) {
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO audit_entry (incident_id, seq, revision, at, prev, hash, leaf)
       VALUES ($1, 1, 1, now(), $2, sha256('\\x00'::bytea || '{}'::bytea), '{}'::bytea)`,
      [5_000_000 + i, Buffer.alloc(32)],
    );
    await client.query('SELECT pg_sleep(0.02)');
    await client.query(i % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
  }
  await client.end();
}

async function visibleIds(after: number, hidden: string): Promise<number[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    `SELECT entry.id FROM audit_entry AS entry JOIN incident ON incident.id = entry.incident_id
      WHERE entry.id > $1 AND incident.id <> $2 ORDER BY entry.id`,
    [after, hidden.replace('INC-', '')],
  );
  await client.end();
  return rows.map(({ id }) => Number(id));
}
