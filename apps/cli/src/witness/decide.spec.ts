import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  type Checkpoint,
  checkpointText,
  consistencyProof,
  EMPTY_ROOT,
  formatAddCheckpoint,
  leafHash,
  memoryTiles,
  parsePolicy,
  rootAt,
  signNote,
  vkeyOf,
} from '@cordon/audit';
import fc from 'fast-check';
import { judge, knownLogs, readRequest, type WitnessRequest } from './decide.js';

const ORIGIN = 'cordon-log/test';

function keyOf(origin = ORIGIN) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const vkey = vkeyOf(origin, publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)).text;
  return { vkey, sign: (bytes: Uint8Array) => Promise.resolve(sign(null, bytes, privateKey)) };
}

/** Two histories that are the same up to their third leaf. */
const histories = [0, 1].map(
  (history) => (size: number) =>
    Array.from({ length: size }, (_, n) => leafHash(Buffer.from(n < 3 ? `${n}` : `${n} of ${history}`))),
);

async function checkpointOf(history: number, size: number): Promise<Checkpoint> {
  const hashes = histories[history]?.(size) ?? [];
  return { origin: ORIGIN, size, root: await rootAt(memoryTiles(hashes), size) };
}

async function proofOf(history: number, oldSize: number, size: number): Promise<readonly Uint8Array[]> {
  if (oldSize === 0 || oldSize >= size) return [];
  return consistencyProof(memoryTiles(histories[history]?.(size) ?? []), oldSize, size);
}

async function requestFor(history: number, oldSize: number, size: number): Promise<WitnessRequest> {
  const checkpoint = await checkpointOf(history, size);
  return { checkpoint, oldSize, proof: await proofOf(history, oldSize, size), text: '', signatures: [] };
}

test('whatever is asked in whatever order, what was cosigned is one history, and never grows smaller', async () => {
  const step = fc.record({
    history: fc.nat(1),
    size: fc.nat(12),
    /** Most of the time the asker knows what the witness knows. */
    guess: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(12)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      let known: Checkpoint | undefined;
      const cosigned: { history: number; checkpoint: Checkpoint }[] = [];
      for (const { history, size, guess } of steps) {
        const request = await requestFor(history, guess ?? known?.size ?? 0, size);
        if (request.oldSize > size || judge(known, request) !== undefined) continue;
        expect(size).toBeGreaterThanOrEqual(known?.size ?? 0);
        known = request.checkpoint;
        cosigned.push({ history, checkpoint: known });
      }
      const divided = cosigned.filter(({ checkpoint }) => checkpoint.size > 3);
      expect(new Set(divided.map(({ history }) => history)).size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
});

test('an honest log that says what the witness knows is always cosigned', async () => {
  for (let old = 0; old <= 9; old++)
    for (let size = old; size <= 9; size++) {
      const known = old === 0 ? undefined : await checkpointOf(0, old);
      expect([old, size, judge(known, await requestFor(0, old, size))]).toEqual([old, size, undefined]);
    }
});

test('a tree of no leaves has one root, and nothing is proved from it', async () => {
  const empty = await requestFor(0, 0, 0);
  expect(empty.checkpoint.root).toEqual(EMPTY_ROOT);
  expect(judge(undefined, empty)).toBeUndefined();
  expect(judge(empty.checkpoint, empty)).toBeUndefined();
  const wrong = { ...empty, checkpoint: { ...empty.checkpoint, root: Buffer.alloc(32) } };
  expect(judge(undefined, wrong)).toMatchObject({ status: 422 });
  expect(judge(undefined, { ...empty, proof: [EMPTY_ROOT] })).toMatchObject({ status: 422 });
  expect(judge(undefined, { ...(await requestFor(0, 0, 4)), proof: [EMPTY_ROOT] })).toMatchObject({
    status: 422,
  });
});

test('the same size with another root is a fork, and is told as one', async () => {
  const known = await checkpointOf(0, 7);
  const refusal = judge(known, await requestFor(1, 7, 7));
  expect(refusal).toMatchObject({ status: 409, reason: expect.stringContaining('FORK') });
  expect(refusal?.knownSize).toBeUndefined();
  expect(judge(known, { ...(await requestFor(0, 7, 7)), proof: [known.root] })).toMatchObject({
    status: 422,
  });
});

test('a proof with a hash too many, one too few or one changed does not hold', async () => {
  const known = await checkpointOf(0, 5);
  const request = await requestFor(0, 5, 11);
  const flipped = request.proof.map((hash, n) =>
    n === 0 ? Buffer.from(hash).map((byte) => byte ^ 1) : hash,
  );
  for (const proof of [[...request.proof, known.root], request.proof.slice(1), flipped, []])
    expect(judge(known, { ...request, proof })).toMatchObject({ status: 422 });
});

test('a wrong old size is answered with the right one', async () => {
  const known = await checkpointOf(0, 5);
  expect(judge(known, await requestFor(0, 4, 8))).toMatchObject({ status: 409, knownSize: 5 });
  expect(judge(undefined, await requestFor(0, 4, 8))).toMatchObject({ status: 409, knownSize: 0 });
});

test('a request is read with its origin and signature checked, and lines of others left out', async () => {
  const [key, second, stranger] = [keyOf(), keyOf(), keyOf('other')];
  const logs = knownLogs(parsePolicy(`log ${key.vkey}\nlog ${second.vkey}\nquorum none\n`));
  const text = checkpointText(await checkpointOf(0, 4));
  const body = async (...keys: (typeof key)[]) =>
    formatAddCheckpoint({ oldSize: 0, proof: [], note: await signNote(text, keys) });
  const read = readRequest(await body(key, stranger), logs);
  expect(read).toMatchObject({ request: { checkpoint: { origin: ORIGIN, size: 4 }, text } });
  expect('request' in read && read.request.signatures).toHaveLength(1);
  expect(readRequest(await body(second), logs)).toHaveProperty('request');
  expect(readRequest(await body(stranger), logs)).toMatchObject({ refusal: { status: 403 } });
  expect(readRequest(await body(key), new Map())).toMatchObject({ refusal: { status: 404 } });
  const late = formatAddCheckpoint({ oldSize: 5, proof: [], note: await signNote(text, [key]) });
  expect(readRequest(late, logs)).toMatchObject({ refusal: { status: 400 } });
});

test('a known key whose line does not verify refuses the note, whoever else has signed it', async () => {
  const [key, second] = [keyOf(), keyOf()];
  const logs = knownLogs(parsePolicy(`log ${key.vkey}\nlog ${second.vkey}\nquorum none\n`));
  const text = checkpointText(await checkpointOf(0, 4));
  const wrong = { ...key, sign: (bytes: Uint8Array) => key.sign(Buffer.concat([bytes, Buffer.from('!')])) };
  const note = await signNote(text, [second, wrong]);
  expect(readRequest(formatAddCheckpoint({ oldSize: 0, proof: [], note }), logs)).toMatchObject({
    refusal: { status: 403 },
  });
});

test('no text makes reading a request throw', () => {
  const logs = knownLogs(parsePolicy(`log ${keyOf().vkey}\nquorum none\n`));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((text) => `old 0\n\n${text}`),
      ),
      (text) => expect(readRequest(text, logs)).toHaveProperty('refusal'),
    ),
  );
});
