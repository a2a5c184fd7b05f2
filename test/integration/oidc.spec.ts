/** Signing in with a real OpenID provider, started here; and everything that must not sign anybody in. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JWTPayload } from 'jose';
import pg from 'pg';
import { start, type Running } from '../../apps/server/src/boot/start.js';
import { loadConfig } from '../../apps/server/src/config.js';
import { makeLog } from '../../apps/server/src/log.js';
import { Browser, type Page } from '../support/browser.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { listen } from '../support/listen.js';
import {
  CLIENT,
  freePort,
  OTHER_CLIENT,
  startOpenIdProvider,
  type Account,
  type OpenIdProvider,
} from '../support/openid-provider.js';

const ADMIN = 'an-administrators-token-of-this-test-file';

let database: TestDatabase;
let folder: string;
let cordon: Running;
let provider: OpenIdProvider;
let url: string;
let rows: pg.Client;

beforeAll(async () => {
  database = await emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), 'cordon-oidc-'));
  const [port, providerPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${port}`;
  provider = await startOpenIdProvider(providerPort, url);
  const config = loadConfig({
    ...{ DATABASE_URL: database.url, PORT: String(port), CORDON_ROLE: 'api', CORDON_DATA_DIR: folder },
    ...{ CORDON_PUBLIC_URL: url, CORDON_BOOTSTRAP_TOKEN: ADMIN },
    ...{ CORDON_OIDC_ISSUER: provider.issuer, CORDON_OIDC_CLIENT_ID: CLIENT.id },
    ...{
      CORDON_OIDC_CLIENT_SECRET: CLIENT.secret,
      CORDON_OIDC_ROLES: 'ir=responder,approver;lead=coordinator',
    },
  });
  // The provider is down when we start: nothing but signing in with it depends on it.
  await provider.down();
  cordon = await start(config, makeLog('silent'), () => undefined);
  rows = new pg.Client(database.url);
  await rows.connect();
}, 120_000);
afterAll(async () => {
  await rows.end();
  await cordon.stop();
  await provider.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

test('while the provider is down signing in says so, and everything else works', async () => {
  const page = await new Browser().get(`${url}/auth/oidc/start`);
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5']);
  expect(page.text).toContain('does not answer');
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  const headers = { authorization: `Bearer ${ADMIN}` };
  expect((await fetch(`${url}/api/v1/incidents`, { headers })).status).toBe(200);
  await provider.up();
  // Nobody is kept waiting for a provider that was just found down: it is asked again after a moment.
  await expect(signedUp(someone())).resolves.toMatchObject({ roles: ['responder', 'approver'] });
});

describe('with the provider up', () => {
  beforeEach(() => {
    provider.tamper = undefined;
  });
  afterEach(() => {
    provider.tamper = undefined;
  });

  test('a person gets the roles of their groups, and lands where they wanted to go', async () => {
    const browser = new Browser();
    const account = someone(['ir', 'canteen']);
    const page = await signIn(browser, account, '/health/ready?from=here');
    expect([page.status, page.url]).toEqual([200, `${url}/health/ready?from=here`]);
    const { id, name, roles } = await me(browser);
    expect({ name, roles }).toEqual({ name: account.name, roles: ['responder', 'approver'] });
    expect((await api(browser, 'incidents')).status).toBe(200);
    expect((await api(browser, 'tokens')).status).toBe(403);
    expect(await journalOf(id)).toEqual(['person.add', 'person.roles', 'session.start']);
  });

  test('the cookies cannot be read by scripts, and the answer is kept nowhere', async () => {
    const browser = new Browser();
    const first = await browser.get(`${url}/auth/oidc/start`);
    expect(first.headers.get('set-cookie')).toMatch(
      /^cordon-oidc=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const asked = new URL(first.headers.get('location') ?? '').searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({ response_type: 'code', code_challenge_method: 'S256' });
    expect(asked.get('redirect_uri')).toBe(`${url}/auth/oidc/callback`);
    const callback = await untilCallback(browser, someone());
    const answer = await browser.get(callback);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.getSetCookie().join('\n')).toMatch(/cordon=[\w-]{43};.*HttpOnly/);
    expect(browser.cookies(url)).not.toContain('cordon-oidc');
  });

  test('neither name, address nor subject is in the database in clear', async () => {
    const account = someone();
    await signedUp(account);
    const { rows: tables } = await rows.query<{ name: string }>(
      `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      const { rows: found } = await rows.query<{ text: string }>(
        `SELECT row_to_json(t)::text AS text FROM ${name} AS t`,
      );
      const all = found.map(({ text }) => text).join('\n');
      for (const secret of [account.name, account.email, account.sub]) {
        expect([name, all.includes(secret), all.includes(Buffer.from(secret).toString('hex'))]).toEqual([
          name,
          false,
          false,
        ]);
      }
    }
  });

  test('changed groups count at the next sign-in, of the same person, and are on record', async () => {
    const account = someone(['ir']);
    const before = await signedUp(account);
    account.groups = ['lead'];
    const after = await signedUp(account);
    expect([after.id, after.roles]).toEqual([before.id, ['coordinator']]);
    const record = await journalOf(after.id);
    expect(record.filter((type) => type === 'person.roles')).toHaveLength(2);
    expect(record.filter((type) => type === 'person.add')).toHaveLength(1);
  });

  test('who is in no mapped group is told so, gets no session, and loses those that were open', async () => {
    const account = someone(['ir']);
    const [earlier, browser] = [new Browser(), new Browser()];
    await signIn(earlier, account);
    const { id } = await me(earlier);
    account.groups = ['canteen'];
    const page = await signIn(browser, account);
    expect([page.status, page.text.includes('You have no role here')]).toEqual([403, true]);
    expect(page.headers.getSetCookie().join()).not.toMatch(/(^|\n)cordon=/);
    expect((await api(browser, 'incidents')).status).toBe(401);
    expect((await api(earlier, 'incidents')).status).toBe(401);
    expect(await refusalsOf(id)).toEqual(['no_role']);
    expect(await rolesKept(id)).toEqual([]);
    const stranger = await signIn(new Browser(), someone([]), '/', { 'accept-language': 'zh-HK' });
    expect([stranger.status, stranger.text.includes('你在此沒有角色')]).toEqual([403, true]);
  });

  test('two sign-ins at once make one person', async () => {
    const account = someone();
    const all = await Promise.all(Array.from({ length: 6 }, () => signedUp(account)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all.map(({ name }) => name)).toEqual(all.map(() => account.name));
  });

  test('an answer counts once, whoever brings it again', async () => {
    const browser = new Browser();
    const callback = await untilCallback(browser, someone());
    const cookie = browser.cookies(url);
    expect((await browser.get(callback)).status).toBe(302);
    expect((await browser.get(callback)).status).toBe(400);
    const again = await fetch(callback, { headers: { cookie }, redirect: 'manual' });
    expect([again.status, again.headers.getSetCookie()]).toEqual([400, []]);
  });

  test('two at once with one answer: one of them is signed in', async () => {
    const browser = new Browser();
    const callback = await untilCallback(browser, someone());
    const headers = { cookie: browser.cookies(url) };
    const both = await Promise.all([1, 2].map(() => fetch(callback, { headers, redirect: 'manual' })));
    expect(both.map(({ status }) => status).sort()).toEqual([302, 400]);
  });

  test('a state that we did not give, and one that another browser got, sign nobody in', async () => {
    const [browser, victim] = [new Browser(), new Browser()];
    const callback = await untilCallback(browser, someone());
    const forged = new URL(callback);
    forged.searchParams.set('state', randomUUID());
    expect((await browser.get(forged.href)).status).toBe(400);
    // Signing somebody in as somebody else: the other's browser has a flow of its own, and no part in this one.
    await victim.get(`${url}/auth/oidc/start`);
    expect((await victim.get(callback)).status).toBe(400);
    expect((await new Browser().get(callback)).status).toBe(400);
    expect((await api(victim, 'incidents')).status).toBe(401);
    expect(await refusals('unknown_state')).toBeGreaterThan(0);
  });

  test('a nonce that is not ours signs nobody in, though everything else is right', async () => {
    const browser = new Browser();
    const first = await browser.get(`${url}/auth/oidc/start`);
    const asked = new URL(first.headers.get('location') ?? '');
    asked.searchParams.set('nonce', 'of-another-sign-in');
    provider.account = someone();
    const { url: callback } = await browser.visit(asked.href, isCallback);
    await rejected(browser, callback);
  });

  test.each<[string, (claims: JWTPayload) => JWTPayload]>([
    ['another client', (claims) => ({ ...claims, aud: OTHER_CLIENT.id })],
    [
      'several clients, issued to another',
      (claims) => ({ ...claims, aud: [CLIENT.id, OTHER_CLIENT.id], azp: OTHER_CLIENT.id }),
    ],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://other.example' })],
    ['the past', (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1_000) - 3_600 })],
    ['nobody', ({ sub: _, ...claims }) => claims],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
  ])('an ID token for %s signs nobody in', async (_, tamper) => {
    provider.tamper = tamper;
    const browser = new Browser();
    await rejected(browser, await untilCallback(browser, someone()));
  });

  test('an ID token that somebody else signed signs nobody in', async () => {
    provider.tamper = (claims) => claims;
    provider.signer = 'stranger';
    const browser = new Browser();
    await rejected(browser, await untilCallback(browser, someone()));
    provider.signer = 'provider';
  });

  test('a code that was given to another client is worth nothing here', async () => {
    const browser = new Browser();
    const theirs = new URL(`${provider.issuer}/auth`);
    theirs.search = new URLSearchParams({
      ...{
        client_id: OTHER_CLIENT.id,
        redirect_uri: OTHER_CLIENT.redirect,
        response_type: 'code',
        scope: 'openid',
      },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    }).toString();
    provider.account = someone();
    const stolen = await browser.visit(theirs.href, (to) => to.startsWith(OTHER_CLIENT.redirect));
    const callback = new URL(await untilCallback(browser, someone()));
    callback.searchParams.set('code', new URL(stolen.url).searchParams.get('code') ?? '');
    await rejected(browser, callback.href);
  });

  test.each([['https://other.example'], [undefined]])(
    'an answer that says it is from %s is not taken for the provider’s',
    async (iss) => {
      const browser = new Browser();
      const callback = new URL(await untilCallback(browser, someone()));
      if (iss === undefined) callback.searchParams.delete('iss');
      else callback.searchParams.set('iss', iss);
      await rejected(browser, callback.href);
    },
  );

  test('who is refused by the provider is told, and the refusal is on record', async () => {
    provider.account = undefined;
    const before = await refusals('provider_refused');
    const page = await new Browser().visit(`${url}/auth/oidc/start`);
    expect([page.status, page.text.includes('did not let you in')]).toEqual([403, true]);
    expect(page.text).not.toContain('not today');
    expect(await refusals('provider_refused')).toBe(before + 1);
  });

  test.each(['https://evil.example/', '//evil.example/', '/\\evil.example', '/\t/evil.example'])(
    'nobody is sent to %j after signing in',
    async (elsewhere) => {
      const page = await signIn(new Browser(), someone(), elsewhere);
      expect(page.url).toBe(`${url}/`);
    },
  );

  test('a person who was disabled here stays out, whatever the provider says', async () => {
    const account = someone();
    const { id } = await signedUp(account);
    await rows.query('UPDATE person SET disabled_at = now() WHERE id = $1', [id]);
    const page = await signIn(new Browser(), account);
    expect([page.status, page.text.includes('disabled')]).toEqual([403, true]);
    expect(await refusalsOf(id)).toEqual(['disabled']);
  });

  describe('signing out', () => {
    test('here leads to signing out there: afterwards the provider asks again who it is', async () => {
      const browser = new Browser();
      await signIn(browser, someone());
      const before = provider.logins;
      await browser.visit(`${url}/auth/oidc/start`);
      expect(provider.logins).toBe(before);
      const out = await browser.send(`${url}/auth/oidc/session`, {
        method: 'DELETE',
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect(out.status).toBe(200);
      expect((await api(browser, 'incidents')).status).toBe(401);
      const { endSession } = JSON.parse(out.text) as { endSession: string };
      expect(new URL(endSession).origin).toBe(provider.issuer);
      const landed = await confirmLogout(browser, endSession);
      expect(landed.url).toBe(`${url}/`);
      await browser.visit(`${url}/auth/oidc/start`);
      expect(provider.logins).toBe(before + 1);
    });

    test('there ends every session here at once, on the open stream too', async () => {
      const account = someone();
      const [desk, phone, other] = [new Browser(), new Browser(), new Browser()];
      await signIn(desk, account);
      await signIn(phone, account);
      const { id } = await me(phone);
      await signIn(other, someone());
      const stream = await listen(`${url}/api/v1/stream`, { headers: { cookie: phone.cookies(url) } });
      await stream.event('ready');
      await confirmLogout(desk, `${provider.issuer}/session/end`);
      expect((await api(desk, 'incidents')).status).toBe(401);
      expect((await api(phone, 'incidents')).status).toBe(401);
      expect(JSON.parse((await stream.event('gone')).data)).toEqual({ code: 'unauthenticated' });
      expect((await api(other, 'incidents')).status).toBe(200);
      expect(await journalOf(id)).toContain('session.end');
    });

    test('is not brought about by a token that does not prove it', async () => {
      const account = someone();
      const browser = new Browser();
      await signIn(browser, account);
      const now = Math.floor(Date.now() / 1_000);
      const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
      const right = {
        ...{ iss: provider.issuer, aud: CLIENT.id, sub: account.sub, iat: now, exp: now + 60 },
        jti: randomUUID(),
        events,
      };
      const { sub: _, ...nobody } = right;
      const { jti: __, ...unnamed } = right;
      const wrong = await Promise.all([
        provider.sign({ ...right, aud: OTHER_CLIENT.id }),
        provider.sign({ ...right, iss: 'https://other.example' }),
        provider.sign({ ...right, events: {} }),
        provider.sign({ ...right, nonce: 'an-id-token' }),
        provider.sign({ ...right, iat: now - 600 }),
        provider.sign({ ...right, exp: now - 600 }),
        provider.sign(nobody),
        provider.sign(unnamed),
        provider.sign(right, 'stranger'),
      ]);
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(right)).toString('base64url')}.`;
      for (const token of [...wrong, unsigned, 'x'])
        expect([token, await backchannel({ logout_token: token })]).toEqual([token, 400]);
      expect(await backchannel({})).toBe(422);
      expect((await api(browser, 'incidents')).status).toBe(200);
      expect(await backchannel({ logout_token: await provider.sign(right) })).toBe(200);
      expect((await api(browser, 'incidents')).status).toBe(401);
    });
  });
});

let people = 0;

function someone(groups: readonly string[] = ['ir']): Account {
  people += 1;
  return {
    sub: `subject-${people}-${randomUUID()}`,
    name: `Chan Tai ${people} Man`,
    email: `chan.${people}@example.hk`,
    groups,
  };
}

const isCallback = (to: string): boolean => to.startsWith(`${url}/auth/oidc/callback`);

/** The address that the provider sends the browser back to, before it is asked for. */
async function untilCallback(browser: Browser, account: Account): Promise<string> {
  provider.account = account;
  browser.forget(provider.issuer);
  const { url: callback } = await browser.visit(`${url}/auth/oidc/start`, isCallback);
  expect(isCallback(callback)).toBe(true);
  return callback;
}

