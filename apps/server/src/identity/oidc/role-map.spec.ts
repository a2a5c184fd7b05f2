import { expect, test } from '@jest/globals';
import { parseRoleMap, rolesOf } from './role-map.js';

const read = (text: string): unknown => {
  const map = parseRoleMap(text);
  return map && Object.fromEntries(map);
};

test('groups and roles are read from a line and from JSON alike', () => {
  const expected = { ir: ['responder', 'approver'], 'cn=audit,dc=example': ['auditor'] };
  expect(read('ir=responder, approver ;cn=audit,dc=example=auditor;')).toEqual(expected);
  expect(read(JSON.stringify(expected))).toEqual(expected);
});

test.each([
  '',
  ';',
  'ir',
  'ir=',
  '=responder',
  'ir=king',
  'ir=responder;ir=auditor',
  '{',
  '{}',
  '{"ir":"responder"}',
  '{"ir":[]}',
  '{"ir":["king"]}',
])('a mapping that cannot be meant is refused: %s', (text) => expect(parseRoleMap(text)).toBeUndefined());

test('a person has the roles of all groups, each once; groups that nobody mapped count for nothing', () => {
  const map = parseRoleMap('a=responder,auditor;b=administrator,responder') ?? new Map<string, never>();
  expect(rolesOf(['b', 'a', 'z', '__proto__'], map)).toEqual(['administrator', 'responder', 'auditor']);
  expect(rolesOf(['A', 'z'], map)).toEqual([]);
});
