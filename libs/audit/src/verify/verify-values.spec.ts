import { beforeAll, expect, test } from '@jest/globals';
import { canonicalJson, type Json } from '@cordon/kernel';
import {
  linesIn,
  policyOf,
  setLines,
  testBundle,
  testLog,
  type TestBundle,
  type TestLog,
} from '../../../../test/support/bundle.js';
import { faultOf, faultOfLeaves, OPENINGS, verify } from '../../../../test/support/bundle-faults.js';
import { parsePolicy } from '../note/policy.js';
import type { VerifyOptions } from './verify-bundle.js';

let log: TestLog;
let whole: TestBundle;
let incident: TestBundle;

beforeAll(async () => {
  log = await testLog({ incidents: 3, most: 40 });
  whole = await testBundle(log);
  incident = await testBundle(log, { incident: 1 });
});

function change(lines: string[], index: number, edit: (leaf: Record<string, Json>) => Json): void {
  lines[index] = canonicalJson(edit(JSON.parse(lines[index] ?? '') as Record<string, Json>));
}

const last = (): number => whole.manifest.checkpoint.size - 1;

test('times that run backwards in a chain are found (E_TIME_ORDER)', async () => {
  const fault = await faultOfLeaves(whole, (lines) =>
    change(lines, last(), (leaf) => ({ ...leaf, at: '2020-01-01T00:00:00.000Z' })),
  );
  expect(fault).toMatchObject({ code: 'E_TIME_ORDER', level: 3, index: last() });
});

test('a leaf that was recorded later than a witness saw it, or earlier than the tree without it, is found (E_TIME_WINDOW)', async () => {
  const day = 86_400_000;
  const newest = Math.max(...log.entries.map(({ at }) => at));
  for (const shift of [-400 * day]) {
    const bundle = await testBundle(log, { witnesses: 1, cosignedAt: () => newest + shift });
    expect((await verify(bundle)).fault).toMatchObject({ code: 'E_TIME_WINDOW', level: 3 });
  }
  const late = await testBundle(log, { witnesses: 1, cosignedAt: () => newest + day });
  expect((await verify(late)).fault).toBeDefined();
  expect((await verify(late)).fault).toMatchObject({
    code: 'E_TIME_WINDOW',
    message: expect.stringContaining('before'),
  });
});

test('a time-stamp is over a checkpoint of the bundle, verifies, and counts only when its signer is trusted', async () => {
  const size = 40;
  const timestamps = [{ size, reply: Buffer.from('reply') }];
  const bundle = await testBundle(log, { timestamps, older: [size] });
  const at = log.entries.slice(0, size).reduce((most, one) => Math.max(most, one.at), 0) + 1000;
  const verdict = (trusted: boolean, instant = at) => ({
    verifyTimestamp: () => Promise.resolve({ at: instant, signer: 'tsa.example', trusted }),
  });
  expect((await verify(bundle, verdict(true))).fault).toBeUndefined();
  expect((await verify(bundle, verdict(true, at - 900 * 86_400_000))).fault).toMatchObject({
    code: 'E_TIME_WINDOW',
  });
  const untrusted = await verify(bundle, verdict(false, 0));
  expect(untrusted.ok).toBe(true);
  expect(JSON.stringify(untrusted.notChecked)).toContain('tsa.example');
  expect(JSON.stringify((await verify(bundle)).notChecked)).toContain('RFC 3161');
  const refused = await verify(bundle, {
    verifyTimestamp: () => Promise.reject(new Error('over another message')),
  });
  expect(refused.fault).toMatchObject({
    code: 'E_TSR',
    level: 3,
    message: expect.stringContaining('another message'),
  });
  const stray = await testBundle(log, { timestamps, older: [] });
  expect((await verify(stray, verdict(true))).fault).toMatchObject({ code: 'E_TSR' });
});

test('a checkpoint that the quorum of the policy did not cosign is found (E_QUORUM), and a forged cosignature (E_SIG)', async () => {
  const policy = parsePolicy(policyOf(2));
  expect((await verify(whole, { policy })).fault).toMatchObject({ code: 'E_QUORUM', level: 3 });
  const one = await testBundle(log, { witnesses: 1 });
  expect((await verify(one, { policy })).fault).toMatchObject({ code: 'E_QUORUM' });
  const two = await testBundle(log, { witnesses: 2 });
  expect((await verify(two, { policy })).fault).toBeUndefined();
  const note = two.parts.get('log/checkpoint')?.toString() ?? '';
  const forged = Buffer.from(note.replace(/.(.{4})\n$/, (_all, end: string) => `${'A'}${end}\n`));
  expect(await faultOf(two, ({ parts }) => parts.set('log/checkpoint', forged), { policy })).toMatchObject({
    code: 'E_SIG',
  });
});

