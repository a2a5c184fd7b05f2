import { expect, test } from '@jest/globals';
import { groupsOf, profileOf } from './claims.js';

test('groups are found by name or by path, as a list or as one text', () => {
  expect(groupsOf({ groups: ['a', 'b', 7, null] }, 'groups')).toEqual(['a', 'b']);
  expect(groupsOf({ groups: 'a' }, 'groups')).toEqual(['a']);
  expect(groupsOf({ realm_access: { roles: ['a'] } }, 'realm_access.roles')).toEqual(['a']);
  expect(groupsOf({ 'https://example/groups.list': ['a'] }, 'https://example/groups.list')).toEqual(['a']);
  expect(groupsOf({ groups: [] }, 'groups')).toEqual([]);
});

test('a claim that is not there is told from one that is empty', () => {
  for (const name of ['groups', 'constructor', '__proto__', 'a.b', 'sub.length']) {
    expect(groupsOf({ sub: 'x' }, name)).toBeUndefined();
  }
  expect(groupsOf({ groups: { a: true } }, 'groups')).toBeUndefined();
});

test('a name is one line; an unverified address is not kept', () => {
  expect(
    profileOf({ name: ' Chan\u202e Tai\n Man ', email: 'chan@example.hk', email_verified: true }),
  ).toEqual({
    name: 'Chan Tai Man',
    email: 'chan@example.hk',
  });
  expect(profileOf({ preferred_username: 'chan', email: 'x@example.hk', email_verified: false })).toEqual({
    name: 'chan',
  });
  expect(profileOf({ name: 7 })).toEqual({ name: '—' });
});
