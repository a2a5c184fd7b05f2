import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { CliError } from '../exit-codes.js';
import { registerPlaybookDiagram } from './playbook-diagram.js';

const SMALL = `cordon: 1
id: small
version: 1.0.0
languages: [en, zh-Hant]
title: {en: Small, zh-Hant: 細小}
summary: {en: One step., zh-Hant: 一個步驟。}
roles: [{id: doer, title: {en: Doer, zh-Hant: 執行者}}]
facts: []
flow: [main]
phases:
  - id: main
    title: {en: Main, zh-Hant: 主要}
    steps:
      - {task: look, title: {en: Look at it, zh-Hant: 查看}, role: doer}
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-diagram-'));
  await writeFile(join(folder, 'small.yaml'), SMALL);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function cordon(...args: readonly string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const io = { out, err, env: {}, cwd: folder, root: folder, signal };
  const codes: number[] = [];
  const program = new Command().option('--json').exitOverride();
  registerPlaybookDiagram(program, { io, finish: (code) => void codes.push(code) });
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['diagram', ...args], { from: 'user' });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { codes, out: text(out), err: text(err) };
}

test('the picture goes to stdout, in the first language of the playbook', async () => {
  const { codes, out, err } = await cordon('small.yaml');
  expect(codes).toEqual([0]);
  expect(out).toMatch(/^<svg [\s\S]*Look at it[\s\S]*<\/svg>\n$/);
  expect(err).toBe('');
});

test('theme, width and language are those asked for', async () => {
  const { out } = await cordon('small.yaml', '--theme', 'dark', '--width', 'narrow', '--language', 'zh-Hant');
  expect(out).toMatch(/^<svg [^>]*class="cordon-diagram-dark" width="390"/);
  expect(out).toContain('查看');
  expect(out).not.toContain('Look at it');
});

test('the other formats are a flowchart, the machines, and an outline', async () => {
  expect((await cordon('small.yaml', '--format', 'mermaid')).out).toMatch(/^flowchart TD\n/);
  const machines = JSON.parse((await cordon('small.yaml', '--format', 'xstate')).out) as object;
  expect(machines).toMatchObject({ incident: { id: 'small' }, system: { id: 'small-system' } });
  expect((await cordon('small.yaml', '--format', 'text')).out).toContain('- Task: Look at it [Doer]');
});

test('with --out the file holds what stdout would have, and stdout nothing', async () => {
  const { out: expected } = await cordon('small.yaml');
  const { out, err } = await cordon('small.yaml', '--out', 'small.svg');
  expect([out, err]).toEqual(['', 'Wrote small.svg.\n']);
  expect(await readFile(join(folder, 'small.svg'), 'utf8')).toBe(expected);
});

test('with --json the diagram is a member of an object', async () => {
  const made = JSON.parse((await cordon('small.yaml', '--format', 'text', '--json')).out) as {
    content: string;
  };
  expect(made).toMatchObject({ id: 'small', version: '1.0.0', format: 'text', language: 'en' });
  expect(made.content).toContain('Look at it');
});

test('what cannot be drawn is refused with the reason and the fix', async () => {
  const refused = async (...args: readonly string[]) => {
    const error: unknown = await cordon(...args).catch((reason: unknown) => reason);
    if (!(error instanceof CliError)) throw new Error(`${args.join(' ')} was not refused: ${String(error)}`);
    return error;
  };
  expect(await refused('none.yaml')).toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/none\.yaml/),
  });
  expect(await refused('small.yaml', '--language', 'fr')).toMatchObject({
    exitCode: 2,
    message: 'The playbook small.yaml is not written in fr: choose one of en, zh-Hant.',
  });
  expect(await refused('small.yaml', '--out', join('nowhere', 'a.svg'))).toMatchObject({ exitCode: 1 });
  await writeFile(join(folder, 'bad.yaml'), SMALL.replace('role: doer', 'role: nobody'));
  const { exitCode, lines } = await refused('bad.yaml');
  expect(exitCode).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/^bad\.yaml:\d+:\d+: .*nobody/)]);
  await expect(cordon('small.yaml', '--format', 'png')).rejects.toThrow(/svg, mermaid, xstate, text/);
});
