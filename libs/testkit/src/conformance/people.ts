import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import type { Enrolment, Invitation, NewPerson, StoredCredential, StoredSession } from '@cordon/runtime';
import { noon, sha256 } from '../builders.js';
import { Bench, plain, type MakeStore } from './setup.js';

const mei: NewPerson = {
  id: 'p-mei',
  roles: ['responder', 'approver'],
  profile: 'sealed',
  createdAt: noon,
  createdBy: 'p-ada',
  loginHash: sha256('mei@example.org'),
};
const ada: NewPerson = { id: 'p-ada', roles: ['administrator'], profile: 'sealed too', createdAt: noon - 1 };
const { loginHash: _, ...meiAsShown } = mei;

const totp: StoredCredential = {
  id: 'c-totp',
  personId: 'p-mei',
  kind: 'totp',
  data: 'sealed',
  counter: 0,
  createdAt: noon,
};
const passkey: StoredCredential = {
  ...totp,
  id: 'c-key',
  kind: 'passkey',
  lookup: sha256('key'),
  counter: 7,
};

const session: StoredSession = {
  id: 's-1',
  personId: 'p-mei',
  method: 'passkey',
  userAgent: 'Firefox on Windows',
  createdAt: noon,
  lastSeenAt: noon,
  idleUntil: noon + 100,
  expiresAt: noon + 1_000,
};

const link: Invitation = { id: 'i-1', personId: 'p-mei', createdAt: noon, expiresAt: noon + 100 };

/** Of several at the same moment, how many say yes. */
async function winners(times: number, work: (i: number) => Promise<boolean>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: times }, (_, i) => work(i)));
  return answers.filter(Boolean).length;
}

