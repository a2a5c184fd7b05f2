import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseVkey, verifyEd25519 } from '@cordon/audit';
import { openPkcs11Key } from './pkcs11-key.js';
import { parsePkcs11Uri } from './pkcs11-uri.js';

const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];
const module = MODULES.find((path) => existsSync(path)) ?? '';
/** Folder under which the package was installed, where it is not found from here. */
const elsewhere = process.env.TEST_PKCS11JS;
const find = createRequire(elsewhere === undefined ? import.meta.url : join(elsewhere, 'package.json'));

const hasBoth =
  module !== '' && spawnSync('softhsm2-util', ['--version']).error === undefined && isInstalled();

function isInstalled(): boolean {
  try {
    find.resolve('pkcs11js');
    return true;
  } catch {
    return false;
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-hsm-'));
  if (!hasBoth) return;
  await mkdir(join(folder, 'tokens'));
  await writeFile(join(folder, 'softhsm2.conf'), `directories.tokendir = ${join(folder, 'tokens')}\n`);
  await writeFile(join(folder, 'pin'), '1234\n');
  await writeFile(join(folder, 'child.mjs'), CHILD);
  for (const label of ['cordon', 'other']) {
    const init = ['--init-token', '--free', '--label', label, '--pin', '1234', '--so-pin', '5678'];
    expect(spawnSync('softhsm2-util', init, { env: environment() }).status).toBe(0);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const environment = () => ({ PATH: process.env.PATH, SOFTHSM2_CONF: join(folder, 'softhsm2.conf') });

/**
 * The module reads the environment of its process, which is not that of a test: so the built lib works in a process of its
 * own. It makes Ed25519 pairs, then opens the URIs, and signs with all that it opened, the keys taking turns.
 */
const CHILD = `
import { createRequire } from 'node:module';
const { lib, from, module, make, uris, times } = JSON.parse(process.argv[2]);
const { openPkcs11Key } = await import(lib);
const find = createRequire(from);
const token = new (find('pkcs11js').PKCS11)();
token.load(module);
if (make.length > 0) {
  token.C_Initialize();
  const slot = token.C_GetSlotList(true).find((one) => token.C_GetTokenInfo(one).label.trim() === 'cordon');
  const session = token.C_OpenSession(slot, 6);
  token.C_Login(session, 1, '1234');
  const ed25519 = Buffer.from('130c656477617264733235353139', 'hex');
  for (const label of make) {
    const both = [{ type: 1, value: true }, { type: 3, value: label }];
    token.C_GenerateKeyPair(session, { mechanism: 0x1055 },
      [...both, { type: 0x10a, value: true }, { type: 0x180, value: ed25519 }],
      [...both, { type: 0x108, value: true }, { type: 2, value: true }]);
  }
  token.C_CloseSession(session);
  token.C_Finalize();
}
const load = (name) => Promise.resolve(find(name));
const keys = [], answers = [];
for (const uri of uris) {
  const key = await openPkcs11Key(uri, 'log', { load }).catch((error) => ({ error: error.message }));
  keys.push(key);
  answers.push({ vkey: key.vkey, error: key.error, signatures: [] });
}
const signing = [];
for (let n = 0; n < times; n++)
  keys.forEach((key, at) => key.sign && signing.push(key.sign(Buffer.from('message ' + n)).then((signature) =>
    answers[at].signatures.push(signature.toString('hex')))));
await Promise.all(signing);
const [first] = keys;
if (times > 0 && first?.sign) {
  // Another user of the token closes all sessions behind its back.
  for (const slot of token.C_GetSlotList(true)) token.C_CloseAllSessions(slot);
  answers[0].signatures.push((await first.sign(Buffer.from('after'))).toString('hex'));
}
console.log(JSON.stringify(answers));
`;

interface Opened {
  readonly vkey?: string;
  readonly error?: string;
  readonly signatures: readonly string[];
}

function child(uris: readonly string[], { make = [] as readonly string[], times = 0 } = {}): Opened[] {
  const lib = new URL('../../dist/log/pkcs11-key.js', import.meta.url).href;
  const from = elsewhere === undefined ? import.meta.url : join(elsewhere, 'package.json');
  const asked = JSON.stringify({ lib, from, module, make, uris, times });
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'child.mjs'), asked], {
    env: environment(),
  });
  if (stdout.length === 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Opened[];
}

const uri = (object: string, { token = 'cordon', pin = 'pin' } = {}) =>
  `pkcs11:token=${token};object=${encodeURIComponent(object)}?module-path=${module}&pin-source=file:${join(folder, pin)}`;

const described = hasBoth ? describe : describe.skip; // needs SoftHSM and the package pkcs11js, which Cordon does not bring

described('with SoftHSM and pkcs11js', () => {
  test('keys in a token sign, do not disturb each other, and come back when their session was closed', () => {
    const both = [uri('audit log'), uri('bundle')];
    const opened = child(both, { make: ['audit log', 'bundle'], times: 10 });
    expect(opened.map(({ error, signatures }) => [error, signatures.length])).toEqual([
      [undefined, 11],
      [undefined, 10],
    ]);
    for (const { vkey = '', signatures } of opened) {
      const { publicKey } = parseVkey(vkey);
      signatures.forEach((signature, n) => {
        const message = Buffer.from(n === 10 ? 'after' : `message ${n}`);
        expect(verifyEd25519(publicKey, message, Buffer.from(signature, 'hex'))).toBe(true);
      });
    }
    expect(opened[0]?.vkey).not.toBe(opened[1]?.vkey);
    expect(child(both).map(({ vkey }) => vkey)).toEqual(opened.map(({ vkey }) => vkey));
  });

  test('a token, a key, a PIN or a module that is not right is told with what there is', () => {
    const [nothing, twice, token, pin, gone] = child(
      [
        uri('nothing'),
        uri('twice'),
        uri('bundle', { token: 'none' }),
        uri('bundle', { pin: 'no-file' }),
        uri('bundle').replace(module, '/nowhere.so'),
      ],
      { make: ['twice', 'twice'] },
    );
    expect(nothing?.error).toMatch(/has no Ed25519 private key of this name/);
    expect(twice?.error).toMatch(/more than one Ed25519 private key/);
    expect(token?.error).toMatch(/no such token \(there is .*token=(cordon|other);serial=\w+/);
    expect(pin?.error).toMatch(/PIN cannot be read from .*ENOENT/);
    expect(gone?.error).toMatch(/module \/nowhere\.so cannot be loaded/);
    // In a process of its own: one that is logged in is not asked again.
    const pinFile = join(folder, 'wrong-pin');
    writeFileSync(pinFile, '9999\n');
    const [wrong] = child([uri('bundle', { pin: 'wrong-pin' })]);
    expect(wrong?.error).toMatch(/refuses the PIN \(CKR_PIN_INCORRECT\)/);
    expect(wrong?.error).not.toMatch(/9999/);
  });
});

test('without the package the fix is told', async () => {
  const missing = () => Promise.reject(Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' }));
  await expect(openPkcs11Key('pkcs11:object=x?module-path=/x.so', 'log', { load: missing })).rejects.toThrow(
    /needs the package pkcs11js.*ERR_MODULE_NOT_FOUND.*run npm install pkcs11js/,
  );
  await expect(
    openPkcs11Key('pkcs11:object=x?module-path=/x.so', 'log', { load: () => Promise.resolve({}) }),
  ).rejects.toThrow(/install version 2/);
});

test('a URI is read as RFC 7512 has it', () => {
  expect(
    parsePkcs11Uri(
      'pkcs11:token=The%20token;object=audit;id=%01%ff0;serial=DE;type=private?module-path=/a/b.so&pin-source=file:///run/pin',
    ),
  ).toEqual({
    modulePath: '/a/b.so',
    pinFile: '/run/pin',
    token: 'The token',
    serial: 'DE',
    object: 'audit',
    id: Buffer.from([0x01, 0xff, 0x30]),
  });
});

test('what is wrong with a URI is named, and a PIN in it is not repeated', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['key.pem', /no PKCS #11 URI/],
    ['pkcs11:object=x', /no module-path/],
    ['pkcs11:token=x?module-path=/x.so', /names no key/],
    ['pkcs11:object=x;object=y?module-path=/x.so', /object twice/],
    ['pkcs11:object=x;colour=red?module-path=/x.so', /has "colour"/],
    ['pkcs11:object=%zz?module-path=/x.so', /"%" without two hex digits/],
    ['pkcs11:object=x;type=cert?module-path=/x.so', /type=cert/],
    ['pkcs11:object=x?module-path=/x.so&pin-source=1234', /must be a file/],
    ['pkcs11:object=x?module-path=/x.so&pin-value=1234', /does not belong into/],
  ];
  for (const [text, reason] of wrong) {
    expect(() => parsePkcs11Uri(text)).toThrow(reason);
    expect(() => parsePkcs11Uri(text)).not.toThrow(/1234/);
  }
});
