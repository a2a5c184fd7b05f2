import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CredentialList, Enrolled, InvitedPerson, SessionList, Welcome, Whoami } from '@cordon/contracts';
import { serve, type Reply, type Served } from '../testing/serve.js';
import { codeAt, Visitor } from '../testing/visitor.js';
import { SessionWatch } from './session-watch.js';
import { Sessions } from './sessions.js';

const PASSWORD = 'gently mossy lantern 4';
const LOGIN = 'mei@example.org';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

interface Mei {
  readonly id: string;
  readonly secret: string;
  readonly codes: readonly string[];
  readonly browser: Visitor;
}

/** Somebody who was invited, and has enrolled with a password. */
async function enrol(login = LOGIN, roles: readonly string[] = ['responder']): Promise<Mei> {
  const invited = await served.ask('/api/v1/people', { json: { name: 'Wong Mei', email: login, roles } });
  expect(invited.status).toBe(201);
  const { id, link } = InvitedPerson.parse(invited.body);
  const token = new URL(link).hash.slice(1);
  const browser = new Visitor(served);
  const { totp } = Welcome.parse((await browser.ask('/api/v1/enrolment', { json: { token } })).body);
  const code = codeAt(totp.secret, served.clock.at);
  const json = { token, password: PASSWORD, code };
  const made = await browser.ask('/api/v1/enrolment/password', { json });
  expect(made.status).toBe(201);
  const { recoveryCodes = [] } = Enrolled.parse(made.body);
  served.clock.at += 60_000;
  return { id, secret: totp.secret, codes: recoveryCodes, browser };
}

function signIn(browser: Visitor, more: object): Promise<Reply> {
  return browser.ask('/api/v1/session', { json: { login: LOGIN, password: PASSWORD, ...more } });
}

const whoami = '/api/v1/session';
const kinds = () => served.journalled.map(({ type, refused }) => (refused ? `${type}: ${refused}` : type));

test('password and code sign in; the answer says who one is and what one may do', async () => {
  const { id, secret } = await enrol();
  const browser = new Visitor(served);
  const code = codeAt(secret, served.clock.at);
  const { status, body, headers } = await signIn(browser, { code, login: 'MEI@Example.org' });
  expect(status).toBe(200);
  expect(headers.get('set-cookie')).toMatch(
    /^cordon=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  const me = Whoami.parse(body);
  expect(me).toMatchObject({
    id,
    roles: ['responder'],
    may: { 'account.own': 'any', 'evidence.read': 'own' },
  });
  expect(me.may).not.toHaveProperty('person.manage');
  expect((await browser.ask(whoami)).body).toMatchObject({ id });
});

test('each code signs in once, also when two try it at once; the one before it is worthless then', async () => {
  const { secret } = await enrol();
  const code = codeAt(secret, served.clock.at);
  const replies = await Promise.all([1, 2, 3].map(() => signIn(new Visitor(served), { code })));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  const before = codeAt(secret, served.clock.at - 30_000);
  expect((await signIn(new Visitor(served), { code: before })).status).toBe(401);
});

test('the code used to enrol does not sign in', async () => {
  const { secret } = await enrol();
  const code = codeAt(secret, served.clock.at - 60_000);
  served.clock.at -= 60_000;
  expect((await signIn(new Visitor(served), { code })).status).toBe(401);
});

test('a recovery code signs in once', async () => {
  const { codes } = await enrol();
  const [code = ''] = codes;
  const replies = await Promise.all(
    [1, 2].map(() => signIn(new Visitor(served), { code: code.toUpperCase() })),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
  expect(served.journalled.at(-1)?.type === 'session.start').toBe(true);
  const browser = new Visitor(served);
  await signIn(browser, { code: codes[1] });
  const { body } = await browser.ask('/api/v1/account/credentials');
  expect(CredentialList.parse(body).recoveryCodesLeft).toBe(8);
});

test('whatever is wrong, the answer is the same to the letter, known account or not', async () => {
  const { id, secret } = await enrol();
  const code = codeAt(secret, served.clock.at);
  const wrong = [
    { code: '000000' === code ? '000001' : '000000' },
    { code, password: 'not the password' },
    { code, login: 'nobody@example.org' },
    { code: '1234-5678-9abc-defg-hjkm-npqr' },
    { code: '２８７０８２' },
  ];
  const answers = [];
  for (const json of wrong) answers.push(await signIn(new Visitor(served), json));
  await served.ask(`/api/v1/people/${id}`, { method: 'PATCH', json: { disabled: true } });
  await served.store.people.attempts.forgive(new Uint8Array(32));
  answers.push(await signIn(new Visitor(served), { code, login: 'nobody@example.org' }));
  const plain = answers.map(({ status, body: { instance: _, ...rest }, headers }) => ({
    status,
    rest,
    cookie: headers.get('set-cookie'),
  }));
  expect(plain[0]).toMatchObject({ status: 401, cookie: null, rest: { code: 'sign_in_failed' } });
  for (const answer of plain) expect(answer).toEqual(plain[0]);
});

test('after five failures each attempt waits, twice as long each time, even with what is right', async () => {
  const { secret } = await enrol();
  for (let i = 0; i < 5; i += 1) {
    expect((await signIn(new Visitor(served), { code: '000000', password: 'wrong' })).status).toBe(401);
  }
  const held = await signIn(new Visitor(served), { code: codeAt(secret, served.clock.at) });
  expect([held.status, held.headers.get('retry-after')]).toEqual([429, '5']);
  served.clock.at += 5_000;
  expect((await signIn(new Visitor(served), { code: '000000', password: 'wrong' })).status).toBe(401);
  served.clock.at += 9_000;
  expect((await signIn(new Visitor(served), { code: '000000' })).headers.get('retry-after')).toBe('1');
  served.clock.at += 1_000;
  expect((await signIn(new Visitor(served), { code: codeAt(secret, served.clock.at) })).status).toBe(200);
  expect(kinds().filter((kind) => kind === 'session.start: sign_in_failed')).toHaveLength(6);
  expect(served.journalled.filter(({ data }) => data?.['paused'] === true)).toHaveLength(2);
});

test('a name that nobody has is held up like one that somebody has', async () => {
  for (let i = 0; i < 5; i += 1) await signIn(new Visitor(served), { code: '000000', login: 'nobody' });
  expect((await signIn(new Visitor(served), { code: '000000', login: 'NOBODY' })).status).toBe(429);
});

test('one address may try thirty times a minute, whatever it tries', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 31; i += 1) {
    const { status } = await signIn(new Visitor(served), { code: '000000', login: `somebody${i}` });
    statuses.push(status);
  }
  expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
  expect(statuses[30]).toBe(429);
  served.clock.at += 60_000;
  expect((await signIn(new Visitor(served), { code: '000000', login: 'x'.repeat(9) })).status).toBe(401);
}, 60_000);

