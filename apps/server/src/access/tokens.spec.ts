import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { IssuedToken, TokenList } from '@cordon/contracts';
import { serve, type Served } from '../testing/serve.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

const incidents = '/api/v1/incidents';

async function issue(body: object): Promise<{ id: string; token: string }> {
  const { status, body: issued } = await served.ask('/api/v1/tokens', { json: body });
  expect(status).toBe(201);
  return IssuedToken.parse(issued);
}

test('a token is shown once, works, and is listed without its text', async () => {
  const { id, token } = await issue({ name: 'Chan Tai Man', roles: ['responder', 'approver'] });
  expect(token).toMatch(/^cdn_[A-Za-z0-9_-]{43}$/);
  expect((await served.ask(incidents, { token })).status).toBe(200);
  const list = await served.ask('/api/v1/tokens');
  expect(TokenList.parse(list.body).items.find((line) => line.id === id)).toMatchObject({
    name: 'Chan Tai Man',
    roles: ['responder', 'approver'],
  });
  expect(list.text).not.toContain(token);
});

test('a revoked token is refused by the next request, though it was remembered', async () => {
  const { id, token } = await issue({ name: 'x', roles: ['responder'] });
  expect((await served.ask(incidents, { token })).status).toBe(200);
  expect((await served.ask(`/api/v1/tokens/${id}`, { method: 'DELETE' })).status).toBe(204);
  const refused = await served.ask(incidents, { token });
  expect([refused.status, refused.body.code]).toEqual([401, 'unauthenticated']);
  expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  expect((await served.ask(`/api/v1/tokens/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await served.ask('/api/v1/tokens/nobody', { method: 'DELETE' })).status).toBe(404);
});

test('a token that another process revoked is remembered for one second at most', async () => {
  const { id, token } = await issue({ name: 'x', roles: ['responder'] });
  await served.ask(incidents, { token });
  await served.store.tokens.revoke(id, served.clock.at);
  served.clock.at += 999;
  expect((await served.ask(incidents, { token })).status).toBe(200);
  served.clock.at += 1;
  expect((await served.ask(incidents, { token })).status).toBe(401);
});

test('many requests of one person in a second look the token up once', async () => {
  const { token } = await issue({ name: 'x', roles: ['responder'] });
  const before = served.store.tokens.lookups;
  for (let i = 0; i < 5; i += 1) await served.ask(incidents, { token });
  expect(served.store.tokens.lookups).toBe(before + 1);
});

test('a token stops at its expiry, to the millisecond, although it is remembered', async () => {
  const expiresAt = new Date(served.clock.at + 500).toISOString();
  const { token } = await issue({ name: 'x', roles: ['responder'], expiresAt });
  served.clock.at += 499;
  expect((await served.ask(incidents, { token })).status).toBe(200);
  served.clock.at += 1;
  expect((await served.ask(incidents, { token })).status).toBe(401);
});

test('a token that would be expired already, or with a role that does not exist, is not made', async () => {
  const past = await served.ask('/api/v1/tokens', {
    json: { name: 'x', roles: ['responder'], expiresAt: '2020-01-01T00:00:00Z' },
  });
  expect(past.body).toMatchObject({ status: 422, errors: [{ pointer: '/expiresAt' }] });
  const role = await served.ask('/api/v1/tokens', { json: { name: 'x', roles: ['king'] } });
  expect(role.body).toMatchObject({ status: 422, errors: [{ pointer: '/roles/0' }] });
});

test('other schemes, broken headers and unknown tokens are all refused alike', async () => {
  for (const Authorization of [
    'Basic eDp5',
    'Bearer',
    'Bearer cdn_nobody',
    `Bearer ${'x'.repeat(600)}`,
    'Bearer a b',
  ]) {
    expect((await served.ask(incidents, { token: null, headers: { Authorization } })).status).toBe(401);
  }
});

test('neither tokens nor bodies nor queries reach the log', async () => {
  const { token } = await issue({ name: 'Secret Name', roles: ['responder'] });
  await served.ask(`${incidents}?q=personal`, { token });
  served.cordon.failure = Object.assign(new Error('boom'), { parameters: ['personal'] });
  await served.ask(incidents, {
    json: { playbook: 'ransomware', title: 'personal', awareAt: '2025-02-22T10:00:00Z' },
  });
  const log = served.logged.join('');
  expect(log).toContain('boom');
  for (const secret of [token, 'personal', 'Secret Name']) expect(log).not.toContain(secret);
});

test('a token that is limited to some actions does no others, though its roles may', async () => {
  const { token } = await issue({
    name: 'x',
    roles: ['administrator'],
    scopes: ['incident.read', 'account.own'],
  });
  expect((await served.ask(incidents, { token })).status).toBe(200);
  const refused = await served.ask('/api/v1/tokens', { token });
  expect(refused.body).toMatchObject({ status: 403, code: 'forbidden' });
  expect((await served.ask('/api/v1/session', { token })).body.may).toEqual({
    'incident.read': 'any',
    'account.own': 'any',
  });
  const { items } = TokenList.parse((await served.ask('/api/v1/tokens')).body);
  expect(items.find(({ scopes }) => scopes)?.scopes).toEqual(['incident.read', 'account.own']);
});

test('a token limited to an action that does not exist, or to a public one, is not made', async () => {
  for (const scope of ['incident.explode', 'public', 'toString']) {
    const { body } = await served.ask('/api/v1/tokens', {
      json: { name: 'x', roles: ['responder'], scopes: ['incident.read', scope] },
    });
    expect(body).toMatchObject({ status: 422, errors: [{ pointer: '/scopes/1' }] });
  }
});

test('what a limited token makes is limited as well: nobody widens their own rights', async () => {
  const { token } = await issue({
    name: 'x',
    roles: ['administrator'],
    scopes: ['token.manage', 'incident.read'],
  });
  const ask = (scopes?: string[]) =>
    served.ask('/api/v1/tokens', {
      token,
      json: { name: 'y', roles: ['administrator'], ...(scopes && { scopes }) },
    });
  expect((await ask()).status).toBe(403);
  expect((await ask(['person.manage'])).status).toBe(403);
  expect((await ask(['incident.read'])).status).toBe(201);
});

test('issuing and revoking are in the journal, with roles and without the name', async () => {
  const { id } = await issue({ name: 'Chan Tai Man', roles: ['responder'] });
  await served.ask(`/api/v1/tokens/${id}`, { method: 'DELETE' });
  expect(served.journalled).toMatchObject([
    { type: 'token.issue', subject: id, data: { roles: ['responder'] } },
    { type: 'token.revoke', subject: id },
  ]);
  expect(JSON.stringify(served.journalled)).not.toContain('Chan');
});
