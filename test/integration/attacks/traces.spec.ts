/** What attacks leave behind: lines of the log that cannot be forged and hold no secret, and entries of the journal. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listFiles } from '../../tidy/tree.js';
import { BROWSERS, browse, codeOf, enrolled, from, PASSWORD, signIn, someAddress } from './people.js';
import { ADMIN, stage, type Stage } from './stage.js';

let on: Stage;
beforeAll(async () => {
  on = await stage(BROWSERS);
}, 120_000);
afterAll(() => on.stop(), 60_000);

describe('the log', () => {
  test('has one JSON object a line, whatever a request holds', async () => {
    const forged = '{"level":60,"msg":"forged"}';
    const paths = [
      `/%0a${encodeURIComponent(forged)}`,
      `/%0d%0a${encodeURIComponent(forged)}`,
      '/%1b[2J',
      '/%e2%80%a8x',
    ];
    for (const path of paths) {
      await on.ask(path, {
        token: ADMIN,
        headers: { 'user-agent': forged, 'x-request-id': forged, referer: forged },
      });
    }
    await on.bytes(
      `GET /${forged.replaceAll(' ', '')}\u001b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(on.logged.length).toBeGreaterThan(3);
    for (const line of on.logged) {
      expect(line.endsWith('\n') && !line.slice(0, -1).includes('\n')).toBe(true);
      // eslint-disable-next-line no-control-regex -- a terminal would obey them
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f\u2028\u2029]/);
      expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
    }
  });

  test('holds no secret that passed through, neither of those that worked nor of those that failed', async () => {
    const one = await enrolled(on, 'administrator');
    on.wait(30_000);
    const code = codeOf(one.secret);
    await signIn(on, { login: one.email, password: 'a wrong but telling one', code });
    await signIn(on, { login: one.email, password: PASSWORD, code });
    await browse(on, one.cookie, '/api/v1/nowhere?secret=in-the-query');
    await on.ask('/api/v1/incidents', { token: 'cdn_a-token-that-is-wrong' });
    await on.ask(`/api/v1/incidents?access_token=cdn_in-the-address`);
    await on.ask('/api/v1/enrolment', { json: { token: one.link }, headers: from(someAddress()) });
    const approval = Buffer.alloc(32, 0xa5).toString('base64url');
    await on.ask(`/api/v1/approvals/${approval}`);
    await browse(on, one.cookie, `/api/v1/approvals/${approval}`);
    const { token } = await on.token('observer');
    await on.ask('/api/v1/nowhere', { token });
    const secrets = [
      ...[
        PASSWORD,
        'a wrong but telling one',
        one.secret,
        one.cookie.split('=')[1] ?? '',
        one.email,
        one.link,
        token,
      ],
      ...['in-the-query', 'cdn_a-token', 'cdn_in-the-address', ADMIN, approval, ...one.recoveryCodes],
    ];
    const everything = [...on.logged, ...on.told].join('\n');
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
    expect(on.logged.length).toBeGreaterThan(3);
  });
});

describe('the journal', () => {
  test('has every attempt to sign in, refused or not, without a name and without what was typed', async () => {
    const one = await enrolled(on);
    on.wait(30_000);
    await signIn(on, { login: 'nobody-of-ours@example.org', password: 'typed by nobody', code: '123456' });
    await signIn(on, { login: one.email, password: 'typed by a thief', code: '123456' });
    await signIn(on, { login: one.email, password: PASSWORD, code: codeOf(one.secret) });
    const { body, text } = await on.ask('/api/v1/audit/journal?limit=200', { token: ADMIN });
    const items = body['items'] as readonly {
      readonly kind: string;
      readonly event: Record<string, unknown>;
    }[];
    const starts = items.filter(({ event }) => event['type'] === 'session.start');
    const refused = items.filter((item) => JSON.stringify(item).includes('sign_in_failed'));
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(starts.filter(({ event }) => event['subject'] === one.id).length).toBeGreaterThanOrEqual(2);
    expect(text).not.toMatch(/nobody-of-ours|typed by|quiet horse/);
    expect(text).not.toContain(one.email);
  });

  test('is read by administrators and auditors, and by nobody else', async () => {
    for (const [role, status] of [
      ['auditor', 200],
      ['coordinator', 403],
      ['responder', 403],
      ['observer', 403],
    ] as const) {
      const { token } = await on.token(role);
      expect([role, (await on.ask('/api/v1/audit/journal', { token })).status]).toEqual([role, status]);
    }
  });
});

describe('secrets', () => {
  const sources = listFiles().filter(
    (file) => /^(apps\/server|libs)\/.*\.ts$/.test(file) && !/\.spec\.ts$|testing\//.test(file),
  );

  test('are compared by nothing that stops at the first difference: found by a hash, or left to a library', () => {
    const compared =
      /\b\w*(?:secret|password|token|passcode|otp|hmac|digest|hash)\w*(?:\.\w+)*\s*[!=]==?\s*(?!undefined|null|'|"|`|0\b|typeof)[\w(]/i;
    const hits = sources
      .filter((file) => /^apps\/server\/src\/(?:access|identity|tokens|boot)\//.test(file))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => compared.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(hits).toEqual([]);
  });

  test('come from the system’s own random source: nothing that must not be guessed is made with Math.random', () => {
    const makers =
      /^(?:apps\/server\/src\/(?:access|identity|tokens|boot|evidence)|libs\/(?:store|audit|kernel))\//;
    const guessable = sources.filter((file) => readFileSync(file, 'utf8').includes('Math.random'));
    expect(guessable.filter((file) => makers.test(file))).toEqual([]);
  });

  test('hashes are SHA-256, but for identifiers and checksums that a standard makes with another', () => {
    const weak = /(?:createHash|createHmac|hash)\(\s*['"](?!sha256|sha384|sha512)/;
    expect(sources.filter((file) => weak.test(readFileSync(file, 'utf8')))).toEqual([
      'apps/server/src/indicators/stix.ts',
      'libs/actions/src/log/s3-sink.ts',
      'libs/exchange/src/cacao/uuid.ts',
    ]);
  });

  test('certificates are checked everywhere: nothing switches that off', () => {
    const trusting = /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/;
    expect(sources.filter((file) => trusting.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  test('no code is made of text: neither eval, nor Function, nor a shell', () => {
    const made = /\beval\(|new Function\(|\bexec(?:Sync)?\(\s*[`'"]|shell: true|node:vm/;
    const found = sources.filter((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .some((line) => made.test(line)),
    );
    expect(found).toEqual([]);
  });
});