test('a new sign-in is a new session, whatever the browser brought (fixation)', async () => {
  const { secret } = await enrol();
  const planted = `cordon=${'a'.repeat(43)}`;
  const browser = new Visitor(served);
  browser.cookie = planted;
  expect((await browser.ask(whoami)).status).toBe(401);
  await signIn(browser, { code: codeAt(secret, served.clock.at) });
  expect(browser.cookie).not.toBe(planted);
  const first = browser.cookie;
  served.clock.at += 30_000;
  await signIn(browser, { code: codeAt(secret, served.clock.at) });
  expect(browser.cookie).not.toBe(first);
});

test('a session ends when it is idle, and in any case after its time', async () => {
  const { browser } = await enrol();
  served.clock.at += 28 * 60_000;
  expect((await browser.ask(whoami)).status).toBe(200);
  served.clock.at += 29 * 60_000;
  expect((await browser.ask(whoami)).status).toBe(200);
  served.clock.at += 30 * 60_000;
  expect((await browser.ask(whoami)).status).toBe(401);
  const { browser: busy } = await enrol('lee@example.org');
  for (let minutes = 0; minutes < 12 * 60 - 25; minutes += 25) {
    served.clock.at += 25 * 60_000;
    expect((await busy.ask(whoami)).status).toBe(200);
  }
  served.clock.at += 25 * 60_000;
  expect((await busy.ask(whoami)).status).toBe(401);
});

test('signing out is the end of the session, not of the cookie alone', async () => {
  const { browser } = await enrol();
  const kept = browser.cookie;
  const out = await browser.ask(whoami, { method: 'DELETE' });
  expect([out.status, browser.cookie]).toEqual([204, undefined]);
  browser.cookie = kept;
  expect((await browser.ask(whoami)).status).toBe(401);
  expect(kinds().at(-1)).toBe('session.end');
});

test('a revoked session is dead on the next request, and whoever watches it is told', async () => {
  const { id, browser, secret } = await enrol();
  const other = new Visitor(served);
  await signIn(other, { code: codeAt(secret, served.clock.at) });
  const { items } = SessionList.parse((await other.ask('/api/v1/sessions')).body);
  expect(items).toMatchObject([{ current: true, userAgent: 'Firefox on Windows' }, { current: false }]);
  const gone = items[1]?.id ?? '';
  let told = 0;
  served.app.get(SessionWatch).onEnd(gone, () => (told += 1));
  expect((await other.ask(`/api/v1/sessions/${gone}`, { method: 'DELETE' })).status).toBe(204);
  expect([told, (await browser.ask(whoami)).status, (await other.ask(whoami)).status]).toEqual([1, 401, 200]);
  expect(await served.app.get(Sessions).stillValid(gone)).toBe(false);
  expect(served.journalled.at(-1)).toMatchObject({
    type: 'session.revoke',
    subject: id,
    data: { session: gone },
  });
});

test('a session that another process revoked is dead on the next request too', async () => {
  const { id, browser } = await enrol();
  expect((await browser.ask(whoami)).status).toBe(200);
  await served.store.people.sessions.revokeAll(id, served.clock.at);
  expect((await browser.ask(whoami)).status).toBe(401);
});

