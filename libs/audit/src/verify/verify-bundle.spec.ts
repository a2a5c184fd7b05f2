import { beforeAll, expect, test } from '@jest/globals';
import { canonicalJson, type Json } from '@cordon/kernel';
import {
  BUNDLE_KEY,
  ERASED,
  linesIn,
  LOG_KEY,
  manifestNote,
  manifestText,
  memorySource,
  noteAt,
  packBundle,
  relinked,
  setLines,
  TEST_LOG,
  testBundle,
  testKey,
  testLog,
  zipOf,
  type BundleOptions,
  type TestBundle,
  type TestLog,
} from '../../../../test/support/bundle.js';
import {
  ENTRIES,
  copyOf,
  faultOf,
  faultOfLeaves,
  OPENINGS,
  verify,
} from '../../../../test/support/bundle-faults.js';
import { checkpointText } from '../note/checkpoint.js';
import { parsePolicy } from '../note/policy.js';
import { signNote } from '../note/signed-note.js';
import { memoryTiles } from '../tree/proofs.js';
import { verifyBundle } from './verify-bundle.js';

const other = testKey(TEST_LOG, 77);

let log: TestLog;
let whole: TestBundle;
let incident: TestBundle;

beforeAll(async () => {
  log = await testLog({ incidents: 3, most: 40 });
  whole = await testBundle(log);
  incident = await testBundle(log, { incident: 1 });
});

function replaceIn(bundle: TestBundle, path: string, from: string | RegExp, to: string): void {
  const text = bundle.parts.get(path)?.toString() ?? '';
  expect(text).toMatch(from);
  bundle.parts.set(path, Buffer.from(text.replace(from, to)));
}

function change(lines: string[], index: number, edit: (leaf: Record<string, Json>) => Json): void {
  lines[index] = canonicalJson(edit(JSON.parse(lines[index] ?? '') as Record<string, Json>));
}

const last = (): number => whole.manifest.checkpoint.size - 1;

test.each<[string, BundleOptions]>([
  ['of the whole log', {}],
  ['of the whole log, cosigned', { witnesses: 2 }],
  ['of a part of the log', { from: 20, to: 70 }],
  ['of an incident', { incident: 1, witnesses: 1 }],
  ['of an incident without values of people', { incident: 3 }],
  ['without older checkpoints', { older: [] }],
  ['with files left out', { attachments: 'left out' }],
])('a bundle %s holds on every level', async (_name, options) => {
  const bundle = await testBundle(log, options);
  const report = await verify(bundle);
  expect(report.fault).toBeUndefined();
  expect(report.ok).toBe(true);
  expect(report.levels.map(({ outcome }) => outcome)).toEqual([
    'holds',
    'holds',
    'holds',
    'holds',
    'not asked',
  ]);
  expect(report.bundle).toMatchObject({ origin: TEST_LOG, size: bundle.manifest.checkpoint.size });
});

test('who was erased is told, with the entry that says so and how many values went', async () => {
  const { erased } = await verify(incident);
  expect(erased).toEqual([{ subject: ERASED, by: expect.any(Number), values: 1 }]);
  expect(log.entries[erased[0]?.by ?? -1]).toMatchObject({ type: 'person.erase' });
});

test('what is not checked is told: without a policy the key, without witnesses the times, and the files that were left out', async () => {
  const bundle = await testBundle(log, { attachments: 'left out' });
  const { notChecked, ok } = await verifyBundle(memorySource(await packBundle(bundle)));
  expect(ok).toBe(true);
  const what = notChecked.map((one) => one.what).join('\n');
  for (const one of [
    "the log's key is the right one",
    'recorded when they say',
    'evidence files',
    'recorded state',
  ])
    expect(what).toContain(one);
});

