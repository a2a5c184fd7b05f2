/** Attacks on signing in: guessing, stuffing, finding out who there is, and planting a session. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Reply } from '../../support/ask.js';
import {
  browse,
  BROWSERS,
  codeOf,
  COOKIE,
  cookieOf,
  enrolled,
  from,
  invited,
  PASSWORD,
  signIn,
  someAddress,
  wrongCode,
} from './people.js';
import { among, stage, type Stage } from './stage.js';

let on: Stage;
beforeAll(async () => {
  on = await stage(BROWSERS);
}, 120_000);
afterAll(() => on.stop(), 60_000);

/** What a failed attempt tells: everything of the answer but the request's own id. */
function told({ status, body, headers }: Reply): unknown {
  const { instance: _, ...said } = body;
  const names = [...headers.keys()].filter((name) => !['date', 'x-request-id', 'retry-after'].includes(name));
  return [status, said, names.sort()];
}

const statuses = (replies: readonly Reply[]): readonly number[] => replies.map(({ status }) => status);

async function attempts(n: number, attempt: () => Promise<Reply>): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  for (let i = 0; i < n; i += 1) replies.push(await attempt());
  return replies;
}

describe('brute force', () => {
  test('of a password: after five wrong ones each next has to wait, from whatever address it comes', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    let tries = 0;
    const replies = await attempts(40, () =>
      signIn(on, { login: email, password: `wrong horse ${(tries += 1)}`, code: codeOf(secret) }),
    );
    expect(statuses(replies)).toEqual([...Array<number>(5).fill(401), ...Array<number>(35).fill(429)]);
    expect(Number(replies.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    const right = { login: email, password: PASSWORD, code: codeOf(secret) };
    expect((await signIn(on, right)).status).toBe(429);
    on.wait(5_001);
    expect((await signIn(on, { ...right, password: 'wrong again' })).status).toBe(401);
    on.wait(5_001);
    expect((await signIn(on, right)).status).toBe(429);
    on.wait(5_001);
    expect((await signIn(on, { ...right, code: codeOf(secret) })).status).toBe(200);
  });

  test('of a one-time code by somebody who has the password: a hundred tries a day, of a million codes', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    const [tomorrow, headers] = [Date.now() + 86_400_000, from(someAddress())];
    let looked = 0;
    while (Date.now() < tomorrow) {
      const guess = { login: email, password: PASSWORD, code: wrongCode(secret) };
      const { status, headers: answer } = await signIn(on, guess, headers);
      if (status === 401) looked += 1;
      else on.wait(Number(answer.get('retry-after')) * 1_000);
    }
    expect(looked).toBeGreaterThan(50);
    expect(looked).toBeLessThan(120);
  }, 120_000);

  test('at once: of fifty wrong passwords that come together no more are looked at than one by one', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        signIn(on, { login: email, password: `wrong ${i}`, code: codeOf(secret) }),
      ),
    );
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(45);
  });

  test('of a one-time link: the address is held up, and 256 bits stay 256 bits', async () => {
    const headers = from(someAddress());
    const replies = await attempts(40, () =>
      on.ask('/api/v1/enrolment', {
        headers,
        json: { token: crypto.randomUUID().replaceAll('-', '').padEnd(43, 'A') },
      }),
    );
    expect(statuses(replies)).toEqual([...Array<number>(30).fill(410), ...Array<number>(10).fill(429)]);
  });

  test('a pause holds up who guesses, and not a person who has a passkey or a session', async () => {
    const { email, secret, cookie } = await enrolled(on);
    on.wait(30_000);
    await attempts(6, () => signIn(on, { login: email, password: 'wrong horse', code: codeOf(secret) }));
    expect((await browse(on, cookie, '/api/v1/session')).status).toBe(200);
  });
});