test('other people’s sessions do not exist for anybody but an administrator', async () => {
  const { id, browser } = await enrol();
  const stranger = (await enrol('eve@example.org')).browser;
  const [session] = await served.store.people.sessions.ofPerson(id);
  const path = `/api/v1/sessions/${session?.id ?? ''}`;
  expect((await stranger.ask(path, { method: 'DELETE' })).status).toBe(404);
  expect((await stranger.ask(`/api/v1/sessions?person=${id}`)).status).toBe(403);
  expect((await stranger.ask(`/api/v1/sessions?person=${id}`, { method: 'DELETE' })).status).toBe(403);
  expect((await stranger.ask(`/api/v1/people/${id}/sessions`, { method: 'DELETE' })).status).toBe(403);
  expect((await served.ask(`/api/v1/sessions?person=${id}`)).body.items).toHaveLength(1);
  expect((await browser.ask(whoami)).status).toBe(200);
  expect((await served.ask(`/api/v1/people/${id}/sessions`, { method: 'DELETE' })).status).toBe(204);
  expect((await browser.ask(whoami)).status).toBe(401);
});

test('what another site makes the browser send is refused (CSRF)', async () => {
  const { browser } = await enrol();
  const json = { name: 'x', roles: ['administrator'] };
  const from = (headers: Record<string, string>): Promise<Reply> => {
    return served.ask('/api/v1/tokens', {
      token: null,
      json,
      headers: { Cookie: browser.cookie ?? '', ...headers },
    });
  };
  const cases: [Record<string, string>, number][] = [
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: served.url }, 403],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: `${served.url}.evil.example` }, 403],
    [{}, 403],
  ];
  for (const [headers, status] of cases) {
    const reply = await from(headers);
    expect([headers, reply.status, reply.body.code]).toEqual([headers, status, 'cross_site']);
  }
  expect((await from({ Origin: served.url })).body.code).toBe('forbidden');
  expect((await from({ 'Sec-Fetch-Site': 'same-origin' })).body.code).toBe('forbidden');
  const login = { headers: { 'Sec-Fetch-Site': 'cross-site' }, json: {} };
  expect((await new Visitor(served).ask('/api/v1/session', login)).body.code).toBe('cross_site');
  const read = { headers: { 'Sec-Fetch-Site': 'cross-site' } };
  expect((await browser.ask(whoami, read)).body.code).toBe('cross_site');
  expect((await browser.ask('/account', read)).status).toBe(200);
});

test('a wrong Authorization header is not made good by a cookie', async () => {
  const { browser } = await enrol();
  expect((await browser.ask(whoami, { headers: { Authorization: 'Bearer cdn_wrong' } })).status).toBe(401);
});

test('what one signs in with is changed only soon after signing in, and never by a token', async () => {
  const { browser } = await enrol();
  const path = '/api/v1/account/password/options';
  expect((await browser.ask(path, { json: {} })).status).toBe(200);
  expect((await served.ask(path, { json: {} })).body.code).toBe('sign_in_again');
  served.clock.at += 15 * 60_000;
  expect((await browser.ask(path, { json: {} })).body).toMatchObject({ status: 401, code: 'sign_in_again' });
});

test('a new password comes with new codes; the old ones are worthless', async () => {
  const { browser, secret, codes } = await enrol();
  const { body } = await browser.ask('/api/v1/account/password/options', { json: {} });
  const next = String(body.totp.secret);
  expect(next).not.toBe(secret);
  const json = { login: LOGIN, password: 'another mossy lantern', code: codeAt(next, served.clock.at) };
  expect((await browser.ask('/api/v1/account/password', { json: { ...json, code: '000000' } })).status).toBe(
    422,
  );
  expect((await browser.ask('/api/v1/account/password', { json })).status).toBe(201);
  served.clock.at += 30_000;
  const { password } = json;
  expect((await signIn(new Visitor(served), { code: codeAt(next, served.clock.at) })).status).toBe(401);
  expect((await signIn(new Visitor(served), { password, code: codes[0] })).status).toBe(401);
  expect(
    (await signIn(new Visitor(served), { password, code: codeAt(secret, served.clock.at) })).status,
  ).toBe(401);
  expect((await signIn(new Visitor(served), { password, code: codeAt(next, served.clock.at) })).status).toBe(
    200,
  );
});

test('neither names nor addresses nor anything that signs in is in the journal, the log or an answer', async () => {
  const { secret, codes, browser } = await enrol();
  await signIn(new Visitor(served), { code: codeAt(secret, served.clock.at) });
  const told = JSON.stringify(served.journalled) + served.logged.join('');
  const secrets = [
    LOGIN,
    'Wong Mei',
    PASSWORD,
    secret,
    codes[0] ?? '',
    (browser.cookie ?? '').slice(7),
    '127.0.0.1',
  ];
  for (const text of secrets) expect([text, told.includes(text)]).toEqual([text, false]);
});
