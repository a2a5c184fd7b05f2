import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { CliError, type ExitCode } from '../exit-codes.js';
import { registerPlaybookExplore } from './playbook-explore.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-explore-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const T = { en: 'T' };

/** `tell` may be left out: with the duty on it, that is a fault. */
async function playbook(name: string, duty: boolean): Promise<string> {
  const tell = { task: 'tell', title: T, role: 'doer', optional: true, ...(duty ? { duty: 'told' } : {}) };
  const text = JSON.stringify({
    cordon: 1,
    id: name,
    version: '1.0.0',
    languages: ['en'],
    title: T,
    summary: T,
    roles: [{ id: 'doer', title: T }],
    phases: [{ id: 'main', title: T, steps: [tell] }],
    flow: ['main'],
    ...(duty ? { duties: [{ id: 'told', title: T }] } : {}),
  });
  await writeFile(join(folder, `${name}.yaml`), text);
  return `${name}.yaml`;
}

async function cordon(...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const io = { out, err, env: {}, cwd: folder, root: folder, signal: new AbortController().signal };
  let code: ExitCode | undefined;
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .option('--json');
  registerPlaybookExplore(program.command('playbook'), { io, finish: (finished) => (code = finished) });
  await program.parseAsync(['playbook', 'explore', ...args], { from: 'user' });
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

test('a sound playbook ends with 0 and says what was explored', async () => {
  const { code, out, err } = await cordon(await playbook('sound', false));
  expect(code).toBe(0);
  expect(out).toMatch(
    /holds\s+closes:[\s\S]*ok {2}sound\.yaml \(sound 1\.0\.0\)\n.* states and \d+ transitions .* MB/,
  );
  expect(err).toMatch(/sound\.yaml: \d+ slices/);
});

test('a faulty playbook ends with 1; the case it writes replays, on that playbook only', async () => {
  const faulty = await playbook('faulty', true);
  const { code, out } = await cordon(faulty, '--case-out', 'cases');
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/broken\s+duty:told[\s\S]*1 events, no run is shorter:[\s\S]*step\.skip tell/),
  ]);
  const file = join('cases', 'faulty-duty-told.json');
  expect(JSON.parse(await readFile(join(folder, file), 'utf8'))).toMatchObject({
    property: 'duty:told',
    shortest: true,
  });
  expect(await cordon(faulty, '--replay', file)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^broken {2}duty:told/),
  });
  const other = await playbook('other', true);
  expect(await cordon(other, '--replay', file)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/not broken.*digest/),
  });
});

test('with --json the report is data', async () => {
  const { code, out } = await cordon('--json', await playbook('faulty', true));
  const { ok, files } = JSON.parse(out) as {
    ok: boolean;
    files: readonly { properties: readonly { id: string }[] }[];
  };
  expect([code, ok]).toEqual([1, false]);
  expect(files[0]?.properties.map(({ id }) => id)).toContain('duty:told');
});

test('a bound that is hit is said, and ends with 1', async () => {
  const { code, out } = await cordon(await playbook('sound', false), '--max-states', '1');
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/unknown[\s\S]*bound {2}ended early: more than 1 states/),
  ]);
});

test('what cannot be explored or replayed says what to do', async () => {
  await writeFile(join(folder, 'no.yaml'), 'cordon: 1');
  await writeFile(join(folder, 'no.json'), '{"format":1}');
  const sound = await playbook('sound', false);
  await expect(cordon('no.yaml')).rejects.toThrow(/has errors: put them right/);
  await expect(cordon('gone.yaml')).rejects.toThrow(/name a YAML file/);
  await expect(cordon(sound, '--replay', 'no.json')).rejects.toThrow(/--case-out/);
  await expect(cordon(sound, sound, '--replay', 'no.json')).rejects.toThrow(CliError);
  await expect(cordon(sound, '--systems', '3')).rejects.toThrow(/from 0 to 2/);
});