test('a value that is not the one committed to is found (E_OPENING)', async () => {
  const line = (edit: (line: string) => string) =>
    faultOf(whole, ({ parts }) => {
      const lines = linesIn(parts, OPENINGS);
      const at = lines.findIndex((one) => one.includes('A plain note.'));
      setLines(parts, OPENINGS, lines.with(at, edit(lines[at] ?? '')));
    });
  for (const edit of [
    (one: string) => one.replace('A plain', 'A plane'),
    (one: string) => one.replace('data.text', 'data.test'),
    (one: string) => one.replace('{"index"', '{ "index"'),
    (one: string) => one.replace(/\{"key"[^}]*\}/, '$&,$&'),
    (one: string) => `${one}\n{"index":1000000,"openings":[]}`,
  ])
    expect(await line(edit)).toMatchObject({ code: 'E_OPENING', level: 4 });
});

test('a value that is withheld without an erasure, or left out, is found (E_SUPPRESSED)', async () => {
  const lines = linesIn(whole.parts, OPENINGS);
  const at = lines.findIndex((one) => one.includes('A plain note.'));
  const set = (changed: string[]) => faultOf(whole, ({ parts }) => setLines(parts, OPENINGS, changed));
  expect(await set(lines.toSpliced(at, 1))).toMatchObject({ code: 'E_SUPPRESSED', level: 4 });
  const emptied = (lines[at] ?? '').replace(/"openings":.*/, '"openings":[]}');
  expect(await set(lines.with(at, emptied))).toMatchObject({ code: 'E_SUPPRESSED' });
  const withheld = (lines[at] ?? '').replace(
    /\{"key".*?\}/,
    '{"key":"data.text","subject":"person-7","withheld":true}',
  );
  expect(await set(lines.with(at, withheld))).toMatchObject({
    code: 'E_SUPPRESSED',
    message: expect.stringContaining("not committed to as this person's"),
  });
  const refusedErasure = (lines[at] ?? '').replace(
    /\{"key".*?\}/,
    '{"key":"data.text","subject":"person-2","withheld":true}',
  );
  expect(await set(lines.with(at, refusedErasure))).toMatchObject({ code: 'E_SUPPRESSED' });
});

test('a file that is missing, another one or nobody names is found (E_ATTACHMENT)', async () => {
  const path = [...incident.parts.keys()].find((one) => one.startsWith('attachments/')) ?? '';
  expect(await faultOf(incident, ({ parts }) => parts.delete(path))).toMatchObject({
    code: 'E_ATTACHMENT',
    level: 4,
  });
  const altered = await faultOf(incident, ({ parts }) => parts.set(path, Buffer.from('another file')));
  expect(altered).toMatchObject({ code: 'E_ATTACHMENT', path });
  const none = { ...incident, manifest: { ...incident.manifest, attachments: 'none' as const } };
  expect(await faultOf(none, () => undefined)).toMatchObject({ code: 'E_ATTACHMENT' });
});

test('a view that says something else than the entries is found (E_VIEW), and one that nobody can write again is told', async () => {
  const path = 'views/ids.txt';
  const views: VerifyOptions['views'] = [
    {
      path,
      async *write(records, { size }) {
        yield `${size}\n`;
        for await (const { index, hash } of records()) yield `${index} ${hash}\n`;
      },
    },
  ];
  const { log: written } = await testBundle(log);
  const text = [
    `${written.entries.length}`,
    ...written.entries.map(({ hash }, i) => `${i} ${hash.toString('hex')}`),
  ];
  const made = (lines: string[]) =>
    testBundle(log, { views: new Map([[path, Buffer.from(lines.map((line) => `${line}\n`).join(''))]]) });
  expect((await verify(await made(text), { views })).fault).toBeUndefined();
  expect((await verify(await made(text.slice(0, -1)), { views })).fault).toMatchObject({
    code: 'E_VIEW',
    level: 4,
    path,
  });
  expect((await verify(await made(['x', ...text]), { views })).fault).toMatchObject({ code: 'E_VIEW' });
  expect(JSON.stringify((await verify(await made(['x']))).notChecked)).toContain(path);
});
