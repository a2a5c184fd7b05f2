/** What counts once counts once: one after the other, twenty at the same moment, and for nobody else. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Reply } from '../../support/ask.js';
import {
  Authenticator,
  browse,
  BROWSERS,
  codeOf,
  cookieOf,
  enrolled,
  from,
  invited,
  PASSWORD,
  signIn,
  someAddress,
} from './people.js';
import { ADMIN, stage, type Stage } from './stage.js';

let on: Stage;
beforeAll(async () => {
  on = await stage(BROWSERS);
}, 120_000);
afterAll(() => on.stop(), 60_000);

const atOnce = (n: number, act: (i: number) => Promise<Reply>): Promise<readonly Reply[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => act(i)));
const statuses = (replies: readonly Reply[]): readonly number[] => replies.map(({ status }) => status).sort();
const times = (n: number, status: number): readonly number[] => Array<number>(n).fill(status);

async function secretBehind(token: string): Promise<string> {
  const { body } = await on.ask('/api/v1/enrolment', { json: { token }, headers: from(someAddress()) });
  return (body['totp'] as { readonly secret: string }).secret;
}

const enrol = (token: string, code: string, more: object = {}): Promise<Reply> =>
  on.ask('/api/v1/enrolment/password', {
    ...{ json: { token, password: PASSWORD, code, ...more }, headers: from(someAddress()) },
  });

describe('a one-time link', () => {
  test('works once: the second use is answered 410', async () => {
    const { link } = await invited(on, 'once@example.org');
    const secret = await secretBehind(link);
    expect((await enrol(link, codeOf(secret))).status).toBe(201);
    on.wait(30_000);
    expect((await enrol(link, codeOf(secret))).status).toBe(410);
    const opened = await on.ask('/api/v1/enrolment', { json: { token: link }, headers: from(someAddress()) });
    expect(opened.status).toBe(410);
  });

  test('used by twenty at the same moment makes one session and one password', async () => {
    const { id, link } = await invited(on, 'twenty@example.org');
    const code = codeOf(await secretBehind(link));
    const replies = await atOnce(20, () => enrol(link, code));
    expect(statuses(replies)).toEqual([201, ...times(19, 410)]);
    expect(replies.filter((reply) => cookieOf(reply) !== undefined)).toHaveLength(1);
    const [made] = await on.query(
      `SELECT (SELECT count(*)::int FROM session WHERE person_id = $1) AS sessions,
              (SELECT count(*)::int FROM credential WHERE person_id = $1 AND kind = 'password') AS passwords`,
      [id],
    );
    expect(made).toEqual({ sessions: 1, passwords: 1 });
  });

  test('of the first administrator, used by twenty at once, makes one administrator', async () => {
    const token = on.firstLink?.split('#')[1] ?? '';
    expect(on.firstLink).toMatch(/^https:\/\/cordon\.example\.org\/welcome#[A-Za-z0-9_-]{43}$/);
    const code = codeOf(await secretBehind(token));
    const replies = await atOnce(20, (i) =>
      enrol(token, code, { name: `First ${i}`, login: `first${i}@example.org` }),
    );
    expect(statuses(replies)).toEqual([201, ...times(19, 410)]);
    const [row] = await on.query(
      `SELECT count(*)::int AS administrators FROM person WHERE 'administrator' = ANY (roles)`,
    );
    expect(row).toEqual({ administrators: 1 });
  });

  test('is dead after a day, when a newer one is made, and when its person is shut out', async () => {
    const [old, replaced, shut] = [
      await invited(on, 'old@example.org'),
      await invited(on, 'replaced@example.org'),
      await invited(on, 'shut@example.org'),
    ];
    await on.made(`/api/v1/people/${replaced.id}/invitation`, {});
    await on.made(`/api/v1/people/${shut.id}`, { disabled: true }, 'PATCH');
    const open = (token: string): Promise<Reply> =>
      on.ask('/api/v1/enrolment', { json: { token }, headers: from(someAddress()) });
    expect(statuses([await open(replaced.link), await open(shut.link)])).toEqual([410, 410]);
    expect((await open(old.link)).status).toBe(200);
    on.wait(24 * 3_600_000 + 1);
    expect((await open(old.link)).status).toBe(410);
  });

  test('to replace what was stolen takes everything from the thief: password, codes and sessions', async () => {
    const stolen = await enrolled(on);
    const { link } = await on.made(`/api/v1/people/${stolen.id}/invitation`, {});
    const token = String(link).split('#')[1] ?? '';
    const key = new Authenticator();
    const headers = from(someAddress());
    const asked = await on.ask('/api/v1/enrolment/passkey/options', { json: { token }, headers });
    const { challenge } = asked.body['options'] as { readonly challenge: string };
    const done = await on.ask('/api/v1/enrolment/passkey', {
      ...{ json: { token, response: key.register(challenge) }, headers },
    });
    expect([done.status, done.status === 201 ? '' : done.text]).toEqual([201, '']);
    on.wait(30_000);
    const byThief = await signIn(on, {
      login: stolen.email,
      password: PASSWORD,
      code: codeOf(stolen.secret),
    });
    const session = await browse(on, stolen.cookie, '/api/v1/session');
    expect([byThief.status, session.status]).toEqual([401, 401]);
  });
});

describe('a code', () => {
  test('of the authenticator app works once, also for its owner, also at the same moment', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    const right = { login: email, password: PASSWORD, code: codeOf(secret) };
    expect((await signIn(on, right)).status).toBe(200);
    expect((await signIn(on, right)).status).toBe(401);
    on.wait(60_000);
    const next = { ...right, code: codeOf(secret) };
    const replies = await atOnce(4, () => signIn(on, next));
    expect(statuses(replies)).toEqual([200, 401, 401, 401]);
  });

  test('that was used at enrolment does not sign in', async () => {
    const { link } = await invited(on, 'enrolment-code@example.org');
    const secret = await secretBehind(link);
    const code = codeOf(secret);
    expect((await enrol(link, code)).status).toBe(201);
    const reply = await signIn(on, { login: 'enrolment-code@example.org', password: PASSWORD, code });
    expect(reply.status).toBe(401);
  });

  test('of a minute ago, or of the next half minute, does not work', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(120_000);
    for (const ms of [-60_000, 30_000]) {
      const reply = await signIn(on, {
        login: email,
        password: PASSWORD,
        code: codeOf(secret, Date.now() + ms),
      });
      expect([ms, reply.status]).toEqual([ms, 401]);
    }
  });

  test('for recovery works once, also at the same moment, and another still works', async () => {
    const { email, recoveryCodes } = await enrolled(on);
    const [first = '', second = '', third = ''] = recoveryCodes;
    const attempt = (code: string): Promise<Reply> => signIn(on, { login: email, password: PASSWORD, code });
    expect((await attempt(first)).status).toBe(200);
    expect((await attempt(first)).status).toBe(401);
    expect(statuses(await atOnce(4, () => attempt(second)))).toEqual([200, 401, 401, 401]);
    on.wait(60_000);
    expect((await attempt(third.toUpperCase())).status).toBe(200);
  });

  test('for recovery is of no use without the password, or to somebody else', async () => {
    const [one, other] = [await enrolled(on), await enrolled(on)];
    const code = one.recoveryCodes[0] ?? '';
    const wrong = await signIn(on, { login: one.email, password: 'wrong horse', code });
    const others = await signIn(on, { login: other.email, password: PASSWORD, code });
    expect([wrong.status, others.status]).toEqual([401, 401]);
    expect((await signIn(on, { login: one.email, password: PASSWORD, code })).status).toBe(200);
  });
});

describe('a passkey', () => {
  /** A person with a passkey and nothing else. */
  async function holder(): Promise<{ readonly id: string; readonly key: Authenticator }> {
    const { id, link: token } = await invited(on, `${crypto.randomUUID()}@example.org`);
    const [key, headers] = [new Authenticator(), from(someAddress())];
    const asked = await on.ask('/api/v1/enrolment/passkey/options', { json: { token }, headers });
    const { challenge } = asked.body['options'] as { readonly challenge: string };
    const json = { token, response: key.register(challenge) };
    const reply = await on.ask('/api/v1/enrolment/passkey', { json, headers });
    if (reply.status !== 201) throw new Error(reply.text);
    return { id, key };
  }

  async function challenged(): Promise<string> {
    const { body } = await on.ask('/api/v1/session/passkey/options', {
      json: {},
      headers: from(someAddress()),
    });
    return (body['options'] as { readonly challenge: string }).challenge;
  }

  const present = (response: object): Promise<Reply> =>
    on.ask('/api/v1/session/passkey', { json: { response }, headers: from(someAddress()) });

  test('signs in by itself, and its answer counts once', async () => {
    const { id, key } = await holder();
    const answer = key.sign(await challenged());
    const first = await present(answer);
    expect([first.status, first.body['id']]).toEqual([200, id]);
    expect((await present(answer)).status).toBe(401);
  });

  test('answered twenty times at once signs in once', async () => {
    const { key } = await holder();
    const answer = key.sign(await challenged());
    expect(statuses(await atOnce(20, () => present(answer)))).toEqual([200, ...times(19, 401)]);
  });

  test('does not answer a question that was answered, has expired, or was never asked', async () => {
    const [one, other] = [await holder(), await holder()];
    const shared = await challenged();
    expect((await present(one.key.sign(shared))).status).toBe(200);
    const late = await challenged();
    on.wait(5 * 60_000 + 1);
    for (const challenge of [shared, late, Buffer.alloc(32, 7).toString('base64url')]) {
      expect((await present(other.key.sign(challenge))).status).toBe(401);
    }
  });

  test('is not taken from another site, from another key, or for somebody else', async () => {
    const { key } = await holder();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect((await present(key.sign(await challenged(), privateKey))).status).toBe(401);
    const phished = new Authenticator('https://cordon.example.org.evil.example');
    Object.assign(phished, { id: key.id });
    expect((await present(phished.sign(await challenged()))).status).toBe(401);
    expect((await present(new Authenticator().sign(await challenged()))).status).toBe(401);
  });

  test('whose counter went back is a copy, and is not let in', async () => {
    const { key } = await holder();
    const before = await challenged();
    const stale = key.sign(before);
    expect((await present(key.sign(await challenged()))).status).toBe(200);
    expect((await present(stale)).status).toBe(401);
  });
});