test('only what was asked for is judged', async () => {
  const copy = copyOf(whole);
  setLines(copy.parts, OPENINGS, linesIn(copy.parts, OPENINGS).slice(0, -1));
  expect(await verify(copy, { upTo: 1 })).toMatchObject({ ok: true });
  const report = await verify(copy, { upTo: 4 });
  expect(report).toMatchObject({ ok: false, fault: { level: 2, code: 'E_COMPLETENESS' } });
  expect(report.levels.map(({ outcome }) => outcome)).toEqual([
    ...['holds', 'fails', 'not reached', 'not reached', 'not asked'],
  ]);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['something after its end', (bytes) => Buffer.concat([bytes, Buffer.from('\n')])],
  ['something before its beginning', (bytes) => Buffer.concat([Buffer.from('MZ'), bytes])],
  ['its end cut off', (bytes) => bytes.subarray(0, -1)],
  ['nothing in it', () => Buffer.alloc(0)],
  ['a flipped bit in a member', (bytes) => flipAt(bytes, bytes.indexOf('"kind":"opened"') + 9)],
  ['a flipped bit in a header', (bytes) => flipAt(bytes, 8)],
  ['a flipped bit in the central directory', (bytes) => flipAt(bytes, bytes.length - 60)],
])('a file with %s is no bundle (E_ZIP)', async (_name, mutate) => {
  const bytes = mutate(await packBundle(incident));
  expect((await verifyBundle(memorySource(bytes))).fault).toMatchObject({ code: 'E_ZIP', level: 1 });
});