export function peopleConformance(makeStore: MakeStore): void {
  const bench = new Bench(makeStore);
  const people = () => bench.store.people;

  describe('persons', () => {
    test('come back as they were added, by id, by login and in order, never with the login', async () => {
      const { persons } = people();
      expect(await persons.add(mei)).toBe('added');
      expect(await persons.add(ada)).toBe('added');
      expect(await persons.byIds(['p-mei', 'p-nobody'])).toEqual([meiAsShown]);
      expect(await persons.byIds([])).toEqual([]);
      expect(await persons.byLogin(sha256('mei@example.org'))).toEqual(meiAsShown);
      expect(await persons.byLogin(sha256('eve@example.org'))).toBeUndefined();
      expect(await persons.list()).toEqual([ada, meiAsShown]);
    });

    test('a login belongs to one person; an id to one too', async () => {
      const { persons } = people();
      const made = await winners(6, async (i) => (await persons.add({ ...mei, id: `p-${i}` })) === 'added');
      expect(made).toBe(1);
      await persons.add(ada);
      await expect(persons.add(ada)).rejects.toThrow(InvariantError);
    });

    test('change what is named and nothing else; letting in again is a change', async () => {
      const { persons } = people();
      await persons.add(mei);
      expect(await persons.change('p-mei', { roles: ['observer'], disabledAt: noon + 5 })).toBe(true);
      const disabled = { ...meiAsShown, roles: ['observer'], disabledAt: noon + 5 };
      expect(await persons.byIds(['p-mei'])).toEqual([disabled]);
      expect(await persons.change('p-mei', {})).toBe(true);
      expect(await persons.change('p-mei', { disabledAt: null, profile: 'other' })).toBe(true);
      expect(await persons.byIds(['p-mei'])).toEqual([
        { ...meiAsShown, roles: ['observer'], profile: 'other' },
      ]);
      expect(await persons.change('p-nobody', { roles: [] })).toBe(false);
      expect(await persons.change('p-nobody', {})).toBe(false);
    });

    test('an administrator is somebody who may sign in', async () => {
      const { persons } = people();
      await persons.add(mei);
      expect(await persons.hasAdministrator()).toBe(false);
      await persons.add(ada);
      expect(await persons.hasAdministrator()).toBe(true);
      await persons.change('p-ada', { disabledAt: noon });
      expect(await persons.hasAdministrator()).toBe(false);
    });

    test('erased: nothing is left by which anybody could be found, known or signed in', async () => {
      const { persons, credentials, sessions, invitations } = people();
      await persons.add(mei);
      await credentials.add([totp, passkey]);
      await sessions.add({ ...session, hash: sha256('token') });
      await invitations.add({ ...link, hash: sha256('link') });
      await persons.link({
        issuer: 'https://id',
        subjectHash: sha256('sub'),
        personId: 'p-mei',
        createdAt: noon,
      });
      expect(await persons.erase('p-mei', noon + 9)).toBe(true);
      const { profile: _, ...rest } = meiAsShown;
      const left = { ...rest, roles: [], disabledAt: noon + 9, erasedAt: noon + 9 };
      expect(await persons.byIds(['p-mei'])).toEqual([left]);
      expect(await persons.byLogin(sha256('mei@example.org'))).toBeUndefined();
      expect(await persons.byIdentity('https://id', sha256('sub'))).toBeUndefined();
      expect(await credentials.ofPerson('p-mei')).toEqual([]);
      expect(await sessions.ofPerson('p-mei')).toMatchObject([{ revokedAt: noon + 9 }]);
      const enrolment: Enrolment = { credentials: [totp] };
      expect(await invitations.redeem(sha256('link'), noon + 10, enrolment)).toBe('used');
      expect(await persons.erase('p-mei', noon + 20)).toBe(false);
      expect(await persons.change('p-mei', { roles: ['administrator'] })).toBe(false);
      expect(await persons.add({ ...mei, id: 'p-new' })).toBe('added');
    });

    test('an identity at a provider belongs to one person', async () => {
      const { persons } = people();
      await persons.add(mei);
      await persons.add(ada);
      const identity = { issuer: 'https://id', subjectHash: sha256('sub'), createdAt: noon };
      const linked = await winners(
        6,
        async (i) => (await persons.link({ ...identity, personId: i % 2 ? 'p-mei' : 'p-ada' })) === 'linked',
      );
      expect(linked).toBe(1);
      expect(await persons.byIdentity('https://id', sha256('sub'))).toBeDefined();
      expect(await persons.byIdentity('https://other', sha256('sub'))).toBeUndefined();
    });

    test('a secret of the deployment is the first that anybody kept', async () => {
      const { persons } = people();
      const kept = await Promise.all(['a', 'b', 'c'].map((sealed) => persons.secret('lookup', sealed)));
      expect(new Set(kept).size).toBe(1);
      expect(await persons.secret('lookup', 'd')).toBe(kept[0]);
      expect(await persons.secret('other', 'e')).toBe('e');
    });
  });

  describe('credentials', () => {
    test('come back as they were added, by person and by lookup', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await credentials.add([passkey, totp]);
      expect(plain(await credentials.ofPerson('p-mei'))).toEqual(plain([passkey, totp]));
      expect(plain(await credentials.byLookup(sha256('key')))).toEqual(plain(passkey));
      expect(await credentials.byLookup(sha256('other'))).toBeUndefined();
      await expect(credentials.add([{ ...passkey, id: 'c-other' }])).rejects.toThrow(InvariantError);
      await expect(credentials.add([{ ...totp, id: 'c-eve', personId: 'p-eve' }])).rejects.toThrow(
        InvariantError,
      );
    });

    test('a counter only rises, and of several at once one raises it', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await credentials.add([totp]);
      expect(await winners(8, () => credentials.advance('c-totp', 57_000_000_000, noon))).toBe(1);
      expect(await credentials.advance('c-totp', 56_999_999_999, noon)).toBe(false);
      expect(await credentials.advance('c-totp', 57_000_000_001, noon + 1)).toBe(true);
      expect(await credentials.ofPerson('p-mei')).toEqual([
        { ...totp, counter: 57_000_000_001, lastUsedAt: noon + 1 },
      ]);
      expect(await credentials.advance('c-nobody', 1, noon)).toBe(false);
    });

    test('what may be used once is used once, however many try at once', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await credentials.add([{ ...totp, kind: 'recovery' }]);
      expect(await winners(8, () => credentials.spend('c-totp', noon))).toBe(1);
      expect(await credentials.spend('c-totp', noon + 1)).toBe(false);
      await credentials.touch('c-totp', noon + 2);
      expect(await credentials.ofPerson('p-mei')).toMatchObject([{ lastUsedAt: noon + 2 }]);
    });

    test('new ones take the place of those of the same kinds, or nothing changes', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await credentials.add([totp, passkey]);
      const next = { ...totp, id: 'c-next' };
      expect(await credentials.replace('p-mei', { kinds: ['totp', 'recovery'], credentials: [next] })).toBe(
        true,
      );
      expect((await credentials.ofPerson('p-mei')).map(({ id }) => id).sort()).toEqual(['c-key', 'c-next']);
      const broken = [
        { ...totp, id: 'c-a' },
        { ...passkey, id: 'c-b' },
      ];
      await expect(credentials.replace('p-mei', { kinds: ['totp'], credentials: broken })).rejects.toThrow(
        InvariantError,
      );
      expect((await credentials.ofPerson('p-mei')).map(({ id }) => id).sort()).toEqual(['c-key', 'c-next']);
    });

    test('a new login comes with them, unless it is somebody else’s', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await persons.add(ada);
      const mine = { kinds: ['totp'], credentials: [{ ...totp, personId: 'p-ada' }] } as const;
      expect(await credentials.replace('p-ada', { ...mine, loginHash: sha256('mei@example.org') })).toBe(
        false,
      );
      expect(await credentials.ofPerson('p-ada')).toEqual([]);
      expect(await credentials.replace('p-ada', { ...mine, loginHash: sha256('ada') })).toBe(true);
      expect(await persons.byLogin(sha256('ada'))).toMatchObject({ id: 'p-ada' });
    });

    test('the password goes with its codes; others’ are left alone', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await persons.add(ada);
      const password: StoredCredential = { ...totp, id: 'c-password', kind: 'password' };
      await credentials.add([password, totp, passkey, { ...totp, id: 'c-recovery', kind: 'recovery' }]);
      expect(await credentials.remove('p-ada', 'c-totp')).toBe('unknown');
      expect(await credentials.remove('p-mei', 'c-totp')).toBe('removed');
      expect((await credentials.ofPerson('p-mei')).map(({ id }) => id)).toEqual(['c-key']);
      expect(await credentials.remove('p-mei', 'c-totp')).toBe('unknown');
    });

    test('the last way to sign in stays, also when two go at once; a provider is another way', async () => {
      const { persons, credentials } = people();
      await persons.add(mei);
      await credentials.add([passkey, { ...passkey, id: 'c-key-2', lookup: sha256('key 2') }]);
      const outcomes = await Promise.all(['c-key', 'c-key-2'].map((id) => credentials.remove('p-mei', id)));
      expect(outcomes.sort()).toEqual(['last', 'removed']);
      const [left] = await credentials.ofPerson('p-mei');
      await persons.link({
        issuer: 'https://id',
        subjectHash: sha256('sub'),
        personId: 'p-mei',
        createdAt: noon,
      });
      expect(await credentials.remove('p-mei', left?.id ?? '')).toBe('removed');
    });
  });

  describe('sessions', () => {
    test('are found by their token’s hash and by id, with the person as it is now', async () => {
      const { persons, sessions } = people();
      await persons.add(mei);
      await sessions.add({ ...session, hash: sha256('token') });
      expect(await sessions.byHash(sha256('token'))).toEqual({ session, person: meiAsShown });
      await persons.change('p-mei', { roles: ['observer'] });
      expect(await sessions.byId('s-1')).toMatchObject({ person: { roles: ['observer'] } });
      expect(await sessions.byHash(sha256('other'))).toBeUndefined();
      expect(await sessions.byId('s-2')).toBeUndefined();
    });

    test('use moves their times forwards only, and not of one that was revoked', async () => {
      const { persons, sessions } = people();
      await persons.add(mei);
      await sessions.add({ ...session, hash: sha256('token') });
      await sessions.seen('s-1', noon + 50, noon + 150);
      await sessions.seen('s-1', noon + 40, noon + 140);
      expect(await sessions.ofPerson('p-mei')).toMatchObject([
        { lastSeenAt: noon + 50, idleUntil: noon + 150 },
      ]);
      expect(await sessions.revoke('s-1', noon + 60)).toBe(true);
      expect(await sessions.revoke('s-1', noon + 70)).toBe(true);
      await sessions.seen('s-1', noon + 80, noon + 180);
      expect(await sessions.ofPerson('p-mei')).toMatchObject([
        { lastSeenAt: noon + 50, revokedAt: noon + 60 },
      ]);
      expect(await sessions.revoke('s-2', noon)).toBe(false);
    });

    test('all at once: those that are open end, but for the one that is left out', async () => {
      const { persons, sessions } = people();
      await persons.add(mei);
      await persons.add(ada);
      const more = [
        { ...session, id: 's-2', createdAt: noon + 1 },
        { ...session, id: 's-idle', idleUntil: noon + 5, createdAt: noon + 2 },
        { ...session, id: 's-ada', personId: 'p-ada' },
      ];
      for (const one of [session, ...more]) await sessions.add({ ...one, hash: sha256(one.id) });
      expect(await sessions.revokeAll('p-mei', noon + 10, 's-2')).toEqual(['s-1']);
      expect((await sessions.ofPerson('p-mei')).map(({ id }) => id)).toEqual(['s-idle', 's-2', 's-1']);
      expect(await sessions.revokeAll('p-mei', noon + 20)).toEqual(['s-2']);
      expect(await sessions.ofPerson('p-ada')).not.toMatchObject([{ revokedAt: expect.anything() }]);
    });
  });

  describe('invitations', () => {
    test('a link is used once, however many use it at once, and leaves nothing of what was signed in with', async () => {
      const { persons, credentials, invitations } = people();
      await persons.add(mei);
      const key = { ...totp, id: 'c-key', kind: 'passkey' as const, lookup: sha256('key') };
      await credentials.add([{ ...totp, id: 'c-old' }, key]);
      await invitations.add({ ...link, hash: sha256('link') });
      expect(await invitations.byHash(sha256('link'))).toEqual(link);
      const used = await winners(6, async (i) => {
        const enrolment = { credentials: [{ ...totp, id: `c-${i}` }] };
        return (await invitations.redeem(sha256('link'), noon + 1, enrolment)) === 'redeemed';
      });
      expect(used).toBe(1);
      const [only, ...others] = await credentials.ofPerson('p-mei');
      expect([only?.id, others]).toEqual([expect.stringMatching(/^c-\d$/), []]);
      expect(await invitations.byHash(sha256('link'))).toEqual({ ...link, usedAt: noon + 1 });
    });

    test('not after it has expired, not when it is unknown, not for somebody else', async () => {
      const { persons, credentials, invitations } = people();
      await persons.add(mei);
      await persons.add(ada);
      await invitations.add({ ...link, hash: sha256('link') });
      const own: Enrolment = { credentials: [totp] };
      expect(await invitations.redeem(sha256('link'), noon + 100, own)).toBe('used');
      expect(await invitations.redeem(sha256('other'), noon, own)).toBe('used');
      const foreign: Enrolment = { credentials: [{ ...totp, personId: 'p-ada' }] };
      expect(await invitations.redeem(sha256('link'), noon, foreign)).toBe('used');
      const first: Enrolment = { person: { ...ada, id: 'p-eve' }, credentials: [] };
      expect(await invitations.redeem(sha256('link'), noon, first)).toBe('used');
      expect(await credentials.ofPerson('p-ada')).toEqual([]);
      expect(await invitations.redeem(sha256('link'), noon + 99, own)).toBe('redeemed');
    });

    test('a new link to the same person ends the one before', async () => {
      const { persons, invitations } = people();
      await persons.add(mei);
      await invitations.add({ ...link, hash: sha256('link') });
      await invitations.add({ ...link, id: 'i-2', createdAt: noon + 1, hash: sha256('link 2') });
      expect(await invitations.redeem(sha256('link'), noon + 2, { credentials: [totp] })).toBe('used');
      expect(await invitations.redeem(sha256('link 2'), noon + 2, { credentials: [totp] })).toBe('redeemed');
    });

    test('a login that somebody has leaves the link as it was', async () => {
      const { persons, invitations } = people();
      await persons.add(mei);
      await persons.add({ ...ada, roles: [] });
      await invitations.add({ ...link, personId: 'p-ada', hash: sha256('link') });
      const login = { personId: 'p-ada', loginHash: sha256('mei@example.org') };
      expect(await invitations.redeem(sha256('link'), noon, { login, credentials: [] })).toBe('login_taken');
      const other = { personId: 'p-ada', loginHash: sha256('ada@example.org') };
      expect(await invitations.redeem(sha256('link'), noon, { login: other, credentials: [] })).toBe(
        'redeemed',
      );
      expect(await persons.byLogin(sha256('ada@example.org'))).toMatchObject({ id: 'p-ada' });
    });

    test('of several who want one login at the same moment, one gets it; the others can choose again', async () => {
      const { persons, credentials, invitations } = people();
      const all = ['p-0', 'p-1', 'p-2', 'p-3'];
      for (const id of all) {
        await persons.add({ id, roles: [], profile: 'sealed', createdAt: noon });
        await invitations.add({ ...link, id: `i-${id}`, personId: id, hash: sha256(id) });
      }
      const loginHash = sha256('wanted');
      const outcomes = await Promise.all(
        all.map((personId) =>
          invitations.redeem(sha256(personId), noon, { login: { personId, loginHash }, credentials: [] }),
        ),
      );
      expect(outcomes.sort()).toEqual(['login_taken', 'login_taken', 'login_taken', 'redeemed']);
      const again = sha256('also wanted');
      const changes = await Promise.all(
        all.map((id) => credentials.replace(id, { kinds: [], credentials: [], loginHash: again })),
      );
      expect(changes.filter(Boolean)).toHaveLength(1);
    });

    test('many first administrator’s links at once make one administrator', async () => {
      const { persons, invitations } = people();
      const { personId: _, ...first } = link;
      for (const i of [0, 1, 2, 3])
        await invitations.add({ ...first, id: `i-${i}`, hash: sha256(`link ${i}`) });
      const made = await winners(8, async (i) => {
        const person = { ...ada, id: `p-${i}` };
        const credentials = [{ ...totp, id: `c-${i}`, personId: person.id }];
        return (
          (await invitations.redeem(sha256(`link ${i % 4}`), noon, { person, credentials })) === 'redeemed'
        );
      });
      expect(made).toBe(1);
      expect(await persons.list()).toHaveLength(1);
      await invitations.add({ ...first, id: 'i-late', hash: sha256('late') });
      const late: Enrolment = { person: { ...ada, id: 'p-late' }, credentials: [] };
      expect(await invitations.redeem(sha256('late'), noon, late)).toBe('used');
    });
  });

  describe('attempts', () => {
    const key = sha256('key');
    const pauses = { free: 3, firstMs: 10, mostMs: 25, forgetMs: 1_000 };

    test('a window counts everything until it ends, then starts anew', async () => {
      const { attempts } = people();
      for (const count of [1, 2]) {
        expect(await attempts.hit(key, noon + count, 100)).toEqual({ count, endsAt: noon + 101 });
      }
      expect(await attempts.hit(key, noon + 101, 100)).toEqual({ count: 1, endsAt: noon + 201 });
      const counts = await Promise.all(Array.from({ length: 9 }, () => attempts.hit(key, noon + 150, 100)));
      expect(counts.map(({ count }) => count).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test('after the free ones each has to wait twice as long, up to the longest pause', async () => {
      const { attempts } = people();
      for (const count of [1, 2, 3])
        expect(await attempts.attempt(key, noon, pauses)).toEqual({ allowed: true, count });
      expect(await attempts.attempt(key, noon + 9, pauses)).toEqual({ allowed: false, until: noon + 10 });
      expect(await attempts.attempt(key, noon + 10, pauses)).toEqual({ allowed: true, count: 4 });
      expect(await attempts.attempt(key, noon + 29, pauses)).toEqual({ allowed: false, until: noon + 30 });
      expect(await attempts.attempt(key, noon + 30, pauses)).toEqual({ allowed: true, count: 5 });
      expect(await attempts.attempt(key, noon + 54, pauses)).toEqual({ allowed: false, until: noon + 55 });
      expect(await attempts.attempt(key, noon + 1_030, pauses)).toEqual({ allowed: true, count: 1 });
    });

    test('any number at once are counted: none slips past the pause', async () => {
      const { attempts } = people();
      const allowed = await winners(20, async () => (await attempts.attempt(key, noon, pauses)).allowed);
      expect(allowed).toBe(3);
      await attempts.forgive(key);
      expect(await attempts.attempt(key, noon, pauses)).toEqual({ allowed: true, count: 1 });
    });

    test('a question is answered once, for what it was asked, before it expires', async () => {
      const { attempts } = people();
      const question = { hash: key, purpose: 'sign-in', data: '{"a":1}', expiresAt: noon + 10 };
      await attempts.ask(question, noon);
      expect(await attempts.take(key, 'enrol', noon)).toBeUndefined();
      const answers = await Promise.all([1, 2, 3].map(() => attempts.take(key, 'sign-in', noon + 9)));
      expect(answers.filter((data) => data === '{"a":1}')).toHaveLength(1);
      await attempts.ask(question, noon);
      expect(await attempts.take(key, 'sign-in', noon + 10)).toBeUndefined();
    });
  });
}
