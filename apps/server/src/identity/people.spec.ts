import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { InvitedPerson, PersonList, Welcome } from '@cordon/contracts';
import { firstAdministratorLink } from '../boot/first-link.js';
import { serve, type Reply, type Served } from '../testing/serve.js';
import { codeAt, Visitor } from '../testing/visitor.js';
import { Invitations } from './invitations.js';

const PASSWORD = 'gently mossy lantern 4';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

async function invite(json: object = { name: 'Wong Mei', email: 'mei@example.org', roles: ['responder'] }) {
  const { status, body } = await served.ask('/api/v1/people', { json });
  expect(status).toBe(201);
  const { id, link } = InvitedPerson.parse(body);
  return { id, token: new URL(link).hash.slice(1) };
}

async function firstToken(): Promise<string> {
  const link = await firstAdministratorLink(served.app.get(Invitations), served.url);
  return new URL(link ?? 'none:').hash.slice(1);
}

async function enrol(token: string, about: object = {}, browser = new Visitor(served)): Promise<Reply> {
  const { totp } = Welcome.parse((await browser.ask('/api/v1/enrolment', { json: { token } })).body);
  const code = codeAt(totp.secret, served.clock.at);
  return browser.ask('/api/v1/enrolment/password', { json: { token, password: PASSWORD, code, ...about } });
}

test('an invited person is listed; only administrators see the address', async () => {
  const { id } = await invite();
  const all = PersonList.parse((await served.ask('/api/v1/people')).body).items;
  expect(all).toMatchObject([
    { id, name: 'Wong Mei', email: 'mei@example.org', roles: ['responder'], disabled: false },
  ]);
  const token = await served.person('observer');
  const shown = PersonList.parse((await served.ask('/api/v1/people', { token })).body).items;
  expect(shown[0]).not.toHaveProperty('email');
});

test('two people cannot have one address, however it is written', async () => {
  await invite();
  const json = { name: 'Other', email: 'MEI@EXAMPLE.ORG', roles: ['responder'] };
  expect((await served.ask('/api/v1/people', { json })).body).toMatchObject({
    status: 409,
    code: 'login_taken',
  });
});

test('what is not asked for is refused: mass assignment', async () => {
  const { id, token } = await invite();
  const bodies: [string, string, object][] = [
    ['POST', '/api/v1/people', { name: 'x', roles: ['observer'], id: 'mine' }],
    ['POST', '/api/v1/people', { name: 'x', roles: ['observer'], disabledAt: 0 }],
    ['PATCH', `/api/v1/people/${id}`, { name: 'x' }],
    ['PATCH', `/api/v1/people/${id}`, { roles: ['king'] }],
    ['PATCH', `/api/v1/people/${id}`, {}],
    [
      'POST',
      '/api/v1/enrolment/password',
      { token, password: PASSWORD, code: '000000', roles: ['administrator'] },
    ],
    ['POST', '/api/v1/session', { login: 'mei', password: 'x', code: '000000', personId: id }],
  ];
  for (const [method, path, json] of bodies) {
    const { status } = await served.ask(path, { method, json });
    expect([path, json, status]).toEqual([path, json, 422]);
  }
});

test('roles count from the next request, and not more than were given', async () => {
  const { id, token } = await invite();
  const browser = new Visitor(served);
  await enrol(token, {}, browser);
  const change = (roles: readonly string[]) =>
    served.ask(`/api/v1/people/${id}`, { method: 'PATCH', json: { roles } });
  expect((await browser.ask('/api/v1/people', { json: {} })).status).toBe(403);
  expect((await change(['administrator'])).status).toBe(204);
  expect((await browser.ask('/api/v1/people', { json: {} })).status).toBe(422);
  expect((await change(['observer'])).status).toBe(204);
  expect((await browser.ask('/api/v1/people', { json: {} })).status).toBe(403);
  expect(served.journalled.filter(({ type }) => type === 'person.roles')).toMatchObject([
    { subject: id, data: { from: ['responder'], to: ['administrator'] } },
    { subject: id, data: { from: ['administrator'], to: ['observer'] } },
  ]);
  expect(
    (await served.ask('/api/v1/people/nobody', { method: 'PATCH', json: { disabled: true } })).status,
  ).toBe(404);
});

test('who is disabled is signed out at once, cannot enrol, and can be let in again', async () => {
  const { id, token } = await invite();
  const browser = new Visitor(served);
  await enrol(token, {}, browser);
  const again = await served.ask(`/api/v1/people/${id}/invitation`, { json: {} });
  const link = new URL(InvitedPerson.parse(again.body).link).hash.slice(1);
  const disable = (disabled: boolean) =>
    served.ask(`/api/v1/people/${id}`, { method: 'PATCH', json: { disabled } });
  expect((await disable(true)).status).toBe(204);
  expect((await browser.ask('/api/v1/session')).status).toBe(401);
  expect((await browser.ask('/api/v1/enrolment', { json: { token: link } })).status).toBe(410);
  expect((await served.ask(`/api/v1/people/${id}/invitation`, { json: {} })).status).toBe(404);
  expect((await disable(false)).status).toBe(204);
  expect((await browser.ask('/api/v1/session')).status).toBe(401);
  expect((await enrol(link)).status).toBe(201);
});

