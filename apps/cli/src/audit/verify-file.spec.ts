import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memoryTiles, parsePolicy, verifyBundle, type Fault, type Report } from '@cordon/audit';
import { historyViews } from '@cordon/exchange';
import {
  linesIn,
  memorySource,
  noteAt,
  packBundle,
  relinked,
  resealed,
  setLines,
  testBundle,
  testLog,
  type TestBundle,
  type TestLog,
} from '../../../../test/support/bundle.js';
import { run } from '../program.js';
import { replayHistory } from '@cordon/runtime';

const ENTRIES = 'log/entries.jsonl';

let folder: string;
let log: TestLog;
let whole: TestBundle;
/** Two incidents: enough to change. */
let small: TestBundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-verify-'));
  log = await testLog({ incidents: 8 });
  whole = await testBundle(log, { witnesses: 2 });
  small = await testBundle(await testLog({ incidents: 2 }), { witnesses: 2 });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function verify(bundle: TestBundle): Promise<Report> {
  return verifyBundle(memorySource(await packBundle(bundle)), {
    policy: parsePolicy(bundle.policy),
    replay: replayHistory,
    views: historyViews,
  });
}

/** The fault after one leaf was changed, and everything but what the event leads to was made to fit. */
async function faultOf(index: number, edit: (line: string) => string): Promise<Fault | undefined> {
  const copy = { ...small, parts: new Map(small.parts) };
  const lines = linesIn(copy.parts, ENTRIES);
  const before = lines[index] ?? '';
  expect(edit(before)).not.toBe(before);
  setLines(copy.parts, ENTRIES, relinked(lines.with(index, edit(before))));
  return (await verify(await resealed(copy, { witnesses: 2 }))).fault;
}

const find = (test: (line: string) => boolean): number =>
  small.log.entries.findIndex(({ leaf }) => test(leaf.toString()));

test('every shipped playbook is played again: each event, where it went, and each refusal', async () => {
  const report = await verify(whole);
  expect(report.fault).toBeUndefined();
  const level = report.levels[4];
  expect(level).toMatchObject({ level: 5, outcome: 'holds', checked: { incidents: 8 } });
  expect(level?.checked['events']).toBeGreaterThan(900);
  expect(level?.checked['refusals']).toBeGreaterThan(10);
});

test('an incident alone is played again too', async () => {
  const report = await verify(await testBundle(log, { incident: 2, witnesses: 2 }));
  expect(report.fault).toBeUndefined();
  expect(report.levels[4]).toMatchObject({ outcome: 'holds', checked: { incidents: 1 } });
});

test('a part of the log whose incidents began before it says that they cannot be played', async () => {
  const report = await verify(await testBundle(log, { from: 300, witnesses: 2 }));
  expect(report.fault).toBeUndefined();
  expect(JSON.stringify(report.notChecked)).toContain('openings are not in the bundle');
});

test('an event that leads elsewhere than the entry says is found, whoever signed it (E_REPLAY)', async () => {
  const moved = find(
    (line) => line.includes('"type":"step.complete"') && line.includes('"kind":"transition"'),
  );
  const zeros = `"state":"sha256:${'0'.repeat(64)}"`;
  const edits: readonly ((line: string) => string)[] = [
    (line) => line.replace(/"state":"sha256:[0-9a-f]{64}"/, zeros),
    (line) => line.replace(/"from":.*?,"incident"/, '"from":"elsewhere","incident"'),
    (line) => line.replace(/"to":.*?,"v":1/, '"to":"elsewhere","v":1'),
    (line) => line.replace(/,"to":/, ',"system":{"from":"a","id":"b","to":"c"},"to":'),
    (line) => line.replace('"type":"step.complete"', '"type":"step.skip"'),
    (line) => line.replace(/"roles":\[[^\]]*\]/, '"roles":["auditor"]'),
  ];
  for (const edit of edits)
    expect(await faultOf(moved, edit)).toMatchObject({ code: 'E_REPLAY', level: 5, index: moved });
});

test('a refusal that the playbook does not make is found (E_REPLAY)', async () => {
  const refused = find((line) => line.includes('"rejection":"forbidden"'));
  const otherwise = await faultOf(refused, (line) => line.replace('"forbidden"', '"event_not_accepted"'));
  expect(otherwise).toMatchObject({
    code: 'E_REPLAY',
    index: refused,
    message: expect.stringContaining('reason'),
  });
  const allowed = await faultOf(refused, (line) =>
    line.replace(/"roles":\[[^\]]*\]/, '"roles":["coordinator"]'),
  );
  expect(allowed).toMatchObject({ code: 'E_REPLAY', index: refused });
});