async function signIn(
  browser: Browser,
  account: Account,
  returnTo = '/',
  headers: Record<string, string> = {},
): Promise<Page> {
  provider.account = account;
  browser.forget(provider.issuer);
  const query = new URLSearchParams({ returnTo });
  return browser.visit(`${url}/auth/oidc/start?${query.toString()}`, undefined, headers);
}

/** Signs in with a browser of its own, as soon as the provider is known to be there again. */
async function signedUp(account: Account): Promise<Me> {
  const browser = new Browser();
  const page = await signIn(browser, account);
  return page.status === 503 ? signedUp(account) : me(browser);
}

async function me(browser: Browser): Promise<Me> {
  const page = await api(browser, 'session');
  expect(page.status).toBe(200);
  return JSON.parse(page.text) as Me;
}

interface Me {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

async function rejected(browser: Browser, callback: string): Promise<void> {
  const before = await refusals('provider_answer');
  const page = await browser.get(callback);
  expect([page.status, page.text.includes('was not accepted')]).toEqual([403, true]);
  expect((await api(browser, 'incidents')).status).toBe(401);
  expect(await refusals('provider_answer')).toBe(before + 1);
}

const api = (browser: Browser, path: string): Promise<Page> => browser.get(`${url}/api/v1/${path}`);

/** Says yes to the provider's question whether one really wants to sign out. */
async function confirmLogout(browser: Browser, address: string): Promise<Page> {
  const question = await browser.visit(address);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.text)?.[1] ?? '';
  const answer = await browser.post(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
  return browser.visit(new URL(answer.headers.get('location') ?? '', provider.issuer).href);
}

async function backchannel(form: Record<string, string>): Promise<number> {
  return (
    await fetch(`${url}/auth/oidc/logout`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, other: 'x' }),
    })
  ).status;
}

