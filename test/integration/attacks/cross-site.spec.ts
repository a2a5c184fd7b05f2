/** What another site makes a browser do in somebody's name (CSRF), and what it would frame, read or lead to. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describedRoutes, type DescribedRoute } from './described.js';
import { browse, BROWSERS, enrolled, from, signIn, SITE, someAddress, type Enrolled } from './people.js';
import { ADMIN, stage, type Stage } from './stage.js';

let on: Stage;
let victim: Enrolled;
let ref: string;
let routes: readonly DescribedRoute[];
beforeAll(async () => {
  on = await stage(BROWSERS);
  victim = await enrolled(on, 'administrator');
  ref = await on.incident('Ransom note');
  routes = await describedRoutes(on);
}, 120_000);
afterAll(() => on.stop(), 60_000);

const pathOf = ({ template }: DescribedRoute): string =>
  template.replace('{ref}', ref).replaceAll(/\{\w+\}/g, crypto.randomUUID());
const changing = (): readonly DescribedRoute[] => routes.filter(({ method }) => method !== 'GET');

/** Everything by which a browser says that a request is another site's, or says nothing. */
const foreign: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['a sibling of ours', { 'sec-fetch-site': 'same-site', origin: 'https://blog.example.org' }],
  ['another site that forges its origin only', { 'sec-fetch-site': 'cross-site', origin: SITE }],
  ['an old browser, elsewhere', { origin: 'https://evil.example' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['our name as a beginning', { origin: `${SITE}.evil.example` }],
  ['our name as a user', { origin: `${SITE}@evil.example` }],
  ['our name without TLS', { origin: SITE.replace('https', 'http') }],
  ['our name on another port', { origin: `${SITE}:8443` }],
  ['a browser that says nothing', {}],
  ['a word that we do not know', { 'sec-fetch-site': 'same-origin, cross-site' }],
];

describe('a request of another site, with the victim’s cookie', () => {
  test.each(foreign)('from %s is refused on every route that changes something', async (_, headers) => {
    expect(changing().length).toBeGreaterThan(8);
    for (const route of changing()) {
      const reply = await on.ask(pathOf(route), {
        ...{ method: route.method, key: crypto.randomUUID() },
        ...(route.method === 'DELETE' ? {} : { json: {} }),
        headers: { ...headers, cookie: victim.cookie },
      });
      const got = [route.method, route.template, reply.status, reply.body['code']];
      expect(got).toEqual([route.method, route.template, 403, 'cross_site']);
    }
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'as a form would send it (%s) is refused, and the incident has not changed',
    async (type) => {
      const before = await browse(on, victim.cookie, `/api/v1/incidents/${ref}/transitions`);
      for (const headers of [foreign[0]?.[1] ?? {}, {}]) {
        const reply = await on.ask(`/api/v1/incidents/${ref}/events`, {
          raw: '{"type":"note.add","data":{"text":"x"},"note":"="}',
          headers: { ...headers, 'content-type': type, cookie: victim.cookie },
        });
        expect(reply.status).toBe(403);
      }
      const after = await browse(on, victim.cookie, `/api/v1/incidents/${ref}/transitions`);
      expect(after.text).toBe(before.text);
    },
  );

  test('on our own site a form’s content type is refused all the same', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const reply = await browse(on, victim.cookie, `/api/v1/incidents/${ref}/events`, {
        ...{ raw: '{"type":"note.add"}', key: crypto.randomUUID(), headers: { 'content-type': type } },
      });
      expect(reply.status).toBe(415);
    }
  });

  test('cannot sign the victim in as somebody else, nor out', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const planted = await signIn(on, { login: 'a@example.org', password: 'x', code: '123456' }, headers);
    const out = await on.ask('/api/v1/session', {
      method: 'DELETE',
      headers: { ...headers, cookie: victim.cookie },
    });
    expect([planted.status, out.status]).toEqual([403, 403]);
    expect((await browse(on, victim.cookie, '/api/v1/session')).status).toBe(200);
  });

  test('by a link does not take a file in the victim’s name: custody would say that they looked', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', cookie: victim.cookie };
    for (const path of [`/api/v1/incidents/${ref}/export`, `/api/v1/incidents/${ref}/evidence/1`]) {
      const reply = await on.ask(path, { headers });
      expect([path, reply.status, reply.body['code']]).toEqual([path, 403, 'cross_site']);
    }
  });
});

test('from our own site, or typed by hand, a request is served', async () => {
  for (const headers of [from(someAddress()), { 'sec-fetch-site': 'none' }, { origin: SITE }]) {
    const reply = await on.ask('/api/v1/tokens', {
      ...{ json: { name: 'Mine', roles: ['observer'] }, headers: { ...headers, cookie: victim.cookie } },
    });
    expect(reply.status).toBe(201);
  }
});

