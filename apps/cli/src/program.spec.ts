import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Stopped } from './exit-codes.js';
import { run } from './program.js';
import { ADMIN, type FakeServer, startFakeServer } from './testing/fake-server.js';
import { chainLines } from './testing/history-line.js';

let fake: FakeServer;
let folder: string;

beforeEach(async () => {
  fake = await startFakeServer();
  folder = await mkdtemp(join(tmpdir(), 'cordon-cli-'));
});
afterEach(async () => {
  await fake.close();
  await rm(folder, { recursive: true, force: true });
});

async function cordon(args: readonly string[], signal = new AbortController().signal) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const env = { CORDON_DATA_DIR: folder, PORT: '1' };
  const code = await run({ out, err, env, cwd: folder, root: folder, signal }, args);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

const onFake = () => ['--server', fake.url, '--token', ADMIN];

async function scenario(finalState = 'closed'): Promise<string> {
  const text = `id: s\ntitle: S\nplaybook: small\ntimeline: {aware: "2025-02-22T10:00:00+08:00"}\naffectedSystems: [{id: crm, name: CRM}]\nexpect: {finalState: ${finalState}}\n`;
  await writeFile(join(folder, 's.yaml'), text);
  return 's.yaml';
}

test('help and its examples go to stdout and end well; usage errors end with 2', async () => {
  expect(await cordon(['--help'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/Exit codes/),
    err: '',
  });
  expect((await cordon(['audit', 'verify', '--help'])).out).toMatch(
    /Examples?:[\s\S]*--server|--server[\s\S]*Examples?:/,
  );
  expect(await cordon(['replya'])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/replay/) });
  expect((await cordon(['incident', 'list', '--limit', '0'])).code).toBe(2);
  expect((await cordon([])).code).toBe(2);
  expect((await cordon(['--server', 'ftp://x', 'incident', 'list'])).code).toBe(2);
});

test('a replay that comes true ends with 0, prints a table, and takes its tokens back', async () => {
  const { code, out, err } = await cordon(['replay', await scenario(), ...onFake()]);
  expect([code, err]).toEqual([0, expect.stringMatching(/^s INC-1: /)]);
  expect(out).toMatch(
    /phases[\s\S]*steps[\s\S]*6 completed[\s\S]*systems[\s\S]*transitions[\s\S]*rejections[\s\S]*time/,
  );
  expect([...fake.tokens.keys()]).toEqual([ADMIN]);
});

test('a replay whose expectation is not met ends with 1', async () => {
  const { code, out } = await cordon(['replay', await scenario('archived'), '--json', ...onFake()]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    scenarios: [{ incident: 'INC-1', checks: [{ result: 'not met' }] }],
  });
});

test('a replay whose export does not verify ends with 5', async () => {
  const whole = fake.incident.export.bind(fake.incident);
  fake.incident.export = () => whole().replace('"event":{"type":"fact.set"', '"event":{"type":"fact.unset"');
  expect((await cordon(['replay', await scenario(), ...onFake()])).code).toBe(5);
});

test('a scenario or an incident that is not there ends with 3', async () => {
  expect((await cordon(['replay', 'none.yaml', ...onFake()])).code).toBe(3);
  expect(await cordon(['incident', 'show', '99', ...onFake()])).toMatchObject({
    code: 3,
    err: expect.stringMatching(/incident list/),
  });
});

test('a conflict ends with 4, and its reasons are printed a line each', async () => {
  const blockedBy = [{ code: 'x', text: 'Somebody else was first.' }];
  fake.before = (_method, path) =>
    path.startsWith('/health')
      ? undefined
      : { status: 409, body: { title: 'Conflict', detail: 'No.', blockedBy } };
  expect(await cordon(['incident', 'list', ...onFake()])).toMatchObject({
    code: 4,
    err: 'Conflict: No.\n  Somebody else was first.\n',
  });
});

test('a server that does not run, and a token that is not there, are told with the way out', async () => {
  expect(await cordon(['incident', 'list'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/npm start.*--server/),
  });
  expect(await cordon(['incident', 'list', '--server', fake.url])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/--token/),
  });
  expect((await cordon(['incident', 'list', '--server', 'https://cordon.example.org'])).code).toBe(2);
});

test('the token of the data folder is used on this machine', async () => {
  await writeFile(join(folder, 'admin-token'), `${ADMIN}\n`, { mode: 0o600 });
  expect((await cordon(['replay', await scenario(), '--server', fake.url])).code).toBe(0);
  expect(await cordon(['incident', 'show', 'inc-1', '--server', fake.url])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/6 of 6 steps are done/),
  });
  expect((await cordon(['incident', 'list', '--server', fake.url])).out).toMatch(/INC-1/);
});

test('watch prints every entry once, over several pages, and ends when the incident is closed', async () => {
  await cordon(['replay', await scenario(), ...onFake()]);
  const { code, out } = await cordon(['incident', 'watch', '1', '--until-closed', '--json', ...onFake()]);
  const seqs = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect([code, seqs]).toEqual([0, fake.incident.entries.map(({ seq }) => seq)]);
});

test('Ctrl+C ends a watch with 130, a reader that has gone with 0', async () => {
  for (const code of [130, 0] as const) {
    const controller = new AbortController();
    const watching = cordon(['incident', 'watch', '1', ...onFake()], controller.signal);
    controller.abort(new Stopped(code));
    expect((await watching).code).toBe(code);
  }
});

