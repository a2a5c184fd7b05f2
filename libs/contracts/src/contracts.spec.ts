import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import {
  AtQuery,
  BulkTasks,
  EventBody,
  IncidentQuery,
  NewToken,
  OpenIncident,
  limits,
  problemCodes,
  problems,
  problemType,
} from './index.js';

const pointers = (schema: z.ZodType, value: unknown): string[] => {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('/'));
};

const opening = { playbook: 'ransomware', title: 'Ransom note', awareAt: '2025-02-22T10:00:00+08:00' };

test('every problem has a status of its kind, a title in each language, and a name of its own', () => {
  for (const code of problemCodes) {
    expect(problems[code].status).toBeGreaterThanOrEqual(400);
    expect(problems[code].title.en).not.toBe('');
    expect(problems[code].title['zh-Hant']).not.toBe('');
  }
  expect(new Set(problemCodes.map(problemType)).size).toBe(problemCodes.length);
});

describe('instants', () => {
  test.each(['2025-02-22T10:00:00Z', '2025-02-22T10:00:00.123456789+08:00', '2024-02-29T23:59:59-12:00'])(
    '%s names a moment',
    (awareAt) => {
      expect(pointers(OpenIncident, { ...opening, awareAt })).toEqual([]);
    },
  );
  test.each([
    '2025-02-22',
    '2025-02-22T10:00:00',
    '2025-02-30T10:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59Z',
    '2025-02-22 10:00:00Z',
    5,
  ])('%s does not', (awareAt) => {
    expect(pointers(OpenIncident, { ...opening, awareAt })).toEqual(['awareAt']);
  });
});

test('an opening takes facts as text, numbers and booleans, and nothing else', () => {
  expect(
    pointers(OpenIncident, { ...opening, facts: { ransomware: 'yes', personalData: true, count: 3 } }),
  ).toEqual([]);
  expect(pointers(OpenIncident, { ...opening, facts: { ransomware: null } })).toEqual(['facts/ransomware']);
  expect(pointers(OpenIncident, { ...opening, facts: { 'a b': 1 } })).toHaveLength(1);
});

test('unknown members are refused on every level', () => {
  for (const [schema, value] of [
    [OpenIncident, { ...opening, owner: 'me' }],
    [OpenIncident, { ...opening, systems: [{ id: 'crm', name: 'CRM', ip: '1' }] }],
    [EventBody, { type: 'note.add', id: 1 }],
    [BulkTasks, { ids: ['INC-1/a'], type: 'task.accept', all: true }],
    [NewToken, { name: 'x', roles: ['auditor'], admin: true }],
    [IncidentQuery, { page: '2' }],
  ] as const) {
    expect(schema.safeParse(value).error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
  }
});

test('sizes are accepted up to their limit and refused beyond it', () => {
  const edges: [z.ZodType, (n: number) => unknown, number][] = [
    [OpenIncident, (n) => ({ ...opening, title: 'x'.repeat(n) }), limits.title],
    [OpenIncident, (n) => ({ ...opening, summary: 'x'.repeat(n) }), limits.text],
    [
      OpenIncident,
      (n) => ({ ...opening, systems: Array.from({ length: n }, (_, i) => ({ id: `s${i}`, name: 'S' })) }),
      100,
    ],
    [EventBody, (n) => ({ type: 'a'.repeat(n) }), limits.id],
    [EventBody, (n) => ({ type: 'note.add', note: 'x'.repeat(n) }), limits.text],
    [
      EventBody,
      (n) => ({
        type: 'note.add',
        data: Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 0])),
      }),
      limits.dataMembers,
    ],
    [
      EventBody,
      (n) => ({ type: 'note.add', data: { list: Array.from({ length: n }, () => 0) } }),
      limits.members,
    ],
    [
      EventBody,
      (n) => ({
        type: 'note.add',
        data: { text: 'x'.repeat(n - '{"type":"note.add","data":{"text":""}}'.length) },
      }),
      limits.eventBytes,
    ],
    [
      BulkTasks,
      (n) => ({ type: 'task.accept', ids: Array.from({ length: n }, (_, i) => `INC-${i + 1}/a`) }),
      limits.bulk,
    ],
    [IncidentQuery, (n) => ({ limit: String(n) }), limits.page],
  ];
  for (const [schema, make, limit] of edges) {
    expect(pointers(schema, make(limit))).toEqual([]);
    expect(pointers(schema, make(limit + 1))).toHaveLength(1);
  }
});

test('the past is asked for by a time or a revision', () => {
  expect(pointers(AtQuery, { revision: '3' })).toEqual([]);
  expect(pointers(AtQuery, {})).toHaveLength(1);
  expect(pointers(AtQuery, { revision: '3', time: '2025-02-22T10:00:00Z' })).toHaveLength(1);
});

test('titles are one line of text', () => {
  const odd = ['\u001b', '\u001b[31mred', 'x\u0085y', 'x\u2028y'];
  for (const title of ['', '   ', 'two\nlines', 'tab\there', ...odd])
    expect(pointers(OpenIncident, { ...opening, title })).toContain('title');
});
