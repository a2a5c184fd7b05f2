/** Attacks in everything of a request but its body: address, query, method, headers, and the bytes themselves. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describedRoutes, type DescribedRoute } from './described.js';
import { ADMIN, among, stage, type Stage } from './stage.js';

let on: Stage;
let ref: string;
let routes: readonly DescribedRoute[];
beforeAll(async () => {
  on = await stage();
  ref = await on.incident('Ransom note on a screen');
  await on.incident('Phishing mail');
  routes = await describedRoutes(on);
}, 120_000);
afterAll(() => on.stop(), 60_000);

const read = (path: string) => on.ask(path, { token: ADMIN });
/** A route's address with its reference, and another text for every other name in it. */
const addressOf = ({ template }: DescribedRoute, other: string): string =>
  template.replace('{ref}', ref).replaceAll(/\{\w+\}/g, other);
const head = (answer: string): string => answer.split('\r\n\r\n')[0] ?? '';
/** The stream does not end, so its answer is not waited for here. */
const isReading = ({ method, template }: DescribedRoute): boolean =>
  method === 'GET' && !template.endsWith('/stream');

describe('SQL in a request', () => {
  const payloads = [
    ...["' OR '1'='1", "'; DROP TABLE incident; --", '1) UNION SELECT hash::text FROM token --', '"', '\\'],
    ...[
      '%',
      '_',
      '%%%',
      "\\'; --",
      '$1',
      '$' + '{1}',
      '1e400',
      '-1',
      'NULL',
      '{1,2}',
      "E'\\\\x41'",
      '0x27',
      "a'||pg_sleep(9)||'",
    ],
  ];
  /** How PostgreSQL and its driver speak of their own affairs. */
  const leak = /syntax error|SQLSTATE|relation "|column "|pg_|typeorm|invalid input|at character/i;

  test('means nothing in any parameter of any query', async () => {
    const asked = routes.filter((route) => isReading(route) && route.queryNames.length > 0);
    expect(asked.length).toBeGreaterThan(5);
    for (const route of asked) {
      for (const name of route.queryNames) {
        for (const payload of payloads) {
          const { status, text } = await read(
            `${addressOf(route, 'ransomware')}?${name}=${encodeURIComponent(payload)}`,
          );
          const fault = status >= 500 || (status >= 400 && leak.test(text));
          expect([route.template, name, payload, fault]).toEqual([route.template, name, payload, false]);
        }
      }
    }
  }, 120_000);

  test('means nothing in any name of any address', async () => {
    const asked = routes.filter((route) => route.pathNames.length > 0 && !route.template.endsWith('/stream'));
    for (const route of asked) {
      for (const payload of payloads) {
        const path = route.template.replaceAll(/\{\w+\}/g, encodeURIComponent(payload));
        const { status, text } = await on.ask(path, {
          ...{ method: route.method, token: ADMIN, key: 'k' },
          ...(['POST', 'PATCH', 'PUT'].includes(route.method) ? { json: {} } : {}),
        });
        const fault = status >= 500 || status < 400 || leak.test(text);
        expect([route.method, path, fault ? text : false]).toEqual([route.method, path, false]);
      }
    }
  }, 120_000);

  test('means nothing in the incident’s own texts, which come back as they were written', async () => {
    const text = `Robert'); DROP TABLE incident; -- $1 %s \\' "`;
    const bobby = await on.incident(text, { summary: text });
    const key = crypto.randomUUID();
    const json = { type: 'note.add', data: { text }, note: text };
    const noted = await on.ask(`/api/v1/incidents/${bobby}/events`, { token: ADMIN, key, json });
    expect(noted.body['transition']).toMatchObject({ event: { data: { text } }, note: text });
    expect((await read(`/api/v1/incidents/${bobby}`)).body).toMatchObject({ title: text, summary: text });
  });

  test('a search for a wildcard finds what holds that character, not everything', async () => {
    for (const word of ['%', '_', '%25', 'R%n', 'Rans_m']) {
      const { body } = await read(`/api/v1/incidents?q=${encodeURIComponent(word)}`);
      const titles = (body['items'] as readonly { readonly title: string }[]).map(({ title }) => title);
      expect(titles.filter((title) => !title.includes(word))).toEqual([]);
    }
    const [row] = await on.query(
      `SELECT count(*)::int AS tables FROM pg_tables WHERE tablename = 'incident'`,
    );
    expect(row).toEqual({ tables: 1 });
  });

  test('a parameter that is there twice, or is a list or an object, is refused or read as its text', async () => {
    for (const query of [
      'limit=1&limit=2',
      'limit[]=1',
      'q[a]=1',
      'q=a&q=b',
      '__proto__[x]=1',
      'constructor=1',
    ]) {
      expect([query, (await read(`/api/v1/incidents?${query}`)).status]).toEqual([query, 422]);
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('paths', () => {
  const climbs = [
    ...['../../../../etc/passwd', '..%2f..%2f..%2f..%2fetc%2fpasswd', '..%5c..%5cwindows%5cwin.ini'],
    ...['%2e%2e/%2e%2e/etc/passwd', '....//....//etc/passwd', '%252e%252e%252fetc%252fpasswd'],
    ...['..%c0%af..%c0%afetc/passwd', '%00', 'ransomware%00.yaml', 'file:%2f%2f%2fetc%2fpasswd', '%ff', '%'],
  ];

  test('no address leads to a file of the machine, in whatever way it climbs', async () => {
    const roots = [
      ...['/', '/docs/', '/api/v1/incidents/', `/api/v1/incidents/${ref}/export/`, '/api/v1/playbooks/'],
      ...['/assets/', '/sign-in/', '/welcome/', '/api/v1/tokens/'],
    ];
    for (const root of roots) {
      for (const climb of climbs) {
        const answer = await on.bytes(
          `GET ${root}${climb} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\nConnection: close\r\n\r\n`,
        );
        const status = Number(answer.slice(9, 12));
        expect([root + climb, among(status, 400, 401, 404, 405)]).toEqual([root + climb, 'expected']);
        expect(answer).not.toMatch(/root:|\[fonts\]|"workspaces"|PRIVATE KEY/);
      }
    }
  }, 120_000);

  test('a playbook is found by a name, never by a path', async () => {
    for (const climb of climbs.filter((one) => !one.includes('/'))) {
      for (const path of [`${climb}/versions/1.0.0/source`, `ransomware/versions/${climb}/source`]) {
        const answer = await on.bytes(
          `GET /api/v1/playbooks/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\nConnection: close\r\n\r\n`,
        );
        expect([path, among(answer.slice(9, 12), '400', '404')]).toEqual([path, 'expected']);
      }
    }
  });

  test('neither capitals, nor doubled slashes, nor a slash at the end open a door that is closed', async () => {
    const spellings = ['/API/v1/incidents', '/api/V1/Incidents', '//api/v1/incidents', '/api//v1/incidents'];
    for (const path of [...spellings, '/api/v1/incidents/', '/api/v1/./incidents', '/api/v1/incidents;x=1']) {
      const answer = await on.bytes(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect([path, among(answer.slice(9, 12), '401', '404')]).toEqual([path, 'expected']);
    }
    const shouted = await read(`/API/V1/INCIDENTS/${ref}`);
    expect(shouted.status === 200 ? shouted.headers.get('cache-control') : 'no-store').toBe('no-store');
  });
});

describe('methods', () => {
  test('a header or a parameter that asks for another method is not heard', async () => {
    const { id, token } = await on.token('observer');
    const names = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'];
    for (const method of ['GET', 'POST']) {
      const { status } = await on.ask(`/api/v1/tokens/${id}?_method=DELETE`, {
        ...{ method, token: ADMIN, headers: Object.fromEntries(names.map((name) => [name, 'DELETE'])) },
        ...(method === 'POST' ? { json: { _method: 'DELETE' } } : {}),
      });
      expect([method, among(status, 404, 405)]).toEqual([method, 'expected']);
    }
    expect((await on.ask('/api/v1/incidents', { token })).status).toBe(200);
  });

  test.each(['TRACE', 'TRACK', 'CONNECT', 'PROPFIND', 'DEBUG', 'PURGE', 'get', 'PUT', 'OPTIONS'])(
    '%s is answered with a refusal that repeats nothing of the request',
    async (method) => {
      const answer = await on.bytes(
        `${method} /api/v1/incidents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\nX-Secret: s3cret\r\nConnection: close\r\n\r\n`,
      );
      expect(answer === '' ? 'expected' : among(answer.slice(9, 12), '400', '404', '405')).toBe('expected');
      expect(answer).not.toMatch(/s3cret|Bearer an-/);
      expect(answer).not.toMatch(/access-control-allow-/i);
    },
  );

  test('HEAD asks who one is as GET does, says no more, and changes nothing', async () => {
    for (const route of routes.filter(isReading).filter(({ template }) => template.startsWith('/api/'))) {
      const path = addressOf(route, '1.0.0');
      const { status, text } = await on.ask(path, { method: 'HEAD' });
      expect([path, status, text]).toEqual([path, 401, '']);
    }
    const before = await read(`/api/v1/incidents/${ref}/transitions`);
    for (const route of routes.filter(isReading)) {
      const { text } = await on.ask(addressOf(route, '1.0.0'), { method: 'HEAD', token: ADMIN });
      expect(text).toBe('');
    }
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      if (routes.some((other) => other.template === route.template && other.method === 'GET')) continue;
      const { status } = await on.ask(addressOf(route, 'x'), { method: 'HEAD', token: ADMIN });
      expect([route.template, among(status, 404, 405)]).toEqual([route.template, 'expected']);
    }
    expect((await read(`/api/v1/incidents/${ref}/transitions`)).text).toBe(before.text);
  });
});

describe('headers', () => {
  test('a line break in an address or a query starts no header', async () => {
    for (const broken of [
      '%0d%0aSet-Cookie:%20stolen=1',
      '%0aX-Stolen:%201',
      '%E5%98%8A%E5%98%8DSet-Cookie:stolen',
    ]) {
      const paths = [`/${broken}`, `/api/v1/incidents/${broken}`, `/api/v1/incidents?limit=1&q=${broken}`];
      for (const path of [
        ...paths,
        `/api/v1/playbooks/${broken}/versions/1/source`,
        `/sign-in?next=/${broken}`,
      ]) {
        const answer = await on.bytes(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\nConnection: close\r\n\r\n`,
        );
        expect([path, /^(set-cookie: ?stolen|x-stolen:)/im.test(head(answer))]).toEqual([path, false]);
        expect([path, answer.startsWith('HTTP/1.1 5')]).toEqual([path, false]);
      }
    }
  });

  test('the link to the next page holds the query encoded, whatever it is', async () => {
    const { headers } = await read(`/api/v1/incidents?limit=1&q=${encodeURIComponent('a')}`);
    expect(headers.get('link')).toMatch(/^<\/api\/v1\/incidents\?[\x21-\x3b\x3d\x3f-\x7e]+>; rel="next"$/);
    const odd = await read(
      `/api/v1/incidents?limit=1&q=${encodeURIComponent('a>; rel="evil", <//evil.example')}`,
    );
    expect(odd.headers.get('link') ?? '').not.toContain('evil.example>');
  });

  test('names with line breaks are refused, so they reach no header, subject or log line', async () => {
    for (const bad of ['two\r\nlines', 'two\nlines', 'a\u0000b', '\u001b[31mred', 'x\u007f']) {
      const token = await on.ask('/api/v1/tokens', {
        token: ADMIN,
        json: { name: bad, roles: ['observer'] },
      });
      const awareAt = '2025-02-22T10:00:00+08:00';
      const json = { playbook: 'ransomware', title: bad, awareAt };
      const opened = await on.ask('/api/v1/incidents', { token: ADMIN, json });
      expect([among(token.status, 400, 422), among(opened.status, 400, 422)]).toEqual([
        'expected',
        'expected',
      ]);
    }
  });

  test('the request id of a caller is taken only where it is a UUID', async () => {
    for (const id of ['x', '<script>', `${'a'.repeat(36)}`, '0198c0de-0000-7000-8000-000000000001\tx']) {
      const { headers } = await on.ask('/health/live', { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(headers.get('x-request-id')).not.toBe(id);
    }
  });

  test('no address that the server gives out holds the Host or a forwarding header of a stranger', async () => {
    const forged =
      'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nX-Original-URL: /admin\r\n';
    for (const path of [
      '/',
      '/docs',
      '/docs/',
      '/openapi.json',
      '/sign-in',
      '/welcome',
      '/api/v1/incidents',
      '/api/v1/nowhere',
    ]) {
      const answer = await on.bytes(
        `GET ${path} HTTP/1.1\r\n${forged}Authorization: Bearer ${ADMIN}\r\nConnection: close\r\n\r\n`,
      );
      expect([path, answer.includes('evil.example')]).toEqual([path, false]);
    }
    expect(on.told.join('\n')).not.toContain('evil');
  });

  test('a one-time link names the address that the server listens at, not the Host of the request', async () => {
    const json = '{"name":"Somebody","roles":["observer"]}';
    const answer = await on.bytes(
      `POST /api/v1/people HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${ADMIN}\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toContain(`"link":"http://localhost:${new URL(on.url).port}/welcome#`);
    expect(answer).not.toContain('evil.example');
  });

  test('headers without end are answered 431, and the connection is closed', async () => {
    const answer = await on.bytes(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(answer.slice(9, 12)).toBe('431');
  });
});

describe('requests within requests', () => {
  const smuggled = 'GET /api/v1/tokens HTTP/1.1\r\nHost: x\r\n\r\n';
  test.each([
    ['both lengths', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG'],
    ['two lengths', `Content-Length: 2\r\nContent-Length: ${2 + smuggled.length}\r\n`, `{}${smuggled}`],
    ['a disguised encoding', 'Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n', `{}${smuggled}`],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n', `0\r\n\r\n${smuggled}`],
    ['a bare line feed', `X: y\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n`, `{}${smuggled}`],
    ['a folded header', 'X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', `{}`],
  ])('%s: at most one answer, and it is a refusal', async (_, framing, body) => {
    const answer = await on.bytes(
      `POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n${framing}\r\n${body}`,
    );
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toMatch(/^4/);
  });
});