test('an export goes to a file that verifies, and verification finds what was done to it', async () => {
  await cordon(['replay', await scenario(), ...onFake()]);
  expect((await cordon(['audit', 'export', '1', '--out', 'x.jsonl', ...onFake()])).code).toBe(0);
  expect(await readdir(folder)).toEqual(['s.yaml', 'x.jsonl']);
  expect(await cordon(['audit', 'verify', 'x.jsonl'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^VALID/),
    err: expect.stringMatching(/signed checkpoint/),
  });
  const text = await readFile(join(folder, 'x.jsonl'), 'utf8');
  await writeFile(join(folder, 'y.jsonl'), text.replace('fact.set', 'fact.sat'));
  expect(await cordon(['audit', 'verify', 'y.jsonl'])).toMatchObject({
    code: 5,
    out: expect.stringMatching(/^INVALID.*line \d+/),
  });
  expect((await cordon(['audit', 'verify', 'none.jsonl'])).code).toBe(3);
});

test('an export that breaks off leaves neither a part nor harm to the file that was there', async () => {
  await writeFile(join(folder, 'x.jsonl'), 'what was there');
  fake.before = (_method, path) => (path.includes('/export') ? 'cut' : undefined);
  expect((await cordon(['audit', 'export', '1', '--out', 'x.jsonl', ...onFake()])).code).toBe(1);
  expect(await readdir(folder)).toEqual(['x.jsonl']);
  expect(await readFile(join(folder, 'x.jsonl'), 'utf8')).toBe('what was there');
});

test('an export without a file goes to stdout byte for byte', async () => {
  fake.incident.export = () => chainLines(3).join('');
  expect(await cordon(['audit', 'export', 'INC-1', ...onFake()])).toMatchObject({
    code: 0,
    out: chainLines(3).join(''),
    err: '',
  });
});

test('doctor finds a token file that others can read, and says how to mend it', async () => {
  await writeFile(join(folder, 'admin-token'), 'x', { mode: 0o644 });
  const { code, out } = await cordon(['doctor', '--json', '--server', fake.url]);
  expect(code).toBe(1);
  const { checks } = JSON.parse(out) as { checks: { name: string; result: string; fix?: string }[] };
  expect(checks.find(({ name }) => name === 'Token file')).toMatchObject({
    result: 'wrong',
    fix: expect.stringMatching(/^Run: chmod 600/),
  });
  expect(checks.find(({ name }) => name === 'Database')?.result).toBe('ok');
});

test('an event is sent, and what it has made ready is told', async () => {
  const complete = ['incident', 'do', '1', 'step.complete', 'assess', '--set', 'personal=yes', '--note', 'n'];
  const { code, out } = await cordon([...complete, ...onFake()]);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(
      /^accepted {2}step\.complete assess: INC-1 is at revision 1.*\nReady now:\n {2}\S+/,
    ),
  ]);
  expect(fake.incident.received.at(-1)).toEqual({
    type: 'step.complete',
    step: 'assess',
    note: 'n',
    data: { output: { personal: 'yes' } },
  });
});

test('a refused event ends with its own exit code, its reasons, and what is accepted instead', async () => {
  const text = 'Triage is still open.';
  const body = {
    code: 'x',
    title: 'Not now',
    detail: text,
    blockedBy: [{ code: 'c', text }],
    accepted: ['step.start'],
  };
  for (const [status, exit] of [
    [409, 4],
    [412, 4],
    [404, 3],
    [422, 1],
    [403, 1],
  ] as const) {
    fake.before = (method) => (method === 'POST' ? { status, body } : undefined);
    const { code, out, err } = await cordon([
      'incident',
      'do',
      '1',
      'step.complete',
      'a',
      '--json',
      ...onFake(),
    ]);
    expect([code, err]).toEqual([exit, expect.stringMatching(/^Not now\n {2}Triage is still open\.\n/)]);
    expect(err).toContain('Accepted now: step.start.');
    expect(JSON.parse(out)).toMatchObject({ refused: { status, accepted: ['step.start'] } });
  }
});

test('an event that is not written as it must be is not sent', async () => {
  const wrong = [
    ['--data', '7'],
    ['--data', '{'],
    ['--set', 'novalue'],
    ['--set', 'a:=x'],
    ['--revision', 'x'],
  ];
  for (const options of wrong) {
    expect((await cordon(['incident', 'do', '1', 'note.add', ...options, ...onFake()])).code).toBe(2);
  }
  expect(fake.keys).toEqual([]);
});

test('no token is sent to a program that does not answer as Cordon does', async () => {
  const paths: string[] = [];
  fake.before = (_method, path) => {
    paths.push(path);
    return { status: 200, body: { status: 'ok' } };
  };
  expect(await cordon(['incident', 'list', ...onFake()])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is not a Cordon server.*no token was sent/),
  });
  expect(paths).toEqual(['/health/ready']);
});

test('commands find a running demo by themselves, and not one whose process has gone', async () => {
  await mkdir(join(folder, '.demo'));
  await writeFile(join(folder, 'demo-token'), ADMIN);
  const mark = (pid: number) =>
    writeFile(
      join(folder, '.demo', 'one.json'),
      JSON.stringify({ url: fake.url, tokenFile: join(folder, 'demo-token'), pid }),
    );
  await mark(process.pid);
  expect(await cordon(['incident', 'show', '1'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/INC-1/),
  });
  await mark(2_147_483_646);
  expect(await cordon(['incident', 'show', '1'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/npm start/),
  });
});

test('playbook check prints findings with their place and ends with 1', async () => {
  await writeFile(join(folder, 'p.yaml'), 'cordon: 1\nid: [\n');
  expect(await cordon(['playbook', 'check', 'p.yaml'])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^p\.yaml:\d+:\d+: error: /),
  });
  expect((await cordon(['playbook', 'check', 'none.yaml'])).code).toBe(3);
});
