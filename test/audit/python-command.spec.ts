import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packBundle, testBundle, testLog, type TestBundle } from '../support/bundle.js';
import { checkpointOf, signed } from './mutations/bench.js';
import { hasPython } from './python-verifier.js';

const SCRIPT = fileURLToPath(new URL('../../libs/audit/python/verify.py', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const ifPython = hasPython ? describe : describe.skip; // without python3 there is nothing to run
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const ifOpenssl = hasOpenssl ? test : test.skip; // without openssl nobody here can make a time-stamp

let folder: string;
let bundle: TestBundle;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'python-'));
  bundle = await testBundle(await testLog({ incidents: 2, most: 12 }));
  await writeFile(at('bundle.zip'), await packBundle(bundle));
  await writeFile(at('policy.txt'), bundle.policy);
  await writeFile(at('kept'), await checkpointOf(bundle));
});
afterAll(() => rm(folder, { recursive: true }));

function python(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('python3', [...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { status, stdout, stderr };
}
const verify = (...args: readonly string[]) => python(SCRIPT, ...args);

/** A few lines of Python over the verifier's own functions. */
const inside = (script: string) =>
  python(
    '-B',
    '-c',
    `import json, sys\nsys.path.insert(0, sys.argv[1])\nimport verify\n${script}`,
    join(SCRIPT, '..'),
    FIXTURES,
  );

ifPython('verify.py (needs python3)', () => {
  test('says in words what holds, what was not checked, and ends with 0', () => {
    const { status, stdout, stderr } = verify(
      at('bundle.zip'),
      '--policy',
      at('policy.txt'),
      '--since',
      at('kept'),
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('VERIFIED');
    expect(stdout).toContain('not checked: that each entry follows from its playbook');
  });

  test('gives the report as JSON, and without a policy says what the signature was held against', () => {
    const { status, stdout } = verify(at('bundle.zip'), '--json');
    const report = JSON.parse(stdout) as { ok: boolean; notChecked: readonly { what: string }[] };
    expect([status, report.ok]).toEqual([0, true]);
    expect(report.notChecked.map(({ what }) => what)).toContain("that the log's key is the right one");
  });

  test('ends with 1 at a fault, and names code, level and place', async () => {
    const zip = await readFile(at('bundle.zip'));
    zip[zip.indexOf('"actor"') + 3] = 0x58;
    await writeFile(at('bad.zip'), zip);
    const { status, stdout, stderr } = verify(at('bad.zip'), '--policy', at('policy.txt'));
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toContain('NOT VERIFIED  E_ZIP at level 1');
    expect(stdout).toContain('log/entries.jsonl');
  });

  test.each([
    ['no bundle', []],
    ['a bundle that is not there', ['nowhere.zip']],
    ['a folder for a bundle', ['.']],
    ['a policy that is not there', ['BUNDLE', '--policy', 'nowhere.txt']],
    ['a bundle for a policy', ['BUNDLE', '--policy', 'BUNDLE']],
    ['a checkpoint that is not there', ['BUNDLE', '--since', 'nowhere']],
    ['an option that there is not', ['BUNDLE', '--trust-me']],
  ])('ends with 2, and without a traceback, for %s', (_, args) => {
    const { status, stderr } = verify(...args.map((one) => (one === 'BUNDLE' ? at('bundle.zip') : one)));
    expect(status).toBe(2);
    expect(stderr).not.toContain('Traceback');
    expect(stderr).not.toBe('');
  });

  test('a checkpoint to compare with that is no note is a fault of the comparison, as in the other verifier', async () => {
    await writeFile(at('none'), 'nothing\n');
    const { status, stdout } = verify(
      at('bundle.zip'),
      '--policy',
      at('policy.txt'),
      '--since',
      at('none'),
      '--json',
    );
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ fault: { code: 'E_NOTE_FORMAT', level: 1 } });
  });

  test('verifies the Ed25519 vectors of Project Wycheproof as they say', () => {
    const { stdout, stderr } = inside(`
folder = sys.argv[2] + 'vectors/wycheproof/'
groups = json.load(open(folder + 'eddsa_test.json'))['testGroups']
cases = [(group['key']['pk'], case) for group in groups for case in group['tests']]
cases += [(case['pk'], case) for case in json.load(open(folder + 'ed25519_more.json'))]
wrong = [case['tcId'] for key, case in cases
         if verify.ed25519_verify(*(bytes.fromhex(one) for one in (key, case['msg'], case['sig']))) != (case['result'] == 'valid')]
print(json.dumps([len(cases), wrong]))`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([148, []]);
  });

  test('holds the published Merkle proofs for what they are; none is taken from a tree of no leaves, or of what is no hash', () => {
    const { stdout, stderr } = inside(`
import base64
folder = sys.argv[2] + 'vectors/merkle/'
load = lambda name: json.load(open(folder + name + '.json'))
data = lambda text: base64.b64decode(text)
proof = lambda case: [data(one) for one in case['proof'] or []]
wrong, count = [], 0
for case in load('inclusion'):
    count += 1
    if verify.included(data(case['leafHash']), int(case['leafIdx']), int(case['treeSize']), proof(case), data(case['root'])) == case['wantErr']:
        wrong.append(['inclusion', case['treeSize']])
for case in load('consistency'):
    count += 1
    sizes, roots = (int(case['size1']), int(case['size2'])), (data(case['root1']), data(case['root2']))
    says_nothing = sizes[0] == 0 or any(len(one) != 32 for one in roots)
    if verify.consistent(sizes[0], roots[0], sizes[1], roots[1], proof(case)) == (case['wantErr'] or says_nothing):
        wrong.append(['consistency', case['size1']])
print(json.dumps([count, wrong]))`);
    expect(stderr).toBe('');
    const [count, wrong] = JSON.parse(stdout) as [number, readonly unknown[]];
    expect(count).toBe(195);
    expect(wrong).toEqual([]);
  });

  test('writes the RFC 8785 test data as they must be written', () => {
    const { stdout, stderr } = inside(`
import os
folder = sys.argv[2] + 'jcs/'
wrong = []
for name in sorted(os.listdir(folder + 'input')):
    text = open(folder + 'input/' + name, encoding='utf-8').read()
    want = open(folder + 'output/' + name, encoding='utf-8').read()
    if verify.canonical(verify.SLOW.decode(text)) != want or verify.read_json(want)[1] is not True:
        wrong.append(name)
print(json.dumps([len(os.listdir(folder + 'input')), wrong]))`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([6, []]);
  });

  test.each([
    ['[1.0]'],
    ['[1e2]'],
    ['[-0]'],
    ['[9007199254740993]'],
    ['[1E400]'],
    ['[1e-07]'],
    ['[12345678901234567890]'],
    ['[01]'],
    ['{"a":1,"a":1}'],
    ['{"b":1,"a":2}'],
    ['["\\u0061"]'],
    ['["\\ud800"]'],
    ['[ 1]'],
    [' [1]'],
    ['[1]\n'],
    ['["\\/"]'],
    ['[NaN]'],
    ['[Infinity]'],
    ['{"\ufb33":1,"\u{1f600}":2}'],
    ['\ufeff[1]'],
    ['['.repeat(300) + ']'.repeat(300)],
    [''],
    ['['.repeat(500_000)],
    [`[${'9'.repeat(500_000)}]`],
    ['"\\'.repeat(100_000)],
  ])('does not take %j for canonical JSON', async (text) => {
    await writeFile(at('text'), text);
    const { stdout, stderr } = inside(`
text = open(${JSON.stringify(at('text'))}, encoding='utf-8', newline='').read()
try:
    print(verify.read_json(text)[1])
except verify.NotJson:
    print('no JSON')`);
    expect(stderr).toBe('');
    expect(['False', 'no JSON']).toContain(stdout.trim());
  });

  ifOpenssl(
    'a time-stamp over the checkpoint is read, and its signature held against the CA that is given (needs openssl)',
    async () => {
      const run = (...args: readonly string[]) =>
        expect(spawnSync('openssl', args, { cwd: folder }).status).toBe(0);
      await writeFile(at('tsa.cnf'), TSA);
      const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
      run(
        'req',
        '-x509',
        ...key('ca'),
        '-out',
        'ca.pem',
        '-days',
        '9',
        '-subj',
        '/CN=ca',
        '-config',
        'tsa.cnf',
        '-extensions',
        'ca',
      );
      run('req', ...key('tsa'), '-out', 'tsa.csr', '-subj', '/CN=tsa', '-config', 'tsa.cnf');
      const issue = [
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-extfile',
        'tsa.cnf',
        '-extensions',
        'stamp',
      ];
      run('x509', '-req', '-in', 'tsa.csr', '-out', 'tsa.pem', '-days', '9', ...issue);
      await writeFile(at('note'), bundle.parts.get('log/checkpoint') ?? '');
      await writeFile(at('serial'), '01\n');
      run('ts', '-query', '-data', 'note', '-sha256', '-cert', '-out', 'query');
      run(
        'ts',
        '-reply',
        '-queryfile',
        'query',
        '-inkey',
        'tsa.key',
        '-signer',
        'tsa.pem',
        '-config',
        'tsa.cnf',
        '-section',
        'tsa',
        '-out',
        'reply',
      );
      const path = `log/timestamps/${bundle.manifest.checkpoint.size}.tsr`;
      const stamped = async (reply: Buffer): Promise<void> => {
        const all = [...bundle.parts];
        const parts = new Map(
          all.toSpliced(
            all.findIndex(([one]) => one.startsWith('proofs/')),
            0,
            [path, reply],
          ),
        );
        await writeFile(at('stamped.zip'), await signed({ ...bundle, parts }));
      };
      const reply = await readFile(at('reply'));
      await stamped(reply);
      const asked = () =>
        verify(at('stamped.zip'), '--policy', at('policy.txt'), '--tsa-ca', at('ca.pem'), '--json');
      expect(JSON.parse(asked().stdout)).toMatchObject({ ok: true });
      const unasked = verify(at('stamped.zip'), '--policy', at('policy.txt'), '--json');
      expect(JSON.parse(unasked.stdout)).toMatchObject({
        ok: true,
        notChecked: expect.arrayContaining([
          expect.objectContaining({ code: 'timestamps', data: { count: 1 } }),
        ]),
      });
      const forged = Buffer.from(reply);
      forged[forged.length - 3] = (forged[forged.length - 3] ?? 0) ^ 1;
      await stamped(forged);
      expect(JSON.parse(asked().stdout)).toMatchObject({ fault: { code: 'E_TSR', level: 3, path } });
    },
  );
});

const TSA = `[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
[stamp]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
serial = serial
default_policy = 1.2.3.4
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
`;
