import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { registerPlaybookExport } from './playbook-export.js';
import { registerPlaybookImport } from './playbook-import.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const example = join(root, 'test/fixtures/cacao/examples/soarca-ssh.json');
const circle = join(root, 'test/fixtures/cacao/negative/soarca-infinite_playbook.json');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-exchange-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function cordon(...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let code = 0;
  const io = { out, err, env: {}, cwd: folder, root, signal: new AbortController().signal };
  const program = new Command().option('--json').exitOverride();
  registerPlaybookImport(program, { io, finish: (finished) => (code = finished) });
  registerPlaybookExport(program, { io, finish: (finished) => (code = finished) });
  await program.parseAsync(args, { from: 'user' });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

test('an import writes the playbook to stdout and what was found to stderr', async () => {
  const { code, out, err } = await cordon('import', example, '--id', 'ssh-example');
  expect(code).toBe(0);
  expect(out).toMatch(/^cordon: 1\nid: ssh-example\n/);
  expect(err).toMatch(
    /\/password: warning: .*left out[\s\S]*imported .*cacao-2\.0; 4 steps: 4 read, 0 never/,
  );
});

test('an import that is refused ends with 1 and names the place', async () => {
  const { code, out, err } = await cordon('import', circle);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/\/workflow\/action--6b23c237[^:]*: error: .*goes round[\s\S]*not imported/);
});

test('an imported playbook exports to the document that it came from', async () => {
  await cordon('import', example, '--out', 'p.yaml');
  const { code, err } = await cordon('export', 'p.yaml', '--out', 'p.json');
  expect([code, err]).toEqual([0, expect.stringContaining('as CACAO 2.0')]);
  const exported = JSON.parse(await readFile(join(folder, 'p.json'), 'utf8')) as { workflow: object };
  const original = JSON.parse(await readFile(example, 'utf8')) as { workflow: object };
  expect(exported.workflow).toEqual(original.workflow);
});

test('an answer for programs holds findings and counts, and no model', async () => {
  const { out } = await cordon('--json', 'import', circle);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    format: 'cacao-2.0',
    steps: { inSource: 5 },
    findings: expect.any(Array),
  });
});

test('what cannot be read, and a playbook with errors, are said in one sentence', async () => {
  await expect(cordon('import', 'nothing.json')).rejects.toThrow(/cannot be read .*name a file/);
  await expect(cordon('export', 'nothing.yaml')).rejects.toThrow(/cannot be read .*name a YAML file/);
  await writeFile(join(folder, 'bad.yaml'), 'cordon: 2\n');
  await expect(cordon('export', 'bad.yaml')).rejects.toThrow(/has errors/);
});
