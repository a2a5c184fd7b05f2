import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatSignature, noteOf, type NoteSigner, openNote, parseNote, signNote } from './signed-note.js';
import { parseVkey, type Vkey, vkeyOf } from './vkey.js';

/** A key that follows from its name, so that every run signs the same. */
function keyOf(name: string, type = 1): { readonly vkey: Vkey; readonly signer: NoteSigner } {
  const seed = Buffer.alloc(32, name);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  const vkey = vkeyOf(name, spki.subarray(-32), type);
  return {
    vkey,
    signer: { vkey: vkey.text, sign: (message) => Promise.resolve(sign(null, message, secret)) },
  };
}

const log = keyOf('example.com/log');
const other = keyOf('example.com/other');
const TEXT = 'example.com/log\n12\nhash\n';

const refused = (code: string): unknown => expect.objectContaining({ name: 'NoteError', code });

test('what one key signs, whoever has its vkey can open', async () => {
  const text = fc
    .string({ unit: 'binary', maxLength: 80 })
    .map((line) => `${line.replaceAll(/[\0-\x1f]/g, '').toWellFormed()}\n`); // eslint-disable-line no-control-regex
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (lines) => {
      const note = await signNote(lines.join(''), [log.signer, other.signer]);
      for (const form of [note, Buffer.from(note, 'utf8')]) {
        const opened = openNote(form, [parseVkey(log.vkey.text)]);
        expect(opened.text).toBe(lines.join(''));
        expect(opened.by.map(({ name }) => name)).toEqual(['example.com/log']);
      }
      expect(openNote(note, [other.vkey, log.vkey]).by).toEqual([log.vkey, other.vkey]);
    }),
  );
});

test('any changed bit of a signed note is noticed', async () => {
  const note = Buffer.from(await signNote(TEXT, [log.signer]), 'utf8');
  for (let bit = 0; bit < note.length * 8; bit++) {
    const changed = Buffer.from(note);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(() => openNote(changed, [log.vkey])).toThrow(expect.objectContaining({ name: 'NoteError' }));
  }
});

test('a note that no known key signed is of an unknown log, and a namesake does not help', async () => {
  const note = await signNote(TEXT, [log.signer]);
  const namesake = vkeyOf(log.vkey.name, other.vkey.publicKey);
  expect(() => openNote(note, [])).toThrow(refused('E_UNKNOWN_LOG'));
  expect(() => openNote(note, [other.vkey, namesake])).toThrow(refused('E_UNKNOWN_LOG'));
});

test('one bad line of a known key spoils the note, though another line of it is good', async () => {
  const { signatures } = parseNote(await signNote(TEXT, [log.signer]));
  const [good = ''] = signatures.map(({ line }) => line);
  const bad = formatSignature(log.vkey.name, log.vkey.keyId, Buffer.alloc(64));
  const stranger = formatSignature('stranger', Buffer.alloc(4), Buffer.from('anything'));
  expect(openNote(noteOf(TEXT, [stranger, good, good]), [log.vkey]).by).toEqual([log.vkey]);
  for (const lines of [
    [bad, good],
    [good, bad],
  ])
    expect(() => openNote(noteOf(TEXT, lines), [log.vkey])).toThrow(refused('E_SIG'));
});

test('signatures of another length, and over another text, do not verify', async () => {
  const [line = ''] = parseNote(await signNote(TEXT, [log.signer])).signatures.map((one) => one.line);
  const short = formatSignature(log.vkey.name, log.vkey.keyId, Buffer.alloc(63));
  expect(() => openNote(noteOf(TEXT, [short]), [log.vkey])).toThrow(refused('E_SIG'));
  expect(() => openNote(noteOf(`${TEXT}more\n`, [line]), [log.vkey])).toThrow(refused('E_SIG'));
});

const LINE = `\u2014 ${log.vkey.name} AAAAAAA=`;

test('an empty line may stand in the text: the last one divides', () => {
  expect(parseNote(`one\n\ntwo\n\n${LINE}\n`).text).toBe('one\n\ntwo\n');
});

test('the smallest notes are read', () => {
  expect(parseNote(`\n\n${LINE}\n`).text).toBe('\n');
  expect(parseNote(`text\n\n${LINE}\n`).signatures).toEqual([
    { name: log.vkey.name, keyId: Buffer.alloc(4), signature: Buffer.alloc(1), line: LINE },
  ]);
});

