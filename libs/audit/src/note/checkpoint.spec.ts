import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkpointText, parseCheckpoint } from './checkpoint.js';
import { cosignatureLine, cosignedMessage, verifyCosignatures } from './cosignature.js';
import { formatSignature, noteOf, openNote } from './signed-note.js';
import { formatTlogProof, parseTlogProof } from './tlog-proof.js';
import { vkeyOf } from './vkey.js';
import { formatAddCheckpoint, parseAddCheckpoint } from './witness-request.js';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const malformed: unknown = expect.objectContaining({ name: 'NoteError', code: 'E_NOTE_FORMAT' });

test('a checkpoint reads back as it was written', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), hash, (size, root) => {
      const checkpoint = { origin: 'cordon-log/0b3c/r2', size, root };
      expect(parseCheckpoint(checkpointText(checkpoint))).toEqual(checkpoint);
    }),
  );
});

const ROOT = Buffer.alloc(32, 5).toString('base64');

test.each([
  ['no lines', ''],
  ['two lines', 'log\n1\n'],
  ['no last line feed', `log\n1\n${ROOT}`],
  ['an empty origin', `\n1\n${ROOT}\n`],
  ['an empty line at the end', `log\n1\n${ROOT}\n\n`],
  ['a leading zero', `log\n01\n${ROOT}\n`],
  ['a sign', `log\n+1\n${ROOT}\n`],
  ['an exponent', `log\n1e3\n${ROOT}\n`],
  ['digits of another script', `log\n١\n${ROOT}\n`],
  ['a size beyond 2^53', `log\n9007199254740992\n${ROOT}\n`],
  ['a size beyond 2^64', `log\n99999999999999999999\n${ROOT}\n`],
  ['a short root', `log\n1\n${Buffer.alloc(31).toString('base64')}\n`],
  ['a long root', `log\n1\n${Buffer.alloc(33).toString('base64')}\n`],
  ['a root without padding', `log\n1\n${ROOT.slice(0, -1)}\n`],
  ['a root with bits left over', `log\n1\n${'A'.repeat(42)}B=\n`],
  ['a space behind the root', `log\n1\n${ROOT} \n`],
  ['an extension line', `log\n1\n${ROOT}\nmore\n`],
])('a checkpoint with %s is refused', (_what, text) => {
  expect(() => parseCheckpoint(text)).toThrow(malformed);
});

test('extension lines are passed over in checkpoints of other logs', () => {
  expect(parseCheckpoint(`log\n1\n${ROOT}\nmore\n`, true)).toEqual({
    origin: 'log',
    size: 1,
    root: Buffer.alloc(32, 5),
  });
  expect(() => parseCheckpoint(`log\n1\n${ROOT}\n\nmore\n`, true)).toThrow(malformed);
});

test('no checkpoint is written that could not be read', () => {
  const root = Buffer.alloc(32);
  expect(() => checkpointText({ origin: 'two\nlines', size: 1, root })).toThrow('cannot be called');
  expect(() => checkpointText({ origin: 'log', size: -1, root })).toThrow('no checkpoint');
  expect(() => checkpointText({ origin: 'log', size: 1, root: root.subarray(1) })).toThrow('no checkpoint');
});

const secret = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 9)]),
  format: 'der',
  type: 'pkcs8',
});
const publicKey = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
const witness = vkeyOf('witness.example/w1', publicKey, 4);
const TEXT = `log\n1\n${ROOT}\n`;
const cosign = (time: number, text = TEXT): string =>
  cosignatureLine(witness, time, sign(null, cosignedMessage(time, text), secret));

test('what a witness signs is the text under a header and the time', () => {
  expect(cosignedMessage(1_679_315_147, TEXT).toString()).toBe(`cosignature/v1\ntime 1679315147\n${TEXT}`);
  expect(() => cosignedMessage(-1, TEXT)).toThrow(RangeError);
  expect(() => cosignedMessage(1.5, TEXT)).toThrow(RangeError);
});

test('cosignatures of known witnesses are given with their times, others are passed over', () => {
  const stranger = vkeyOf('stranger.example', publicKey, 4);
  const note = noteOf(TEXT, [cosign(1000), cosignatureLine(stranger, 5, Buffer.alloc(64)), cosign(2000)]);
  expect(verifyCosignatures(note, [witness])).toEqual([
    { vkey: witness, timeSeconds: 1000 },
    { vkey: witness, timeSeconds: 2000 },
  ]);
  expect(verifyCosignatures(note, [])).toEqual([]);
  expect(openNote(note, [witness]).by).toEqual([witness]);
});