test('no answer lets another site’s script read it', async () => {
  const asked = { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' };
  for (const route of routes.filter(({ template }) => !template.endsWith('/stream'))) {
    for (const method of ['OPTIONS', route.method]) {
      const { headers } = await on.ask(pathOf(route), {
        ...{ method, headers: { ...asked, cookie: victim.cookie } },
        ...(['POST', 'PATCH', 'PUT'].includes(method) ? { json: {} } : {}),
      });
      const open = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
      expect([route.template, open]).toEqual([route.template, []]);
    }
  }
});

describe('what a browser is told with every answer', () => {
  const paths = [
    '/',
    '/sign-in',
    '/welcome',
    '/account',
    '/docs/',
    '/openapi.json',
    '/health/live',
    '/identity.js',
  ];

  test('nobody may frame it, and nothing runs in it but our own', async () => {
    const api = ['/api/v1/incidents', '/api/v1/nowhere', `/api/v1/incidents/${ref}/export`, '/nowhere'];
    for (const path of [...paths, ...api]) {
      const { headers } = await on.ask(path, { token: ADMIN });
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of [
        "default-src 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
      ]) {
        expect([path, policy.includes(part) ? part : policy]).toEqual([path, part]);
      }
      expect([path, /script-src[^;]*unsafe/.test(policy)]).toEqual([path, false]);
      expect([path, headers.get('x-frame-options'), headers.get('x-content-type-options')]).toEqual([
        ...[path, 'DENY', 'nosniff'],
      ]);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8,}; includeSubDomains/);
    }
  });

  test('pages have no script and no handler of their own in them, and load nothing from elsewhere', async () => {
    for (const path of ['/', '/sign-in', '/welcome', '/account', '/approve']) {
      const { status, text } = await on.ask(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toMatch(/<script(?![^>]*\ssrc="\/)[^>]*>/);
      expect(text).not.toMatch(/\son\w+\s*=|javascript:|src="(?:https?:)?\/\/|href="(?:https?:)?\/\//i);
    }
  });

  test('the pages’ scripts make no page out of text: nothing of what people typed is read as HTML', async () => {
    for (const path of ['/identity.js', '/approve.js']) {
      const { text } = await on.ask(path);
      expect(text.length).toBeGreaterThan(1_000);
      expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
      const kept = [...text.matchAll(/Storage\b(?:\.\w+\('([^']*)')?/g)].map(([, name]) => name);
      expect([path, kept.filter((name) => name !== 'cordon.approval')]).toEqual([path, []]);
      expect(text).not.toContain('localStorage');
    }
  });

  test('what it is, in UTF-8, so that it is taken for nothing else', async () => {
    const asked = routes.filter(({ method, template }) => method === 'GET' && !template.endsWith('/stream'));
    const other = ['/', '/sign-in', '/identity.js', '/identity.css', '/nowhere', '/health/ready', '/metrics'];
    for (const path of [...asked.map(pathOf), ...other, `/api/v1/incidents/${ref}/diagram.svg`]) {
      const { headers, text } = await on.ask(path, { token: ADMIN });
      if (text === '') continue;
      expect([path, headers.get('content-type')]).toEqual([path, expect.stringMatching(/; ?charset=utf-8/i)]);
    }
  });

  test('what the API answers is kept by no cache', async () => {
    for (const path of [
      '/api/v1/incidents',
      '/api/v1/session',
      `/api/v1/incidents/${ref}/export`,
      '/sign-in',
    ]) {
      const { headers } = await on.ask(path, { token: ADMIN });
      expect([path, headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
  });
});

describe('where a browser is led', () => {
  const elsewhere = [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/%09/evil.example',
    'javascript:alert(1)',
  ];

  test('no page and no route leads to an address that somebody put into a query', async () => {
    for (const path of [
      '/',
      '/sign-in',
      '/welcome',
      '/account',
      '/auth/oidc/start',
      '/auth/oidc/callback',
      '/docs',
    ]) {
      for (const name of ['next', 'returnTo', 'return_to', 'redirect', 'redirect_uri', 'url', 'continue']) {
        for (const target of elsewhere) {
          const response = await fetch(`${on.url}${path}?${name}=${encodeURIComponent(target)}`, {
            redirect: 'manual',
          });
          const location = response.headers.get('location') ?? '/';
          const text = await response.text();
          expect([path, name, new URL(location, SITE).origin]).toEqual([path, name, SITE]);
          expect([path, name, text.includes('evil.example') || text.includes('alert(1)')]).toEqual([
            path,
            name,
            false,
          ]);
        }
      }
    }
  });

  test('a one-time link leads to our public address, whatever Host the request named', async () => {
    const answer = await on.bytes(
      'POST /api/v1/people HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n' +
        `Authorization: Bearer ${ADMIN}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 40\r\n\r\n` +
        '{"name":"Somebody","roles":["observer"]}',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toContain(`"link":"${SITE}/welcome#`);
    expect(answer).not.toContain('evil.example');
  });
});