function flipAt(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('what is over a limit is refused before it is parsed (E_LIMIT)', async () => {
  const long = await faultOfLeaves(whole, (lines) => lines.splice(3, 1, JSON.stringify('x'.repeat(65_534))));
  expect(long).toMatchObject({ code: 'E_LIMIT', level: 1 });
  const signed = await faultOf(incident, ({ parts }) => {
    const note = parts.get('log/checkpoint')?.toString() ?? '';
    parts.set('log/checkpoint', Buffer.from(note + `${note.split('\n').at(-2) ?? ''}\n`.repeat(64)));
  });
  expect(signed).toMatchObject({ code: 'E_LIMIT' });
});

test('a member that is not as the manifest lists it is found (E_MANIFEST)', async () => {
  const manifest = Buffer.from(manifestText(incident.parts, incident.manifest));
  const altered = await faultOf(incident, (copy) => {
    copy.parts.set(
      'VERIFY.txt',
      Buffer.from((copy.parts.get('VERIFY.txt')?.toString() ?? '').replace('Run', 'Ran')),
    );
    copy.parts.set('MANIFEST.json', manifest);
  });
  expect(altered).toMatchObject({ code: 'E_MANIFEST', path: 'VERIFY.txt' });
  const added = await faultOf(incident, (copy) => {
    copy.parts.set('views/more.csv', Buffer.from('x'));
    copy.parts.set('MANIFEST.json', manifest);
  });
  expect(added).toMatchObject({ code: 'E_MANIFEST', path: 'views/more.csv' });
  expect(await faultOf(incident, ({ parts }) => parts.delete('log/gaps.txt'))).toMatchObject({
    code: 'E_MANIFEST',
  });
  const claims = { ...incident, manifest: { ...incident.manifest, entries: 3 } };
  expect(await faultOf(claims, () => undefined)).toMatchObject({ code: 'E_MANIFEST' });
  const moved = copyOf(incident);
  const bytes = await zipOf(new Map([...moved.parts, ['MANIFEST.json', manifest]]));
  expect((await verifyBundle(memorySource(bytes))).fault).toMatchObject({ code: 'E_MANIFEST' });
});

test('a manifest that somebody else signed is found (E_SIG), and so is one for another manifest', async () => {
  const manifest = Buffer.from(manifestText(incident.parts, incident.manifest));
  const by = async (key: typeof BUNDLE_KEY, over = manifest) =>
    faultOf(incident, async ({ parts }) => {
      parts.set('MANIFEST.json', manifest);
      parts.set('MANIFEST.note', await manifestNote(over, key));
    });
  expect(await by(testKey(`${TEST_LOG}/bundle`, 9))).toMatchObject({ code: 'E_SIG', path: 'MANIFEST.note' });
  expect(await by(LOG_KEY)).toMatchObject({ code: 'E_SIG' });
  expect(await by(BUNDLE_KEY, Buffer.from('{}'))).toMatchObject({ code: 'E_MANIFEST' });
  expect(await by(BUNDLE_KEY)).toBeUndefined();
});

test('a checkpoint is a signed note by a key of the policy, whose name is its origin', async () => {
  const root = incident.manifest.checkpoint.root;
  const size = incident.manifest.checkpoint.size;
  const note = (text: string, key = LOG_KEY) => signNote(text, [key]);
  const text = checkpointText({ origin: TEST_LOG, size, root });
  const fault = async (checkpoint: string, policy = incident.policy) =>
    faultOf(incident, ({ parts }) => parts.set('log/checkpoint', Buffer.from(checkpoint)), {
      policy: parsePolicy(policy),
    });
  const good = await note(text);
  expect(await fault(good)).toBeUndefined();
  expect(await fault(good.replace(`\n${size}\n`, `\n1${size}\n`))).toMatchObject({ code: 'E_SIG' });
  expect(await fault(good.replace(`\n${size}\n`, `\n0${size}\n`))).toMatchObject({ code: 'E_NOTE_FORMAT' });
  expect(await fault(await note(text.replace(`\n${size}\n`, `\n0${size}\n`)))).toMatchObject({
    code: 'E_NOTE_FORMAT',
  });
  expect(await fault(good.replaceAll('\n', '\r\n'))).toMatchObject({ code: 'E_NOTE_FORMAT' });
  expect(await fault(good.slice(0, -1))).toMatchObject({ code: 'E_NOTE_FORMAT' });
  expect(await fault(await note(text, other))).toMatchObject({ code: 'E_UNKNOWN_LOG' });
  expect(await fault(good, `log ${other.vkey}\nquorum none\n`)).toMatchObject({ code: 'E_UNKNOWN_LOG' });
  const elsewhere = testKey('cordon-log/elsewhere', 5);
  const two = `log ${LOG_KEY.vkey}\nlog ${elsewhere.vkey}\nquorum none\n`;
  expect(await fault(await note(text, elsewhere), two)).toMatchObject({ code: 'E_ORIGIN' });
  const foreign = checkpointText({ origin: 'cordon-log/elsewhere', size, root });
  expect(await fault(await note(foreign, elsewhere), two)).toMatchObject({ code: 'E_ORIGIN' });
});

test('leaves that are fewer, others, or hidden otherwise than the checkpoint says are found', async () => {
  const dropped = await faultOf({ ...whole, manifest: { ...whole.manifest, entries: last() } }, ({ parts }) =>
    setLines(parts, ENTRIES, linesIn(parts, ENTRIES).slice(0, -1)),
  );
  expect(dropped).toMatchObject({ code: 'E_SIZE', level: 1 });
  const altered = await faultOf(whole, (copy) =>
    replaceIn(copy, ENTRIES, '"kind":"opened"', '"kind":"opaned"'),
  );
  expect(altered).toMatchObject({ code: 'E_ROOT', level: 1 });
  const gap = await faultOf(incident, (copy) => replaceIn(copy, 'log/gaps.txt', /^(\d+) (\d+) ./, '$1 $2 /'));
  expect(gap).toMatchObject({ code: 'E_ROOT' });
  const unknown = await faultOf(incident, (copy) => replaceIn(copy, 'log/gaps.txt', /^(\d+) /, '0$1 '));
  expect(unknown).toMatchObject({ code: 'E_ROOT' });
  const fewer = await faultOf(incident, ({ parts }) =>
    setLines(parts, 'log/gaps.txt', linesIn(parts, 'log/gaps.txt').slice(0, -1)),
  );
  expect(['E_SIZE', 'E_ROOT']).toContain(fewer?.code);
});

test('an older checkpoint that is no beginning of this tree is found (E_CONSISTENCY)', async () => {
  const flipped = (copy: TestBundle) =>
    replaceIn(copy, 'log/consistency.jsonl', /"proof":\["./, '"proof":["/');
  expect(await faultOf(whole, flipped)).toMatchObject({ code: 'E_CONSISTENCY', level: 1 });
  const spaced = (copy: TestBundle) =>
    replaceIn(copy, 'log/consistency.jsonl', '{"checkpoint"', '{ "checkpoint"');
  expect(await faultOf(whole, spaced)).toMatchObject({ code: 'E_CONSISTENCY' });
});

test('the log goes on from the checkpoint that the auditor kept, or is refused', async () => {
  const hashes = whole.log.entries.map(({ hash }) => hash);
  const kept = (size: number, leaves = hashes) => noteAt(whole.log, memoryTiles(leaves), size);
  for (const size of [1, 17, last(), last() + 1])
    expect((await verify(whole, { since: await kept(size) })).fault).toBeUndefined();
  const another = hashes.with(3, hashes[4] ?? Buffer.alloc(32));
  const bad = await verify(whole, { since: await kept(17, another) });
  expect(bad.fault).toMatchObject({ code: 'E_CONSISTENCY', message: expect.stringContaining('kept') });
  const longer = [...hashes, Buffer.alloc(32)];
  const rolledBack = await verify(whole, { since: await kept(longer.length, longer) });
  expect(rolledBack.fault).toMatchObject({ code: 'E_CONSISTENCY' });
  const unproved = await verify(incident, { since: await kept(7) });
  expect(unproved.fault).toMatchObject({
    code: 'E_CONSISTENCY',
    message: expect.stringContaining('does not prove'),
  });
  const forged = await signNote(checkpointText({ origin: TEST_LOG, size: 1, root: Buffer.alloc(32) }), [
    other,
  ]);
  expect((await verify(whole, { since: forged })).fault).toMatchObject({ code: 'E_UNKNOWN_LOG' });
  expect((await verify(whole, { since: 'no note' })).fault).toMatchObject({ code: 'E_NOTE_FORMAT' });
});

test('a proof of a single entry that does not prove it is found (E_PROOF)', async () => {
  const path = 'proofs/export.tlog-proof';
  const wrong = await faultOf(incident, (copy) => replaceIn(copy, path, /\nindex (\d+)\n./, '\nindex $1\n/'));
  expect(wrong).toMatchObject({ code: 'E_PROOF', level: 1, path });
  const elsewhere = await faultOf(incident, (copy) => replaceIn(copy, path, /\nindex \d+/, '\nindex 7'));
  expect(elsewhere).toMatchObject({ code: 'E_PROOF' });
});

test.each<[string, string, (line: string) => string]>([
  ['is not JSON', 'E_LEAF_FORMAT', (line) => line.slice(0, -1)],
  ['is empty', 'E_LEAF_FORMAT', () => ''],
  ['begins with a byte order mark', 'E_LEAF_FORMAT', (line) => `\ufeff${line}`],
  [
    'is nested a thousand deep',
    'E_LEAF_FORMAT',
    (line) => line.replace('"from":null', `"from":${'['.repeat(1000)}${']'.repeat(1000)}`),
  ],
  ['has a member too many', 'E_LEAF_FORMAT', (line) => line.replace('"at":', '"as":1,"at":')],
  ['is of another version', 'E_LEAF_FORMAT', (line) => line.replace('"v":1', '"v":2')],
  [
    'has a time that there is not',
    'E_LEAF_FORMAT',
    (line) => line.replace(/"at":"(\d{4})-\d\d-\d\d/, '"at":"$1-02-30'),
  ],
  ['is of no kind', 'E_LEAF_FORMAT', (line) => line.replace('"kind":"journal"', '"kind":"gift"')],
  ['ends with a carriage return', 'E_NONCANONICAL', (line) => `${line}\r`],
  ['has white space', 'E_NONCANONICAL', (line) => line.replace('{"actor"', '{ "actor"')],
  ['has a member twice', 'E_NONCANONICAL', (line) => line.replace('"at":', '"at":"x","at":')],
  [
    'has members in another order',
    'E_NONCANONICAL',
    (line) => line.replace('"v":1}', '"a":1}').replace('{"actor"', '{"v":1,"actor"'),
  ],
  ['spells a letter otherwise', 'E_NONCANONICAL', (line) => line.replace('"journal"', '"journ\\u0061l"')],
  ['spells a number otherwise', 'E_NONCANONICAL', (line) => line.replace('"v":1', '"v":1.0')],
  ['holds half of a surrogate pair', 'E_NONCANONICAL', (line) => line.replace('"admin"', '"\\ud800"')],
  [
    'is of another log',
    'E_FOREIGN_LEAF',
    (line) => line.replace(`"log":"${TEST_LOG}"`, '"log":"cordon-log/other"'),
  ],
  ['has another number', 'E_CHAIN_SEQ', (line) => line.replace(/"seq":(\d+)/, '"seq":9$1')],
  [
    'does not raise the revision',
    'E_CHAIN_SEQ',
    (line) => line.replace(/"revision":(\d+)/, '"revision":1$1'),
  ],
  ['links to another entry', 'E_CHAIN_PREV', (line) => line.replace(/"prev":"./, '"prev":"f')],
])('a leaf that %s is found although everything above it fits (%s)', async (_name, code, mutate) => {
  // The export, which no other leaf links to.
  const fault = await faultOfLeaves(whole, (lines) =>
    lines.splice(last(), 1, mutate(lines[last()] ?? '').replace('"prev":"f', '"prev":"e')),
  );
  expect(fault).toMatchObject({ code, level: 2, index: last() });
});

test('bytes that are not UTF-8 are no leaf', async () => {
  const copy = copyOf(whole);
  const bytes = Buffer.from(copy.parts.get(ENTRIES) ?? Buffer.alloc(0));
  bytes[bytes.lastIndexOf('admin') + 1] = 0xff;
  copy.parts.set(ENTRIES, bytes);
  const fault = (await verify(copy)).fault;
  expect(fault).toMatchObject({ code: 'E_ROOT' });
});

test('a leaf that is missing, moved, altered or comes after the end is found', async () => {
  const dropped = await faultOfLeaves(whole, (lines) => void lines.splice(9, 1));
  expect(['E_CHAIN_SEQ', 'E_COMPLETENESS']).toContain(dropped?.code);
  const altered = await faultOfLeaves(whole, (lines) =>
    change(lines, 6, (leaf) => ({ ...leaf, occurredAt: '2026-01-01T00:00:00.000Z' })),
  );
  expect(altered).toMatchObject({ code: 'E_CHAIN_PREV', level: 2 });
  const swapped = await faultOfLeaves(
    whole,
    (lines) => void lines.splice(0, 2, lines[1] ?? '', lines[0] ?? ''),
  );
  expect(swapped).toMatchObject({ code: 'E_CHAIN_SEQ', seq: 2 });
  const first = whole.log.entries.findIndex(
    ({ seq, incident }) => seq === 8 && incident === whole.log.incidents[0],
  );
  const ended = await faultOfLeaves(whole, (lines) => {
    lines[first] = (lines[first] ?? '').replace(
      /"type":"[a-z.]+"\},"from"/,
      '"type":"incident.close"},"from"',
    );
    lines.splice(0, lines.length, ...relinked(lines));
  });
  expect(ended).toMatchObject({ code: 'E_CHAIN_SEQ', message: expect.stringContaining('after its end') });
});

test('a bundle that shows less than there was is found (E_COMPLETENESS)', async () => {
  const { scope } = incident.manifest;
  if (scope.kind !== 'incident') throw new Error('it is a bundle of an incident');
  const shorter = {
    ...incident,
    manifest: { ...incident.manifest, scope: { ...scope, seq: scope.seq - 1 } },
  };
  expect(await faultOf(shorter, () => undefined)).toMatchObject({ code: 'E_COMPLETENESS', level: 2 });
  const other = { ...incident, manifest: { ...incident.manifest, export: 3 } };
  expect(await faultOf(other, () => undefined)).toMatchObject({ code: 'E_COMPLETENESS' });
  const path = 'log/heads.json';
  const without = await faultOf(incident, (copy) => void copy.parts.delete(path));
  expect(without).toMatchObject({ code: 'E_COMPLETENESS', path });
  const rewritten = await faultOf(incident, (copy) => replaceIn(copy, path, /"seq":\d+/, '"seq":1'));
  expect(rewritten).toMatchObject({ code: 'E_COMPLETENESS', path });
  const part = { ...whole, manifest: { ...whole.manifest, scope: { kind: 'log', from: 1, to: 9 } as const } };
  expect(await faultOf(part, () => undefined)).toMatchObject({ code: 'E_FOREIGN_LEAF' });
});