test('a cosignature of another text, another time or another form does not verify', () => {
  const signature = sign(null, cosignedMessage(1000, TEXT), secret);
  const bare = sign(null, Buffer.from(TEXT), secret);
  const late = cosignatureLine(witness, 1001, signature);
  const endOfTime = Buffer.concat([Buffer.alloc(8, 0xff), signature]);
  const lines = [
    cosign(1000, `log\n2\n${ROOT}\n`),
    late,
    cosignatureLine(witness, 1000, bare),
    cosignatureLine(witness, 1000, Buffer.alloc(0)),
    formatSignature(witness.name, witness.keyId, Buffer.alloc(7)),
    formatSignature(witness.name, witness.keyId, endOfTime),
    formatSignature(witness.name, witness.keyId, signature),
  ];
  const sig: unknown = expect.objectContaining({ code: 'E_SIG' });
  for (const line of lines) {
    expect(() => verifyCosignatures(noteOf(TEXT, [line]), [witness])).toThrow(sig);
    expect(() => openNote(noteOf(TEXT, [line]), [witness])).toThrow(sig);
  }
});

test('a key of a log does not count as a witness, though it is the same', () => {
  const asLog = vkeyOf(witness.name, publicKey, 1);
  expect(asLog.keyId.equals(witness.keyId)).toBe(false);
  expect(verifyCosignatures(noteOf(TEXT, [cosign(1000)]), [asLog])).toEqual([]);
  const signedAsLog = formatSignature(asLog.name, asLog.keyId, sign(null, Buffer.from(TEXT), secret));
  expect(verifyCosignatures(noteOf(TEXT, [signedAsLog]), [asLog])).toEqual([]);
  expect(openNote(noteOf(TEXT, [signedAsLog]), [asLog, witness]).by).toEqual([asLog]);
});

const NOTE = noteOf(TEXT, [cosign(1000)]);

test('a tlog-proof reads back as it was written', () => {
  const extra = fc.option(
    fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), extra, (index, proof, more) => {
      const file = { index, proof, checkpoint: NOTE, ...(more === undefined ? {} : { extra: more }) };
      expect(parseTlogProof(formatTlogProof(file))).toEqual(file);
    }),
  );
});

const HEADER = 'c2sp.org/tlog-proof@v1\n';

test.each([
  ['another header', `c2sp.org/tlog-proof@v2\nindex 1\n\n${NOTE}`],
  ['no index', `${HEADER}\n${NOTE}`],
  ['a leading zero', `${HEADER}index 01\n\n${NOTE}`],
  ['bad extra data', `${HEADER}extra AA\nindex 1\n\n${NOTE}`],
  ['extra data below the index', `${HEADER}index 1\nextra AAAA\n\n${NOTE}`],
  ['a short hash', `${HEADER}index 1\nAAAA\n\n${NOTE}`],
  ['64 hashes', `${HEADER}index 1\n${`${ROOT}\n`.repeat(64)}\n${NOTE}`],
  ['no empty line', `${HEADER}index 1\n${ROOT}`],
  ['no checkpoint', `${HEADER}index 1\n\n`],
])('a tlog-proof with %s is refused', (_what, text) => {
  expect(() => parseTlogProof(text)).toThrow(malformed);
});

test('a request to a witness reads back as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.array(hash, { maxLength: 63 }), (oldSize, proof) => {
      expect(parseAddCheckpoint(formatAddCheckpoint({ oldSize, proof, note: NOTE }))).toEqual({
        oldSize,
        proof,
        note: NOTE,
      });
    }),
  );
  expect(parseAddCheckpoint(formatAddCheckpoint({ oldSize: 0, proof: [], note: NOTE })).oldSize).toBe(0);
});

test.each([
  ['nothing', ''],
  ['another first line', `size 1\n\n${NOTE}`],
  ['two spaces', `old  1\n\n${NOTE}`],
  ['a leading zero', `old 01\n\n${NOTE}`],
  ['a proof from size 0', `old 0\n${ROOT}\n\n${NOTE}`],
  ['64 hashes', `old 1\n${`${ROOT}\n`.repeat(64)}\n${NOTE}`],
  ['carriage returns', `old 1\r\n\r\n${NOTE}`],
  ['no note', 'old 1\n\n'],
])('a request to a witness with %s is refused', (_what, text) => {
  expect(() => parseAddCheckpoint(text)).toThrow(malformed);
});

test('a request with 64 hashes is not written', () => {
  const proof = Array.from({ length: 64 }, () => Buffer.alloc(32));
  expect(() => formatAddCheckpoint({ oldSize: 1, proof, note: NOTE })).toThrow('at most 63');
});
