import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { registerPlaybookDiff } from './playbook-diff.js';

const OLD = `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: Small}
summary: {en: S}
roles: [{id: responder, title: {en: Responder}}]
facts: []
phases:
  - id: main
    title: {en: Main}
    steps:
      - {task: look, title: {en: Look}, role: responder, due: {within: PT1H, from: aware}}
      - {task: mend, title: {en: Mend it}, role: responder}
flow: [main]
`;
const NEW = OLD.replace('PT1H', 'PT2H')
  .replace('task: mend', 'task: repair')
  .replace('en: Look}', 'en: Look closely}');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-diff-'));
  await writeFile(join(folder, 'old.yaml'), OLD);
  await writeFile(join(folder, 'new.yaml'), NEW);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function diff(...args: string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let code: ExitCode | undefined;
  const program = new Command().exitOverride().option('--json');
  const io = { out, err, env: {}, cwd: folder, root: folder, signal: new AbortController().signal };
  registerPlaybookDiff(program, { io, finish: (finished) => (code = finished) });
  await program.parseAsync(['diff', ...args], { from: 'user' });
  return { code, out: String(out.read() ?? '') };
}

test('what changes the procedure comes first, then words, then steps that go by another id', async () => {
  const { code, out } = await diff('old.yaml', 'new.yaml');
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'Procedure (3)',
      '  The due time of the step look changes from PT1H from aware to PT2H from aware.',
      '  The step repair, "Mend it", is new in the phase main.',
      '  The step mend, "Mend it", is no more in the phase main.',
      'Wording (1)',
      '  The title in en of the step look changes from "Look" to "Look closely".',
      'Steps that running incidents would find elsewhere (1)',
      '  mend → repair: It has the same title. It is a task too. It is in the same phase.',
      '',
    ].join('\n'),
  );
});

test('the same is the same, whatever the file is called', async () => {
  expect(await diff('old.yaml', 'old.yaml', '--exit-code')).toEqual({
    code: 0,
    out: 'They mean the same.\n',
  });
});

test('with --exit-code a difference ends with 1', async () => {
  expect((await diff('old.yaml', 'new.yaml', '--exit-code')).code).toBe(1);
});

test('programs get every change and the mapping', async () => {
  const { out } = await diff('old.yaml', 'new.yaml', '--json');
  expect(JSON.parse(out)).toMatchObject({
    before: { id: 'small', version: '1.0.0' },
    changes: expect.arrayContaining([expect.objectContaining({ kind: 'step.due', id: 'look' })]),
    mapping: { map: { look: 'look', mend: 'repair' }, added: [], late: [] },
  });
});

test('a version that is not there, or has errors, is no comparison', async () => {
  await expect(diff('old.yaml', 'none.yaml')).rejects.toMatchObject({ exitCode: 3 });
  await writeFile(join(folder, 'new.yaml'), OLD.replace('flow: [main]', 'flow: [other]'));
  await expect(diff('old.yaml', 'new.yaml')).rejects.toMatchObject({ exitCode: 1 });
});