describe('credential stuffing', () => {
  test('many accounts from one address: thirty attempts a minute, whomever they are about', async () => {
    const headers = from(someAddress());
    let tries = 0;
    const replies = await attempts(45, () =>
      signIn(
        on,
        { login: `person${(tries += 1)}@example.org`, password: 'Summer2024!', code: '123456' },
        headers,
      ),
    );
    expect(statuses(replies)).toEqual([...Array<number>(30).fill(401), ...Array<number>(15).fill(429)]);
    const elsewhere = await signIn(on, {
      login: 'person46@example.org',
      password: 'Summer2024!',
      code: '123456',
    });
    expect(elsewhere.status).toBe(401);
  });

  test('one account from many addresses: the account is held up', async () => {
    const { email } = await enrolled(on);
    const replies = await attempts(20, () =>
      signIn(on, { login: email, password: 'Summer2024!', code: '123456' }, from(someAddress())),
    );
    expect(statuses(replies)).toEqual([...Array<number>(5).fill(401), ...Array<number>(15).fill(429)]);
  });

  test('an address that is made up in a header counts for nothing where the proxy adds the true one', async () => {
    const truly = someAddress();
    let tries = 0;
    const replies = await attempts(35, () =>
      signIn(
        on,
        { login: `forger${(tries += 1)}@example.org`, password: 'Summer2024!', code: '123456' },
        from(`10.0.0.${tries}, ${truly}`),
      ),
    );
    expect(statuses(replies).filter((status) => status === 429)).toHaveLength(5);
  });

  test('one account however its name is written: capitals and wide letters are the same account', async () => {
    const { email } = await enrolled(on);
    const written = [email, email.toUpperCase(), email.replace('@', '＠'), email.replace('e', 'Ｅ'), email];
    const replies: Reply[] = [];
    for (const login of [...written, ...written]) {
      replies.push(await signIn(on, { login, password: 'Summer2024!', code: '123456' }));
    }
    expect(statuses(replies)).toEqual([...Array<number>(5).fill(401), ...Array<number>(5).fill(429)]);
  });

  test('passwords that are tried first everywhere, or are made of the person’s own name, cannot be chosen', async () => {
    const { link } = await invited(on, 'chan.taiman@example.org');
    const headers = from(someAddress());
    const { body } = await on.ask('/api/v1/enrolment', { json: { token: link }, headers });
    const { secret } = body['totp'] as { readonly secret: string };
    for (const password of [
      'password',
      'Password1!',
      'qwertyuiop',
      '12345678',
      'aaaaaaaa',
      'chan.taiman1',
      'short',
    ]) {
      const json = { token: link, password, code: codeOf(secret) };
      const reply = await on.ask('/api/v1/enrolment/password', { json, headers });
      expect([password, reply.status]).toEqual([password, 422]);
    }
  });
});

describe('finding out who there is', () => {
  test('an unknown name, a wrong password, a wrong code and a disabled person are answered alike', async () => {
    const [known, gone] = [await enrolled(on), await enrolled(on)];
    await on.made(`/api/v1/people/${gone.id}`, { disabled: true }, 'PATCH');
    on.wait(30_000);
    const wrong = { password: 'wrong horse', code: wrongCode(known.secret) };
    const answers = [
      await signIn(on, { login: 'nobody@example.org', ...wrong }),
      await signIn(on, { login: known.email, ...wrong }),
      await signIn(on, { login: known.email, password: PASSWORD, code: wrong.code }),
      await signIn(on, { login: known.email, password: 'wrong horse', code: codeOf(known.secret) }),
      await signIn(on, { login: gone.email, password: PASSWORD, code: codeOf(gone.secret) }),
    ];
    expect(answers[0]?.status).toBe(401);
    for (const answer of answers) expect(told(answer)).toEqual(told(answers[0] as Reply));
  });

  test('who is unknown is held up as who is known, after as many attempts', async () => {
    const { email } = await enrolled(on);
    for (const login of ['somebody.else@example.org', email]) {
      const replies = await attempts(8, () => signIn(on, { login, password: 'wrong horse', code: '123456' }));
      expect(statuses(replies)).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    }
  });

  test('a passkey is asked for in the same words whoever there is', async () => {
    const asked = async (): Promise<unknown> => {
      const reply = await on.ask('/api/v1/session/passkey/options', {
        json: {},
        headers: from(someAddress()),
      });
      const { challenge: _, ...options } = reply.body['options'] as Record<string, unknown>;
      return options;
    };
    const before = await asked();
    await enrolled(on);
    expect(await asked()).toEqual(before);
    expect(JSON.stringify(before)).not.toContain('allowCredentials');
  });

  test('a code of the person is not used up by somebody who does not have the password', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    const code = codeOf(secret);
    expect((await signIn(on, { login: email, password: 'wrong horse', code })).status).toBe(401);
    expect((await signIn(on, { login: email, password: PASSWORD, code })).status).toBe(200);
  });
});

