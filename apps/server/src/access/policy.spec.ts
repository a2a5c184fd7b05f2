import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OpenIncident, roles, type Role } from '@cordon/contracts';
import { declaredRoutes, servedRoutes, type Route } from '../testing/routes.js';
import { serve, type Served } from '../testing/serve.js';
import { PERMISSIONS, ROLES, TLP } from '@cordon/engine';
import { isAction, isAllowed, publicPaths, rolesFor, type Action } from './policy.js';

let served: Served;
let routes: Route[];
beforeAll(async () => {
  served = await serve();
  routes = declaredRoutes(served.app);
});
afterAll(() => served.close());

/** A request to the route that a policy lets through or not; what comes of it otherwise does not matter. */
function call({ method, path }: Route, token: string | null): ReturnType<Served['ask']> {
  const json = method === 'POST' ? { json: {} } : {};
  return served.ask(path.replace(':ref', 'INC-9').replaceAll(/:\w+/g, 'x'), { method, token, ...json });
}

test('every route of the app has a policy that the table knows, or is declared public', () => {
  expect(routes.length).toBeGreaterThan(15);
  expect(routes.filter(({ action }) => !isAction(action))).toEqual([]);
  const declared = routes.map(({ method, path }) => `${method} ${path}`);
  const outside = servedRoutes(served.app).filter((route) => !declared.includes(route));
  expect(outside.filter((route) => !publicPaths.includes(route.replace('GET ', '')))).toEqual([]);
  expect(outside.length).toBe(publicPaths.length);
});

test('every body and every query is held against a schema', () => {
  expect(routes.filter(({ checked }) => !checked)).toEqual([]);
});

test('the contract knows the roles and markings of the table, and no others', () => {
  expect(roles).toEqual(ROLES);
  for (const tlp of TLP) expect(OpenIncident.shape.tlp.safeParse(tlp).success).toBe(true);
  expect(OpenIncident.shape.tlp.safeParse('white').success).toBe(false);
});

test('no action of the table is without a route', () => {
  expect(
    Object.keys(PERMISSIONS).filter((action) => !routes.some((route) => route.action === action)),
  ).toEqual([]);
});

test('what is public is what somebody chose to be public', () => {
  const open = routes.filter(({ action }) => action === 'public').map(({ path }) => path);
  const signingIn = [
    '/api/v1/enrolment',
    '/api/v1/enrolment/passkey',
    '/api/v1/enrolment/passkey/options',
    '/api/v1/enrolment/password',
    '/api/v1/session',
    '/api/v1/session/passkey',
    '/api/v1/session/passkey/options',
  ];
  const pages = [
    '/account',
    '/approve',
    '/approve.js',
    '/identity.css',
    '/identity.js',
    '/sign-in',
    '/welcome',
    '/verify',
  ];
  const provider = ['/auth/oidc/callback', '/auth/oidc/logout', '/auth/oidc/start'];
  const always = ['/', '/health/live', '/health/ready', '/metrics'];
  expect(open.sort()).toEqual([...always, ...signingIn, ...provider, ...pages].sort());
});

test('without a token only public routes answer', async () => {
  for (const route of routes) {
    const { status, headers } = await call(route, null);
    // What signs in says what is missing in an empty body.
    const open = route.method === 'POST' ? 422 : 200;
    // Without a provider there is nothing there, and its back channel takes a form.
    if (route.path.startsWith('/auth/oidc/') && route.action === 'public')
      expect([404, 415]).toContain(status);
    else if (route.action === 'public') expect([route.path, status]).toEqual([route.path, open]);
    else
      expect([route.path, status, headers.get('www-authenticate')]).toEqual([
        route.path,
        401,
        'Bearer realm="cordon"',
      ]);
  }
});

describe('routes x roles', () => {
  test.each([...roles])('a token of role %s reaches exactly the routes of its role', async (role: Role) => {
    const token = await served.person(role);
    for (const route of routes) {
      const { status, body } = await call(route, token);
      const allowed = isAllowed(route.action as Action, [role]);
      expect([route.method, route.path, status === 403]).toEqual([route.method, route.path, !allowed]);
      if (!allowed)
        expect(body).toMatchObject({ code: 'forbidden', needs: [...rolesFor(route.action as Action)] });
    }
  });
});

test('an auditor changes nothing, whatever it sends', async () => {
  const token = await served.person('auditor');
  await served.ask('/api/v1/incidents', {
    json: { playbook: 'ransomware', title: 'Ransom note', awareAt: '2025-02-22T10:00:00+08:00' },
  });
  const headers = { 'Idempotency-Key': 'k' };
  const event = { type: 'step.complete', step: 'contain' };
  const sent = [
    await served.ask('/api/v1/incidents', {
      token,
      json: { playbook: 'ransomware', title: 'x', awareAt: '2025-02-22T10:00:00Z' },
    }),
    await served.ask('/api/v1/incidents/INC-1/events', { token, headers, json: event }),
    await served.ask('/api/v1/tokens', { token, json: { name: 'x', roles: ['administrator'] } }),
    await served.ask('/api/v1/tokens/x', { token, method: 'DELETE' }),
  ];
  expect(sent.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  const bulk = await served.ask('/api/v1/tasks/bulk', {
    token,
    json: { ids: ['INC-1/contain'], type: 'step.complete' },
  });
  expect(bulk.body.items).toMatchObject([
    { id: 'INC-1/contain', ok: false, problem: { status: 403, needs: ['responder'] } },
  ]);
  const history = await served.ask('/api/v1/incidents/INC-1/transitions', { token });
  expect(history.body.items.map(({ kind }: { kind: string }) => kind)).toEqual([
    'opened',
    'rejection',
    'rejection',
  ]);
});
