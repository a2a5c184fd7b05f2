import { expect, test } from '@jest/globals';
import { chainLines, historyLine, type HistoryLine } from '../testing/history-line.js';
import { verifyChain } from './chain.js';

const verify = (lines: readonly string[]) => verifyChain([Buffer.from(lines.join(''))]);

test('a whole export verifies, however its bytes are cut up on the way', async () => {
  const bytes = Buffer.from(chainLines(20).join(''));
  for (const size of [1, 7, 64, 100_000]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      bytes.subarray(n * size, (n + 1) * size),
    );
    expect(await verifyChain(chunks)).toMatchObject({
      ok: true,
      entries: 20,
      kinds: { opened: 1, transition: 19 },
    });
  }
});

test('a refusal verifies too', async () => {
  const [first = ''] = chainLines(1);
  const refused = historyLine(JSON.parse(first) as HistoryLine, {
    ...{ kind: 'rejection', who: 'ann', type: 'step.start' },
  });
  expect(await verify([first, `${JSON.stringify(refused)}\n`])).toMatchObject({
    ok: true,
    kinds: { opened: 1, rejection: 1 },
  });
});

test('any flipped bit in any leaf names the entry that was altered', async () => {
  const lines = chainLines(4);
  for (let n = 0; n < 4; n += 1) {
    const entry = JSON.parse(lines[n] ?? '') as { leaf: string };
    for (let at = 0; at < entry.leaf.length; at += 9) {
      const flipped = String.fromCharCode(entry.leaf.charCodeAt(at) ^ 1);
      const leaf = entry.leaf.slice(0, at) + flipped + entry.leaf.slice(at + 1);
      const forged = lines.with(n, `${JSON.stringify({ ...entry, leaf })}\n`);
      expect(await verify(forged)).toMatchObject({ ok: false, entries: n, bad: { line: n + 1, seq: n + 1 } });
    }
  }
});

test('a leaf altered together with its hash breaks the chain at the entry after it', async () => {
  const lines = chainLines(4);
  const first = JSON.parse(lines[0] ?? '') as HistoryLine;
  const other = historyLine(first, { who: 'eve', type: 'note.add', note: 'entry 2 部門' });
  expect(await verify(lines.with(1, `${JSON.stringify(other)}\n`))).toMatchObject({
    ok: false,
    entries: 2,
    bad: { line: 3, reason: expect.stringMatching(/does not link to the entry before it/) },
  });
});

test('any character changed anywhere in a line is found, but for what is made for the reader', async () => {
  const [line = ''] = chainLines(1);
  for (let at = 0; at < line.length - 1; at += 1) {
    const changed = line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ 1) + line.slice(at + 1);
    expect([at, (await verify([changed])).ok]).toEqual([at, false]);
  }
});

test.each<[string, Partial<Record<string, unknown>>, RegExp]>([
  ['note', { note: 'entry 1' }, /its note is not what was logged/],
  ['data', { event: { type: 'note.add', data: { text: 'x' } } }, /its event is not what was logged/],
  ['state', { to: 'closed' }, /its to is not what was logged/],
  ['time', { occurredAt: '2025-02-22T01:00:00.000Z' }, /its occurredAt is not what was logged/],
  ['actor', { actor: { id: 'eve', type: 'person' } }, /its actor is not the one who was logged/],
  ['refusal', { rejection: { code: 'forbidden' } }, /its rejection is not the one/],
  ['addition', { approved: true }, /its approved is not what was logged/],
  ['opening', { openings: [] }, /it commits to 1 values, but 0 are there/],
])('an altered %s beside an untouched leaf is found', async (_, change, reason) => {
  const [line = ''] = chainLines(1);
  const forged = JSON.stringify({ ...(JSON.parse(line) as object), ...change });
  expect(await verify([`${forged}\n`])).toMatchObject({
    ok: false,
    entries: 0,
    bad: { line: 1, reason: expect.stringMatching(reason) },
  });
});

test('a dropped line is found at the place where it is missing', async () => {
  for (let n = 0; n < 4; n += 1) {
    const report = await verify(chainLines(5).toSpliced(n, 1));
    expect(report).toMatchObject({ ok: false, bad: { line: n + 1, seq: n + 2 } });
  }
});

test('two swapped lines are found at the first of them', async () => {
  const lines = chainLines(5);
  const swapped = lines.with(1, lines[2] ?? '').with(2, lines[1] ?? '');
  expect(await verify(swapped)).toMatchObject({ ok: false, entries: 1, bad: { line: 2, seq: 3 } });
});

test('a wrong seq is found, on the line and against its leaf', async () => {
  const lines = chainLines(3);
  const entry = JSON.parse(lines[2] ?? '') as { leaf: string };
  const renumbered = lines.with(2, `${JSON.stringify({ ...entry, seq: 4 })}\n`);
  expect(await verify(renumbered)).toMatchObject({
    bad: { line: 3, reason: 'its seq is not what was logged' },
  });
  const shortened = lines.toSpliced(1, 1).with(1, `${JSON.stringify({ ...entry, seq: 2 })}\n`);
  expect(await verify(shortened)).toMatchObject({ ok: false, bad: { line: 2 } });
});

test('a last line that was cut off is named as that', async () => {
  const text = chainLines(3).join('');
  expect(await verify([text.slice(0, -20)])).toMatchObject({
    ok: false,
    entries: 2,
    bad: { line: 3, reason: 'it is cut off in the middle' },
  });
});

test('an entry of another incident is not taken, and no history begins in the middle', async () => {
  const [first = '', second = ''] = chainLines(2);
  const foreign = historyLine(JSON.parse(first) as HistoryLine, {
    who: 'ann',
    type: 'note.add',
    incident: '0198c0de-0000-7000-8000-000000000002',
  });
  expect(await verify([first, `${JSON.stringify(foreign)}\n`])).toMatchObject({
    bad: { line: 2, reason: expect.stringMatching(/another incident/) },
  });
  expect(await verify([second])).toMatchObject({ ok: false, entries: 0, bad: { line: 1 } });
});

test('an empty file, bytes that are not UTF-8, and text that is not JSON do not verify', async () => {
  expect(await verify([])).toMatchObject({ ok: false, entries: 0, bad: { line: 1 } });
  expect(await verifyChain([Buffer.from([0xff, 0xfe, 0x0a])])).toMatchObject({
    bad: { reason: expect.stringMatching(/UTF-8/) },
  });
  expect(await verify(['seq,hash\n'])).toMatchObject({ bad: { reason: 'it is not a JSON object' } });
});
