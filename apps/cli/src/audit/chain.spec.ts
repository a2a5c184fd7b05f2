import { expect, test } from '@jest/globals';
import { chainLines } from '../testing/fake-server.js';
import { leafHash, verifyChain } from './chain.js';

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

test('a leaf hash is SHA-256 over a zero byte and the UTF-8 text', () => {
  expect(leafHash('')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
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
  const entry = JSON.parse(lines[1] ?? '') as { leaf: string };
  const leaf = entry.leaf.replace('entry 2', 'entry X');
  const forged = lines.with(1, `${JSON.stringify({ ...entry, leaf, hash: leafHash(leaf) })}\n`);
  expect(await verify(forged)).toMatchObject({
    ok: false,
    entries: 2,
    bad: { line: 3, reason: 'its prev is not the hash of entry 2' },
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
    bad: { line: 3, reason: 'its seq is 4 where 3 comes next' },
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

test('what a line says beside its leaf must agree with the leaf', async () => {
  const leaf = JSON.stringify({ seq: 1, prev: 'a'.repeat(64), event: { type: 'step.complete' } });
  const entry = { seq: 1, prev: 'a'.repeat(64), hash: leafHash(leaf), event: { type: 'step.skip' }, leaf };
  expect(await verify([`${JSON.stringify(entry)}\n`])).toMatchObject({
    ok: false,
    bad: { reason: expect.stringMatching(/event\.type/) },
  });
});

test('an entry of another incident is not taken', async () => {
  const lines = chainLines(2);
  const first = JSON.parse(lines[0] ?? '') as { hash: string };
  const leaf = JSON.stringify({ incident: 'uid-2', seq: 2, prev: first.hash });
  const foreign = JSON.stringify({ seq: 2, prev: first.hash, hash: leafHash(leaf), leaf });
  expect(await verify([lines[0] ?? '', `${foreign}\n`])).toMatchObject({
    bad: { line: 2, reason: expect.stringMatching(/another incident/) },
  });
});

test('a first entry that does not link to its incident begins no history', async () => {
  const leaf = JSON.stringify({ incident: 'uid-1', seq: 1, prev: 'a'.repeat(64) });
  const entry = JSON.stringify({ seq: 1, prev: 'a'.repeat(64), hash: leafHash(leaf), leaf });
  expect(await verify([`${entry}\n`])).toMatchObject({
    ok: false,
    bad: { reason: expect.stringMatching(/begins no history/) },
  });
});

test('an empty file, bytes that are not UTF-8, and text that is not JSON do not verify', async () => {
  expect(await verify([])).toMatchObject({ ok: false, entries: 0, bad: { line: 1 } });
  expect(await verifyChain([Buffer.from([0xff, 0xfe, 0x0a])])).toMatchObject({
    bad: { reason: expect.stringMatching(/UTF-8/) },
  });
  expect(await verify(['seq,hash\n'])).toMatchObject({ bad: { reason: 'it is not a JSON object' } });
});
