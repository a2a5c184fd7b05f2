import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseCheckpoint } from './checkpoint.js';
import { openNote, parseNote } from './signed-note.js';
import { parseTlogProof } from './tlog-proof.js';
import { parseVkey, verifyEd25519 } from './vkey.js';
import { parseAddCheckpoint } from './witness-request.js';

interface Case {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: string;
}

function read(name: string): unknown {
  const file = new URL(`../../../../test/fixtures/vectors/wycheproof/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('148 signatures of Wycheproof are judged as published', () => {
  const { testGroups } = read('eddsa_test') as {
    readonly testGroups: readonly {
      readonly key: { readonly pk: string };
      readonly tests: readonly Case[];
    }[];
  };
  const more = read('ed25519_more') as readonly (Case & { readonly pk: string })[];
  const cases = [
    ...testGroups.flatMap(({ key, tests }) => tests.map((one) => ({ ...one, pk: key.pk }))),
    ...more,
  ];
  const wrong = cases.filter(
    ({ pk, msg, sig, result }) => verifyEd25519(hex(pk), hex(msg), hex(sig)) !== (result === 'valid'),
  );
  expect(cases).toHaveLength(148);
  expect(cases.filter(({ result }) => result === 'invalid').length).toBeGreaterThan(60);
  expect(wrong).toEqual([]);
});

test('a key or a signature of another length verifies nothing', () => {
  expect(verifyEd25519(Buffer.alloc(31), Buffer.alloc(0), Buffer.alloc(64))).toBe(false);
  expect(verifyEd25519(Buffer.alloc(33), Buffer.alloc(0), Buffer.alloc(64))).toBe(false);
  expect(verifyEd25519(Buffer.alloc(32, 1), Buffer.alloc(0), Buffer.alloc(0))).toBe(false);
});

/** The example of c2sp.org/signed-note. */
const POEM = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`;

test('the example of C2SP signed-note is read in its parts', () => {
  const { text, signatures } = parseNote(POEM);
  expect(text).toBe(
    'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n',
  );
  expect(
    signatures.map(({ name, keyId, signature }) => [name, keyId.toString('hex'), signature.length]),
  ).toEqual([['quasimodo.example/salvatore', '367ba04b', 64]]);
});

test.each([
  [
    'C2SP signed-note',
    'This is an example message.',
    ['example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    [
      'example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=',
    ],
  ],
  [
    'golang.org/x/mod/sumdb/note',
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.",
    [
      'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
      'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
    ],
    [
      'PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
      'EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=',
    ],
  ],
])('the signed example of %s verifies, and not with another text', (_source, text, keys, lines) => {
  const vkeys = keys.map(parseVkey);
  const note = `${text}\n\n${lines.map((line) => `\u2014 ${line}\n`).join('')}`;
  expect(openNote(note, vkeys).by).toEqual(vkeys);
  expect(vkeys.map((vkey) => vkey.text)).toEqual(keys);
  expect(() => openNote(note.replace('is', 'was'), vkeys)).toThrow(
    expect.objectContaining({ code: 'E_SIG' }),
  );
});

/** The example of c2sp.org/tlog-cosignature, and the request of c2sp.org/tlog-witness. */
const CHECKPOINT = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

test('the example of C2SP tlog-cosignature is read: a checkpoint, and the time its witness states', () => {
  const { text, signatures } = parseNote(CHECKPOINT);
  expect(parseCheckpoint(text)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
  expect(signatures[1]?.signature.readBigUInt64BE()).toBe(1_679_315_147n);
});

test('the example of C2SP tlog-witness is read', () => {
  const request = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

${CHECKPOINT}`;
  const { oldSize, proof, note } = parseAddCheckpoint(request);
  expect([oldSize, proof.length, note]).toEqual([20_852_014, 4, CHECKPOINT]);
});

test('the example of C2SP tlog-proof is read', () => {
  const { index, proof, checkpoint, extra } = parseTlogProof(`c2sp.org/tlog-proof@v1
extra YWdl
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=

${CHECKPOINT}`);
  expect([index, proof.length, checkpoint, Buffer.from(extra ?? []).toString()]).toEqual([
    73_894,
    2,
    CHECKPOINT,
    'age',
  ]);
});
