import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { CliError, type ExitCode } from '../exit-codes.js';
import { registerPlaybookSimulate } from './playbook-simulate.js';

const PLAYBOOK = `
cordon: 1
id: small
version: 1.0.0
languages: [en, zh-Hant]
title: {en: Small, zh-Hant: 小}
summary: {en: S, zh-Hant: 小}
roles:
  - {id: responder, title: {en: Responder, zh-Hant: 應變人員}}
  - {id: approver, title: {en: Approver, zh-Hant: 批核人員}}
facts:
  - {id: size, type: number, title: {en: Size, zh-Hant: 大小}}
  - {id: bad, type: yesno, title: {en: Bad, zh-Hant: 壞}}
phases:
  - id: main
    title: {en: Main, zh-Hant: 主要}
    steps:
      - task: look
        title: {en: Look, zh-Hant: 看}
        instructions: {en: Look twice, zh-Hant: 看兩次}
        role: responder
        due: {within: PT1H, from: opened}
        form:
          - {id: size, type: number, title: {en: How many, zh-Hant: 多少}, fact: size, required: true}
          - {id: seen, type: time, title: {en: When, zh-Hant: 何時}}
          - {id: how, type: choices, title: {en: How, zh-Hant: 如何}, options: [{id: mail, title: {en: Mail, zh-Hant: 電郵}}, {id: web, title: {en: Web, zh-Hant: 網站}}]}
      - approval: agree
        title: {en: Agree, zh-Hant: 同意}
        role: approver
        covers: [look]
        refused: {repeat: look}
      - task: tidy
        title: {en: Tidy, zh-Hant: 整理}
        role: responder
        skip: {roles: [responder], reasons: [{id: clean, title: {en: Clean already, zh-Hant: 已整潔}}]}
        evidence: {min: 1}
      - task: last
        title: {en: Last, zh-Hant: 最後}
        role: responder
flow: [main]
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-simulate-'));
  await writeFile(join(folder, 'p.yaml'), PLAYBOOK);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: ExitCode | undefined;
  readonly out: string;
  readonly err: string;
  readonly error: unknown;
}

/** What a person types at the terminal: at once, and when something has been shown. */
interface Typed {
  readonly keys: string;
  readonly then?: { readonly after: RegExp; readonly keys: string };
}

async function simulate(
  args: readonly string[],
  typed?: Typed,
  signal = new AbortController().signal,
): Promise<Ran> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const keyboard = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  let [shown, told] = ['', ''];
  let then = typed?.then;
  out.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (then?.after.test(shown)) {
      keyboard.write(then.keys);
      then = undefined;
    }
  });
  err.on('data', (chunk: Buffer) => (told += chunk.toString()));
  let code: ExitCode | undefined;
  let error: unknown;
  const program = new Command()
    .exitOverride()
    .option('--json')
    .configureOutput({ writeErr: () => undefined });
  const io = { out, err, env: {}, cwd: folder, root: folder, signal };
  registerPlaybookSimulate(program, { io, finish: (ended) => (code = ended) }, keyboard);
  if (typed) keyboard.write(typed.keys);
  try {
    await program.parseAsync(['simulate', ...args], { from: 'user' });
  } catch (caught) {
    error = caught;
  }
  await Promise.all([finished(out.end()), finished(err.end())]);
  return { code, out: shown, err: told, error };
}

const play = (lines: readonly string[], ...args: string[]): Promise<Ran> =>
  simulate(['p.yaml', ...args], { keys: lines.map((line) => `${line}\r`).join('') });

async function trace(): Promise<
  readonly {
    readonly event: { type: string; step?: string; data?: unknown };
    at: string;
    by: string;
    outcome: string;
  }[]
> {
  const lines = (await readFile(join(folder, 't.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.slice(1).map((line) => JSON.parse(line));
}

describe('by itself', () => {
  test('it walks to closed, and the same seed writes the same trace', async () => {
    const first = await simulate(['p.yaml', '--auto', '--seed', '5', '--save', 't.jsonl']);
    expect([first.code, first.err]).toEqual([0, 'The trace is in t.jsonl.\n']);
    expect(first.out).toMatch(
      /step\.complete look[\s\S]*incident\.close[\s\S]*Closed at .* after \d+ events/,
    );
    const text = await readFile(join(folder, 't.jsonl'), 'utf8');
    await simulate(['p.yaml', '--auto', '--seed', '5', '--save', 't.jsonl']);
    expect(await readFile(join(folder, 't.jsonl'), 'utf8')).toBe(text);
  });

  test('it answers programs', async () => {
    const { out } = await simulate(['p.yaml', '--auto', '--json', '--system', 'crm']);
    expect(JSON.parse(out)).toMatchObject({ ok: true, status: 'closed', systems: [{ id: 'crm' }] });
  });
});

describe('by a script', () => {
  test('it does what the script says, and saves the trace', async () => {
    await writeFile(
      join(folder, 's.yaml'),
      `- {by: responder, type: step.skip, step: look, data: {reason: x}, expect: rejected, because: mandatory}\n- {walk: closed}\n`,
    );
    const { code, out } = await simulate(['p.yaml', '--script', 's.yaml', '--save', 't.jsonl']);
    expect(code).toBe(0);
    expect(out).toMatch(/step\.skip look {2}rejected: mandatory \(step look\)/);
    expect((await trace())[0]).toMatchObject({ by: 'responder', outcome: 'rejected' });
  });

  test('that does not come true it ends with 1, names the item, and saves nothing', async () => {
    await writeFile(join(folder, 's.yaml'), `- {by: approver, type: step.complete, step: look}\n`);
    const { code, err } = await simulate(['p.yaml', '--script', 's.yaml', '--save', 't.jsonl']);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/events\[0\]: step\.complete look was rejected: role missing/),
    ]);
    await expect(trace()).rejects.toThrow(/ENOENT/);
  });

  test('with mistakes it lists them all', async () => {
    await writeFile(join(folder, 's.yaml'), `- {by: nobody, type: step.finish}\n`);
    const { error } = await simulate(['p.yaml', '--script', 's.yaml']);
    expect(error).toMatchObject({
      exitCode: 2,
      lines: [expect.stringMatching(/by "nobody"/), expect.stringMatching(/type there is no event/)],
    });
  });
});

test.each([
  [['none.yaml', '--auto'], 3, /none\.yaml cannot be read/],
  [['p.yaml', '--script', 's', '--auto'], 2, /not both/],
  [['p.yaml', '--script', 's', '--system', 'crm'], 2, /The script names the systems/],
  [['p.yaml', '--seed', '1'], 2, /give both/],
  [['p.yaml', '--auto', '--system', 'a b'], 2, /no id of a system/],
  [['p.yaml'], 2, /nobody at the terminal/],
  [['p.yaml', '--auto', '--save', 'no/such/folder'], 1, /cannot be written/],
])('%j ends with %i', async (args, exitCode, message) => {
  const { error } = await simulate(args);
  expect(error).toBeInstanceOf(CliError);
  expect(error).toMatchObject({ exitCode, message: expect.stringMatching(message) });
});

test('a playbook with errors is not run, and its errors are listed with their lines', async () => {
  await writeFile(join(folder, 'p.yaml'), PLAYBOOK.replace('flow: [main]', 'flow: [other]'));
  const { error } = await simulate(['p.yaml', '--auto']);
  expect(error).toMatchObject({
    exitCode: 1,
    lines: expect.arrayContaining([expect.stringMatching(/^p\.yaml:\d+:\d+: /)]),
  });
});

describe('by hand', () => {
  const LOOK = ['1', '1', '12', 'now', '1,2'];

  test('a step is chosen by number, its form is asked field by field, and what is typed wrong is asked again', async () => {
    const { code, out } = await play(
      ['1', '1', 'many', '12', 'yesterday', 'now', '1,5', 'web, 1', 'quit'],
      '--save',
      't.jsonl',
    );
    expect(code).toBe(0);
    expect(out).toMatch(
      / 1 {2}Look[\s\S]*Look twice[\s\S]*How many \(a number; needed\)[\s\S]*There is no such choice[\s\S]*Agree/,
    );
    expect(await trace()).toMatchObject([
      {
        by: 'responder',
        event: { data: { output: { size: 12, seen: '2026-01-05T01:00:00.000Z', how: ['web', 'mail'] } } },
      },
    ]);
  });

  test('an approval refused leads back, a listed reason is chosen, evidence is added, and the end is a closed incident', async () => {
    const { code, out } = await play(
      [
        ...LOOK,
        '1',
        '2',
        'not enough',
        ...LOOK,
        '1',
        '1',
        '1',
        '5',
        'log.txt',
        '1',
        '3',
        '1',
        'last',
        '1',
        'close',
        'quit',
      ],
      '--save',
      't.jsonl',
    );
    expect(out).toMatch(/Clean already \(clean\)/);
    expect(out).toMatch(/The incident is closed/);
    expect(code).toBe(0);
    expect((await trace()).map(({ event }) => event.type)).toEqual([
      'step.complete',
      'approval.refuse',
      'step.complete',
      'approval.approve',
      'evidence.add',
      'step.skip',
      'step.complete',
      'incident.close',
    ]);
  });

  test('the clock, facts, systems and people are moved, and what was done last is undone', async () => {
    const { out } = await play([
      'clock PT2H',
      'clock next',
      'clock yesterday',
      'fact',
      '2',
      'yes',
      'undo',
      'system',
      'crm',
      '',
      'as responder',
      'close',
      'as auto',
      'why',
      'save no/such/t.jsonl',
      'save t.jsonl',
      'quit',
    ]);
    expect(out).toMatch(/due:look {2}overdue of look/);
    expect(out).toMatch(/That is no duration and no moment ahead/);
    expect(out).toMatch(/Refused: role missing/);
    expect(out).toMatch(/cannot be written to no\/such\/t\.jsonl/);
    expect(out).toMatch(/Agree \(agree\): step open \(step look/);
    // The due time, and three times that it is long past.
    expect((await trace()).map(({ event }) => event.type)).toEqual([
      ...Array.from({ length: 4 }, () => 'timer.fired'),
      'system.add',
      'incident.close',
    ]);
  });

  test('in Chinese, titles and questions are Chinese', async () => {
    const { out } = await play(['1', '1', '', 'undo', 'quit'], '--language', 'zh-Hant');
    expect(out).toMatch(
      /階段: ▶ 主要[\s\S]*看[\s\S]*看兩次[\s\S]*多少 \(數字; 必填\)[\s\S]*沒有任何更改[\s\S]*沒有可復原的動作/,
    );
  });

  test('an empty line goes back, nonsense is answered, and too many wrong answers end the form', async () => {
    const { out } = await play(
      ['', '99', 'help', '1', '', '1', '1', ...new Array(5).fill('x'), 'quit'],
      '--save',
      't.jsonl',
    );
    expect(out).toMatch(
      /There is no such choice[\s\S]*Choose a step by its number[\s\S]*Nothing is changed[\s\S]*That is enough tries/,
    );
    expect(await trace()).toEqual([]);
  });

  test('Ctrl+C leaves cleanly in the middle of a form, and what was done is saved', async () => {
    const { code, out } = await simulate(['p.yaml', '--save', 't.jsonl'], {
      keys: [...LOOK, '1', '1', '1', '5'].map((line) => `${line}\r`).join(''),
      then: { after: /add evidence: $/, keys: 'half a na\u0003' },
    });
    expect([code, out]).toEqual([130, expect.stringMatching(/Left\.\n$/)]);
    expect((await trace()).map(({ event }) => event.type)).toEqual(['step.complete', 'approval.approve']);
  });

  test('Ctrl+D ends it, and so does a signal to stop', async () => {
    expect((await simulate(['p.yaml'], { keys: '\u0004' })).code).toBe(0);
    expect((await simulate(['p.yaml'], { keys: '' }, AbortSignal.abort())).code).toBe(130);
  });
});