test('a link enrols once, also when two use it at once', async () => {
  const { token } = await invite();
  const replies = await Promise.all([enrol(token), enrol(token), enrol(token)].map((one) => one));
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 410, 410]);
  expect((await new Visitor(served).ask('/api/v1/enrolment', { json: { token } })).body.code).toBe(
    'link_used',
  );
});

test('a link expires after a day, and another one ends it before', async () => {
  const { id, token } = await invite();
  const other = await served.ask(`/api/v1/people/${id}/invitation`, { json: {} });
  expect((await new Visitor(served).ask('/api/v1/enrolment', { json: { token } })).status).toBe(410);
  const next = new URL(InvitedPerson.parse(other.body).link).hash.slice(1);
  expect((await new Visitor(served).ask('/api/v1/enrolment', { json: { token: next } })).status).toBe(200);
  served.clock.at += 24 * 3_600_000;
  expect((await new Visitor(served).ask('/api/v1/enrolment', { json: { token: next } })).status).toBe(410);
});

test('who has no address chooses a login; one that is taken leaves the link as it was', async () => {
  await enrol((await invite()).token);
  const { token } = await invite({ name: 'Lee', roles: ['observer'] });
  expect((await enrol(token)).body).toMatchObject({ status: 422, errors: [{ pointer: '/login' }] });
  expect((await enrol(token, { login: 'Mei@example.org' })).body.code).toBe('login_taken');
  expect((await enrol(token, { login: 'lee' })).status).toBe(201);
});

test('who has an address signs in with that: a link is not a way to take another name', async () => {
  const { token } = await invite();
  expect((await enrol(token, { login: 'root' })).status).toBe(201);
  served.clock.at += 30_000;
  const json = { login: 'root', password: PASSWORD, code: '000000' };
  expect((await new Visitor(served).ask('/api/v1/session', { json })).body.code).toBe('sign_in_failed');
});

test('the first administrator’s links make one administrator, and no more are made', async () => {
  const [first, second] = [await firstToken(), await firstToken()];
  const about = (name: string) => ({ name, login: name });
  const replies = await Promise.all([enrol(first, about('ann')), enrol(second, about('bob'))]);
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 410]);
  expect(PersonList.parse((await served.ask('/api/v1/people')).body).items).toMatchObject([
    { roles: ['administrator'] },
  ]);
  expect(await served.app.get(Invitations).forFirstAdministrator()).toBeUndefined();
});

test('the link names localhost on this machine, where passkeys need a name, and the public address elsewhere', async () => {
  const link = (url: string) => firstAdministratorLink(served.app.get(Invitations), url);
  expect(await link('http://127.0.0.1:3000')).toMatch(/^http:\/\/localhost:3000\/welcome#[\w-]{43}$/);
  expect(await link('http://[::1]:3000')).toMatch(/^http:\/\/localhost:3000\/welcome#/);
  expect(await link('https://cordon.example.org')).toMatch(/^https:\/\/cordon\.example\.org\/welcome#/);
});

test('broken and foreign passkey answers are refused, and none is a fault', async () => {
  const { token } = await invite();
  const clientDataJSON = Buffer.from('{"type":"webauthn.create","challenge":"AAAA","origin":"x"}').toString(
    'base64url',
  );
  const parts = ['AA', clientDataJSON, 'x'.repeat(4_000)];
  const host = new URL(served.url).host.replace('127.0.0.1', 'localhost');
  for (const text of parts) {
    const made = {
      id: 'AA',
      rawId: 'AA',
      type: 'public-key',
      response: { clientDataJSON: text, attestationObject: text },
    };
    const used = { ...made, response: { clientDataJSON: text, authenticatorData: text, signature: text } };
    const local = `http://${host}`;
    const enrolled = await askAt(local, '/api/v1/enrolment/passkey', { token, response: made });
    const signedIn = await askAt(local, '/api/v1/session/passkey', { response: used });
    expect([enrolled, signedIn]).toEqual([422, 401]);
  }
});

async function askAt(origin: string, path: string, json: object): Promise<number> {
  const headers = { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' };
  const { status } = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(json) });
  return status;
}

test.each(['/sign-in', '/welcome', '/account'])(
  '%s is whole in both languages, and runs no script of its own',
  async (path) => {
    for (const [language, name] of [
      ['en', 'Sign in'],
      ['zh-HK', '登入'],
    ] as const) {
      const { status, text, headers } = await served.ask(path, {
        token: null,
        headers: { 'Accept-Language': language },
      });
      expect(status).toBe(200);
      expect(text).toContain(name);
      expect(text).not.toMatch(/<script(?! src=)|\son\w+=|style=|undefined/);
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.get('content-security-policy')).not.toContain("script-src 'unsafe-inline'");
    }
  },
);