async function rolesKept(id: string): Promise<unknown> {
  return (await rows.query<{ roles: string[] }>('SELECT roles FROM person WHERE id = $1', [id])).rows[0]
    ?.roles;
}

interface JournalLeaf {
  readonly event: { readonly type: string };
  readonly rejection?: string;
}

async function journal(): Promise<{ leaf: JournalLeaf; text: string }[]> {
  const { rows: found } = await rows.query<{ text: string; openings: string | null }>(
    `SELECT convert_from(leaf, 'UTF8') AS text, openings FROM audit_entry
       LEFT JOIN audit_opening USING (incident_id, seq) WHERE incident_id = 0 ORDER BY seq`,
  );
  return found.map(({ text, openings }) => ({
    leaf: JSON.parse(text) as JournalLeaf,
    text: text + (openings ?? ''),
  }));
}

async function journalOf(id: string): Promise<string[]> {
  return (await journal())
    .filter(({ text, leaf }) => text.includes(id) && !leaf.rejection)
    .map(({ leaf }) => leaf.event.type);
}

async function refusalsOf(id: string): Promise<(string | undefined)[]> {
  return (await journal())
    .filter(({ text, leaf }) => text.includes(id) && leaf.rejection)
    .map(({ leaf }) => leaf.rejection);
}

async function refusals(code: string): Promise<number> {
  return (await journal()).filter(({ leaf }) => leaf.rejection === code).length;
}