test('a playbook that is missing, or another than the leaves name, is found (E_MACHINE)', async () => {
  const path = [...small.parts.keys()].find((one) => one.startsWith('machines/')) ?? '';
  const text = small.parts.get(path)?.toString() ?? '';
  const edits: readonly ((parts: TestBundle['parts']) => unknown)[] = [
    (parts) => parts.delete(path),
    (parts) => parts.set(path, Buffer.from(text.replace('cordon: 1', 'cordon: 2'))),
    (parts) => parts.set(path, Buffer.from(text.replace(/"version":"[^"]*"\}$/, '"version":"9.9.9"}'))),
    (parts) => parts.set(path, Buffer.from(`${text}\n`)),
  ];
  for (const edit of edits) {
    const copy = { ...small, parts: new Map(small.parts) };
    edit(copy.parts);
    expect((await verify(copy)).fault).toMatchObject({ code: 'E_MACHINE', level: 5, path, seq: 1 });
  }
});

async function cordon(...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const code = await run({ out, err, env: {}, cwd: folder, root: folder, signal }, [
    'audit',
    'verify',
    ...args,
  ]);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

const put = (name: string, data: string | Uint8Array) => writeFile(join(folder, name), data);

test('a bundle is verified from the command line, without a network; what was not checked is said', async () => {
  await put('log.zip', await packBundle(whole));
  await put('policy.txt', whole.policy);
  await put('kept.txt', await noteAt(whole.log, memoryTiles(whole.log.entries.map(({ hash }) => hash)), 99));
  const { code, out } = await cordon('log.zip', '--policy', 'policy.txt', '--since', 'kept.txt');
  expect(code).toBe(0);
  for (const word of ['1 bytes', '5 semantics', 'NOT CHECKED', 'ERASED', 'VALID'])
    expect(out).toContain(word);
  expect(out).not.toContain("the log's key is the right one");
  const alone = await cordon('log.zip', '--level', '2', '--json');
  expect(alone.code).toBe(0);
  const { ok, levels } = JSON.parse(alone.out) as Report;
  expect([ok, ...levels.map(({ outcome }) => outcome)]).toEqual([
    ...[true, 'holds', 'holds', 'not asked', 'not asked', 'not asked'],
  ]);
  expect(alone.out).toContain("the log's key is the right one");
});

test('a bundle that does not verify ends with 5 and names code and entry', async () => {
  const copy = { ...small, parts: new Map(small.parts) };
  const lines = linesIn(copy.parts, ENTRIES);
  const index = find((line) => line.includes('"seq":9') && !line.includes('"kind":"journal"'));
  setLines(copy.parts, ENTRIES, lines.with(index, (lines[index] ?? '').replace(/"seq":9/, '"seq":8')));
  await put('bad.zip', await packBundle(await resealed(copy)));
  const { code, out } = await cordon('bad.zip');
  expect(code).toBe(5);
  expect(out).toMatch(/INVALID {2}bad\.zip: E_CHAIN_SEQ: [\s\S]*entry \d+ of 0198c0de/);
  await put('cut.zip', (await packBundle(whole)).subarray(0, 1000));
  expect(await cordon('cut.zip')).toMatchObject({ code: 5, out: expect.stringContaining('E_ZIP') });
});

test('what cannot be used is said with what to do: no file, no policy, no level', async () => {
  await put('log.zip', await packBundle(whole));
  await put('empty.txt', 'quorum none\n');
  await put('wrong.txt', 'log nonsense\nquorum none\n');
  await put('x.jsonl', '{}\n');
  expect(await cordon('none.zip')).toMatchObject({ code: 3, err: expect.stringContaining('none.zip') });
  expect((await cordon('log.zip', '--policy', 'none.txt')).code).toBe(3);
  expect(await cordon('log.zip', '--policy', 'empty.txt')).toMatchObject({
    code: 2,
    err: expect.stringContaining('names no log'),
  });
  expect(await cordon('log.zip', '--policy', 'wrong.txt')).toMatchObject({
    code: 2,
    err: expect.stringContaining('line 1'),
  });
  expect((await cordon('log.zip', '--level', '6')).code).toBe(2);
  expect(await cordon('x.jsonl', '--policy', 'wrong.txt')).toMatchObject({
    code: 2,
    err: expect.stringContaining('bundles'),
  });
});