describe('session fixation', () => {
  test('a cookie that somebody planted is never adopted, and signing in makes a new one', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    const planted = `${COOKIE}=${'A'.repeat(43)}`;
    const reply = await signIn(
      on,
      { login: email, password: PASSWORD, code: codeOf(secret) },
      from(someAddress(), { cookie: planted }),
    );
    expect(reply.status).toBe(200);
    expect(cookieOf(reply)).toMatch(new RegExp(`^${COOKIE}=[A-Za-z0-9_-]{43}$`));
    expect(cookieOf(reply)).not.toBe(planted);
    expect((await browse(on, planted, '/api/v1/session')).status).toBe(401);
  });

  test('an attacker’s own session, planted in the victim’s browser, does not become the victim’s', async () => {
    const [attacker, victim] = [await enrolled(on), await enrolled(on)];
    on.wait(30_000);
    const reply = await signIn(
      on,
      { login: victim.email, password: PASSWORD, code: codeOf(victim.secret) },
      from(someAddress(), { cookie: attacker.cookie }),
    );
    expect(cookieOf(reply)).not.toBe(attacker.cookie);
    const who = await browse(on, attacker.cookie, '/api/v1/session');
    expect([attacker.id, undefined]).toContain(who.body['id']);
  });

  test('signing in again ends the session that the browser held before', async () => {
    const { email, secret, cookie } = await enrolled(on);
    on.wait(30_000);
    const again = { login: email, password: PASSWORD, code: codeOf(secret) };
    const reply = await signIn(on, again, from(someAddress(), { cookie }));
    expect(reply.status).toBe(200);
    expect((await browse(on, cookie, '/api/v1/session')).status).toBe(401);
  });

  test('the cookie is kept from scripts, other sites and plain http, and comes in no body', async () => {
    const { email, secret } = await enrolled(on);
    on.wait(30_000);
    const reply = await signIn(on, { login: email, password: PASSWORD, code: codeOf(secret) });
    const [set] = reply.headers.getSetCookie();
    expect(set).toMatch(/^__Host-cordon=[A-Za-z0-9_-]{43}; /);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(set).toContain(attribute);
    expect(set).not.toMatch(/domain/i);
    expect(reply.text).not.toContain(cookieOf(reply)?.split('=')[1] ?? 'no cookie');
    const rows = await on.query('SELECT * FROM session');
    expect(JSON.stringify(rows)).not.toContain(cookieOf(reply)?.split('=')[1] ?? 'no cookie');
  });

  test('a cookie of another name, twice, or of an odd form is nobody', async () => {
    const { cookie } = await enrolled(on);
    const token = cookie.split('=')[1] ?? '';
    for (const forged of [
      `cordon=${token}`,
      `${COOKIE}="${token}`,
      `${COOKIE}=${token}x`,
      `${COOKIE}=${token} x`,
    ]) {
      expect([forged, among((await browse(on, forged, '/api/v1/session')).status, 401)]).toEqual([
        forged,
        'expected',
      ]);
    }
  });
});

describe('the end of a session', () => {
  test('signing out kills the token itself, not only the browser’s copy', async () => {
    const { cookie } = await enrolled(on);
    const reply = await browse(on, cookie, '/api/v1/session', { method: 'DELETE' });
    expect(reply.status).toBe(204);
    expect(reply.headers.getSetCookie().join()).toMatch(/__Host-cordon=; Max-Age=0/);
    expect(reply.headers.get('clear-site-data')).toContain('"storage"');
    expect((await browse(on, cookie, '/api/v1/session')).status).toBe(401);
  });

  test('half an hour without a request ends it, and twelve hours in any case', async () => {
    const [idle, busy] = [await enrolled(on), await enrolled(on)];
    const end = Date.now() + 12 * 3_600_000;
    while (Date.now() < end - 25 * 60_000) {
      on.wait(25 * 60_000);
      expect((await browse(on, busy.cookie, '/api/v1/session')).status).toBe(Date.now() < end ? 200 : 401);
    }
    expect((await browse(on, idle.cookie, '/api/v1/session')).status).toBe(401);
    on.wait(25 * 60_000);
    expect((await browse(on, busy.cookie, '/api/v1/session')).status).toBe(401);
  });

  test('a person who is disabled is out on the next request, in every browser', async () => {
    const one = await enrolled(on);
    on.wait(30_000);
    const other = cookieOf(
      await signIn(on, { login: one.email, password: PASSWORD, code: codeOf(one.secret) }),
    );
    await on.made(`/api/v1/people/${one.id}`, { disabled: true }, 'PATCH');
    for (const cookie of [one.cookie, other ?? '']) {
      expect((await browse(on, cookie, '/api/v1/session')).status).toBe(401);
    }
    await on.made(`/api/v1/people/${one.id}`, { disabled: false }, 'PATCH');
    expect((await browse(on, one.cookie, '/api/v1/session')).status).toBe(401);
  });

  test('nobody ends or lists somebody else’s sessions but an administrator', async () => {
    const [one, other] = [await enrolled(on), await enrolled(on)];
    const mine = await browse(on, one.cookie, '/api/v1/sessions');
    const [session] = mine.body['items'] as readonly { readonly id: string }[];
    const ended = await browse(on, other.cookie, `/api/v1/sessions/${session?.id}`, { method: 'DELETE' });
    const listed = await browse(on, other.cookie, `/api/v1/sessions?person=${one.id}`);
    expect([ended.status, listed.status]).toEqual([404, 403]);
    expect((await browse(on, one.cookie, '/api/v1/session')).status).toBe(200);
  });
});