test.each([
  ['nothing', '', 'no empty line'],
  ['no signature', 'text\n\n', 'no signature'],
  ['no empty line', `text\n${LINE}\n`, 'no empty line'],
  ['no last line feed', `text\n\n${LINE}`, 'does not end with a line feed'],
  ['a carriage return', `text\r\n\n${LINE}\n`, 'control character'],
  ['a tab', `te\txt\n\n${LINE}\n`, 'control character'],
  ['a null', `te\0xt\n\n${LINE}\n`, 'control character'],
  ['a hyphen for the dash', `text\n\n- name AAAAAAA=\n`, 'not a signature line'],
  ['two spaces', `text\n\n\u2014  name AAAAAAA=\n`, 'not a signature line'],
  ['no name', `text\n\n\u2014 AAAAAAA=\n`, 'not a signature line'],
  ['something behind the signature', `text\n\n\u2014 name AAAAAAA= x\n`, 'not a signature line'],
  ['a plus in a name', `text\n\n\u2014 na+me AAAAAAA=\n`, 'not a signature line'],
  ['a wide space in a name', `text\n\n\u2014 na\u3000me AAAAAAA=\n`, 'not a signature line'],
  ['base64 without padding', `text\n\n\u2014 name AAAAAAA\n`, 'not a signature line'],
  ['base64 with bits left over', `text\n\n\u2014 name AAAAAAB=\n`, 'not a signature line'],
  ['base64url', `text\n\n\u2014 name ________\n`, 'not a signature line'],
  ['a key id alone', `text\n\n\u2014 name AAAAAA==\n`, 'not a signature line'],
  ['half a character', `te\ud83dxt\n\n${LINE}\n`, 'not Unicode'],
  ['65 signatures', `text\n\n${`${LINE}\n`.repeat(65)}`, 'at most 64'],
  ['more than a mebibyte', `${'x'.repeat(1024 * 1024)}\n\n${LINE}\n`, 'longer than 1048576 bytes'],
])('a note with %s is refused', (_what, note, message) => {
  expect(() => parseNote(note)).toThrow(refused('E_NOTE_FORMAT'));
  expect(() => parseNote(note)).toThrow(message);
});

test('bytes that are not UTF-8 are refused, a byte order mark is part of the text', () => {
  const note = Buffer.from(`text\n\n${LINE}\n`, 'utf8');
  expect(() => parseNote(Buffer.concat([Buffer.from([0xff]), note]))).toThrow('not UTF-8');
  expect(() => parseNote(Buffer.concat([Buffer.from([0xc0, 0xaf]), note]))).toThrow('not UTF-8');
  expect(parseNote(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), note])).text).toBe('\ufefftext\n');
});

test('64 signatures are read, and a mebibyte', () => {
  expect(parseNote(`text\n\n${`${LINE}\n`.repeat(64)}`).signatures).toHaveLength(64);
  const rest = `\n\n${LINE}\n`;
  expect(parseNote(`${'x'.repeat(1024 * 1024 - Buffer.byteLength(rest))}${rest}`).signatures).toHaveLength(1);
});

test('no note is written that would not read back as it was meant', async () => {
  expect(() => noteOf('no line feed', [LINE])).toThrow(refused('E_NOTE_FORMAT'));
  expect(() => noteOf('text\n', [`${LINE}\n`])).toThrow();
  expect(() => noteOf('text\n', [])).toThrow('no signature');
  await expect(signNote('text', [log.signer])).rejects.toThrow('ends with a line feed');
  const witness = keyOf('witness.example', 4);
  await expect(signNote('text\n', [witness.signer])).rejects.toThrow('is of type 4');
});

test.each([
  ['two parts', 'name+00000000', 'not a verifier key'],
  ['an empty name', '+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'not a verifier key'],
  ['a space in the name', 'a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'not a verifier key'],
  ['an id in capitals', log.vkey.text.replace(/\+[0-9a-f]{8}\+/, '+ABCDEF01+'), 'not a verifier key'],
  ['another id', log.vkey.text.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), 'was it mistyped?'],
  ['another name', log.vkey.text.replace('log', 'lug'), 'was it mistyped?'],
  ['a short key', `name+00000000+${Buffer.alloc(32, 1).toString('base64')}`, 'has 31 bytes'],
  ['a type of others', `name+00000000+${Buffer.alloc(33, 6).toString('base64')}`, 'signature type 6'],
  ['no key', 'name+00000000+', 'not a verifier key'],
  ['bad base64', 'name+00000000+AA', 'not a verifier key'],
])('a vkey with %s is refused', (_what, text, message) => {
  expect(() => parseVkey(text)).toThrow(refused('E_NOTE_FORMAT'));
  expect(() => parseVkey(text)).toThrow(message);
});

test('a vkey reads back as it was written, also with pluses in its base64', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(1, 4), (key, type) => {
      const vkey = vkeyOf('soc.example.org/log', key, type);
      expect(parseVkey(vkey.text)).toEqual(vkey);
    }),
  );
  expect(() => vkeyOf('a b', Buffer.alloc(32))).toThrow('no spaces');
  expect(() => vkeyOf('ab', Buffer.alloc(31))).toThrow('has 31 bytes');
});