describe('an API token', () => {
  test('that was revoked or has expired is nobody, and cannot be revived', async () => {
    const { id, token } = await on.token('responder');
    expect((await on.ask('/api/v1/incidents', { token })).status).toBe(200);
    await on.ask(`/api/v1/tokens/${id}`, { method: 'DELETE', token: ADMIN });
    expect((await on.ask('/api/v1/incidents', { token })).status).toBe(401);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const short = await on.made('/api/v1/tokens', { name: 'Short', roles: ['responder'], expiresAt });
    const held = String(short['token']);
    expect((await on.ask('/api/v1/incidents', { token: held })).status).toBe(200);
    on.wait(60_000);
    expect((await on.ask('/api/v1/incidents', { token: held })).status).toBe(401);
  });

  test('works in its header and nowhere else: not in an address, a cookie or a body', async () => {
    const { token } = await on.token('responder');
    const query = await on.ask(`/api/v1/incidents?access_token=${token}&token=${token}`);
    const cookie = await on.ask('/api/v1/incidents', { headers: { cookie: `${'__Host-cordon'}=${token}` } });
    const basic = { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` };
    const inBasic = await on.ask('/api/v1/incidents', { headers: basic });
    const inBody = await on.ask('/api/v1/incidents', { json: { access_token: token } });
    expect([query, cookie, inBasic, inBody].map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  test('that is wrong is not made good by a session, nor a session’s token by being sent as one', async () => {
    const { cookie } = await enrolled(on);
    const headers = { ...from(someAddress()), cookie };
    expect((await on.ask('/api/v1/session', { headers, token: 'cdn_wrong' })).status).toBe(401);
    expect((await on.ask('/api/v1/session', { token: cookie.split('=')[1] ?? '' })).status).toBe(401);
  });

  test('is a person of its own: it cannot change credentials, and the list says who made it', async () => {
    const { cookie, id } = await enrolled(on, 'administrator');
    const json = { name: 'Made by hand', roles: ['observer'] };
    const made = await browse(on, cookie, '/api/v1/tokens', { json, method: 'POST' });
    const listed = await on.ask('/api/v1/tokens', { token: ADMIN });
    const items = listed.body['items'] as readonly { readonly id: string; readonly createdBy: string }[];
    expect(items.find((one) => one.id === made.body['id'])?.createdBy).toBe(id);
    const held = String(made.body['token']);
    for (const path of ['passkeys/options', 'password/options']) {
      expect((await on.ask(`/api/v1/account/${path}`, { token: held, json: {} })).status).toBe(401);
    }
  });
});

describe('an idempotency key', () => {
  test('of somebody else answers neither in their name nor with what they alone may see', async () => {
    const [one, other] = [await on.token('responder'), await on.token('coordinator')];
    const ref = await on.incident('Ransom note');
    const [key, json] = ['a-key-that-was-overheard', { type: 'note.add', data: { text: 'x' } }];
    const path = `/api/v1/incidents/${ref}/events`;
    for (const { id, token } of [one, other]) {
      const { body } = await on.ask(path, { token, key, json });
      expect(body['transition']).toMatchObject({ actor: { id } });
    }
    const awareAt = '2025-02-22T10:00:00+08:00';
    const secret = { playbook: 'ransomware', title: 'An insider', awareAt, tlp: 'red' };
    const [mine, theirs] = [
      await on.ask('/api/v1/incidents', { token: one.token, key, json: secret }),
      await on.ask('/api/v1/incidents', { token: other.token, key, json: secret }),
    ];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.body['ref']).not.toBe(mine.body['ref']);
    expect(theirs.body['members']).toEqual([other.id]);
  });
});
