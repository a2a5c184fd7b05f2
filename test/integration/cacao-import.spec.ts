/** CACAO documents of other people, and what nobody publishes: imported, run to their end, exported, imported again. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  exportCacao,
  importCacao,
  importDocument,
  schemaProblems,
  signDocument,
  type CacaoDocument,
  type ImportResult,
} from '@cordon/exchange';
import { canonicalJson } from '@cordon/kernel';
import { parsePlaybook, type Playbook, type Step } from '@cordon/playbook';
import { Walk, walkToEnd } from '../support/walk-playbook.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'cacao');

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(fixtures, folder)).map((name) => join(folder, name));
}

function read(file: string): string {
  return readFileSync(join(fixtures, file), 'utf8');
}

function playbookOf({ playbook, findings }: ImportResult): Playbook {
  if (!playbook) throw new Error(JSON.stringify(findings, null, 1));
  return playbook;
}

function load(file: string): Playbook {
  return playbookOf(importCacao(read(join('handmade', file))));
}

/** The first answer that goes on, and no failures: the straight way. */
function straight(playbook: Playbook): readonly string[] {
  const { done } = walkToEnd(playbook, {
    choose: ([step]) => {
      if (!step) throw new Error('something is open');
      const answer = step.kind === 'decision' ? step.answers.find((one) => !one.again) : undefined;
      return [step, { type: 'complete', output: answer ? { answer: answer.id } : {} }];
    },
  });
  return done;
}

function stepOf(walk: Walk, title: string): Step {
  const step = walk.open().find((one) => one.title['en']?.includes(title));
  if (!step)
    throw new Error(
      `"${title}" is not open, but ${walk
        .open()
        .map((one) => one.title['en'])
        .join(', ')}`,
    );
  return step;
}

const openTitles = (walk: Walk): readonly string[] =>
  walk
    .open()
    .map((step) => step.title['en'] ?? '')
    .sort();

describe.each([...filesIn('examples'), ...filesIn('handmade')])('%s', (file) => {
  const result = importDocument(read(file));
  const playbook = playbookOf(result);

  test('imports as text that the parser accepts, the same text every time', () => {
    expect(result.format).toBe('cacao-2.0');
    expect(importDocument(read(file)).source).toBe(result.source);
    expect(parsePlaybook(result.source ?? '').playbook).toEqual(playbook);
  });

  test('keeps every step', () => {
    const { inSource, reachable, unreachable, mapped } = result.steps;
    expect(inSource).toBe(Object.keys((JSON.parse(read(file)) as { workflow: object }).workflow).length);
    expect([reachable + unreachable.length, mapped.length]).toEqual([inSource, reachable]);
    const silent = mapped.filter(
      ({ source, became }) => became.length === 0 && !/(start|end|parallel)--/.test(source),
    );
    expect(silent).toEqual([]);
  });

  test('runs to its end', () => {
    expect(straight(playbook).length).toBeGreaterThan(0);
  });

  test('exports to its original with the mark of Cordon, and is the same playbook after that', () => {
    const exported = exportCacao(playbook, { now: 0 });
    const { playbook_extensions: _extensions, extension_definitions: _definitions, ...rest } = exported;
    expect(canonicalJson(rest)).toBe(canonicalJson(playbook.origin?.document));
    const problems = (document: object) =>
      schemaProblems(JSON.parse(JSON.stringify(document))).map(({ pointer }) => pointer);
    expect(problems(exported)).toEqual(problems(JSON.parse(read(file)) as object));
    expect(playbookOf(importCacao(JSON.stringify(exported)))).toEqual(playbook);
  });
});

describe('documents that are wrong', () => {
  test.each([
    ['changed-playbook', 'error', '/workflow'],
    ['infinite_playbook', 'error', '/workflow/action--6b23c237-ade8-4d00-9aa1-75999738d557'],
    [
      'missing_step_playbook',
      'error',
      '/workflow/action--2190f685-1857-44ac-ad0e-0ded6c6ef3ce/on_completion',
    ],
    ['invalid_playbook', 'warning', '/agent_definitions/http-api--7e9174ec-a293-43df-a72d-471c79e276bf/type'],
    [
      'invalid_email_playbook',
      'warning',
      '/agent_definitions/individual--6b23a237-ade8-4d00-9aa1-75999732d557/contact/email/work',
    ],
    ['parallels_playbook', 'note', '/workflow/end--6b23c237-ade8-4d00-9aa1-75999738d557'],
  ])('%s is answered with a finding that points to the place', (name, severity, pointer) => {
    const { findings, source, steps } = importCacao(read(`negative/soarca-${name}.json`));
    expect(findings).toContainEqual({ severity, pointer, message: expect.any(String) });
    expect(source === undefined).toBe(severity === 'error');
    expect(steps.inSource).toBe(steps.reachable + steps.unreachable.length);
  });

  test('the others run to their end, and no step runs twice', () => {
    for (const name of ['invalid_playbook', 'invalid_email_playbook', 'parallels_playbook']) {
      const done = straight(playbookOf(importCacao(read(`negative/soarca-${name}.json`))));
      expect(new Set(done).size).toBe(done.length);
    }
  });

  test('no secret of a document is in the playbook, its origin or a finding', () => {
    const secrets = ['Password1234!', 'super-secure-password', '"password":"password"'];
    for (const file of [...filesIn('examples'), ...filesIn('negative')]) {
      const kept = JSON.stringify(importCacao(read(file)));
      for (const secret of secrets)
        expect([file, secret, kept.includes(secret)]).toEqual([file, secret, false]);
    }
  });
});

test('a parallel inside a loop runs again until the condition is known not to hold', () => {
  const walk = new Walk(load('parallel-in-a-loop.json'));
  walk.act(stepOf(walk, 'Hosts left'), { type: 'complete', output: { answer: 'again' } });
  for (const left of ['yes', 'no']) {
    expect(openTitles(walk)).toEqual(['Collect its memory', 'Isolate the next host']);
    walk.act(stepOf(walk, 'Isolate'), { type: 'complete' });
    expect(openTitles(walk)).toEqual(['Collect its memory']);
    walk.act(stepOf(walk, 'Collect'), { type: 'complete' });
    walk.act(stepOf(walk, 'Count'), { type: 'complete', output: { hostsLeft: left } });
  }
  expect(openTitles(walk)).toEqual(['Report']);
});

test('a failure leads to its handler, back to an earlier step, or to somebody who notes that it is the end', () => {
  const walk = new Walk(load('failures.json'));
  walk.act(stepOf(walk, 'Find a backup'), { type: 'complete' });
  walk.act(stepOf(walk, 'Check the backup'), { type: 'fail' });
  walk.act(stepOf(walk, 'Find a backup'), { type: 'complete' });
  walk.act(stepOf(walk, 'Check the backup'), { type: 'complete' });
  walk.act(stepOf(walk, 'Restore it'), { type: 'fail' });
  walk.act(stepOf(walk, 'Order new hardware'), { type: 'complete' });
  walk.act(stepOf(walk, 'Reopen the service'), { type: 'fail' });
  walk.act(stepOf(walk, 'nothing is left to do'), { type: 'complete' });
  expect(walk.open()).toEqual([]);
});

test('a failure that nothing handles leads to the exception handling, and the rest is passed over', () => {
  const walk = new Walk(load('exception-handling.json'));
  walk.act(stepOf(walk, 'First'), { type: 'complete' });
  walk.act(stepOf(walk, 'Second'), { type: 'fail' });
  expect(openTitles(walk)).toEqual(['Tell the lead that it went wrong']);
  walk.act(stepOf(walk, 'Tell the lead'), { type: 'complete' });
  walk.act(stepOf(walk, 'Write down why'), { type: 'complete' });
  expect(walk.open()).toEqual([]);
});

test('a construct that goes on to an end ends the branch that it stands in, and nothing around it is lost', () => {
  const walk = new Walk(load('ends-inside-ends.json'));
  walk.act(stepOf(walk, 'ours'), { type: 'complete', output: { answer: 'yes' } });
  walk.act(stepOf(walk, 'on'), { type: 'complete', output: { answer: 'no' } });
  walk.act(stepOf(walk, 'Leave it off'), { type: 'complete' });
  expect(openTitles(walk)).toEqual(['Write the report']);
  walk.act(stepOf(walk, 'Write the report'), { type: 'fail' });
  expect(openTitles(walk)).toEqual(['Call for help']);
});

test('inside a parallel a failure without a handler stays a problem, and a note says so', () => {
  const { findings } = importCacao(read('handmade/exception-handling.json'));
  expect(findings).toContainEqual({
    severity: 'note',
    pointer: '/workflow_exception',
    message: expect.stringContaining('"Left", "Right"'),
  });
});

test('a delay is a wait before the step, a limit stays one, an owner and constants are in the instructions', () => {
  const [first, before, scan, compare] = load('delays-and-owners.json').phases[0]?.blocks ?? [];
  expect(first).toMatchObject({ kind: 'wait', forMs: 2000 });
  expect(before).toMatchObject({ kind: 'wait', forMs: 3_600_000 });
  expect(scan).toMatchObject({ kind: 'task', timeoutMs: 7_200_000 });
  expect(compare).toMatchObject({ roles: ['duty-officer'], form: [{ type: 'number', fact: 'findings' }] });
  expect(JSON.stringify(compare)).toMatch(
    /Owner: identity--000000b1.*10\.0\.0\.0\/8 \(constant\).*Scan guide/s,
  );
});

test('a switch answers itself once its variable is known, by its default if no case fits', () => {
  for (const [severity, next] of [
    ['high', 'Call everybody'],
    ['low', 'Open a ticket'],
    ['odd', 'Ask the author'],
  ]) {
    const walk = new Walk(load('switch.json'));
    walk.act(stepOf(walk, 'Find out'), { type: 'complete', output: { severity: severity ?? '' } });
    expect(openTitles(walk)).toEqual([next]);
  }
});

test('all commands of a step are shown in order, encoded ones as text, and none is executed', () => {
  const [step, wordsOnly] = load('commands-of-every-kind.json').phases[0]?.blocks ?? [];
  const text = step && 'instructions' in step ? (step.instructions?.['en'] ?? '') : '';
  const shown = [
    '1. Say so',
    'echo one',
    'Accept: application/json',
    'Bearer __token__:value',
    '"cells"',
    '"action":"deny"',
    'Get-Process',
    'title: x',
    'rule x {}',
    'call it',
  ];
  const places = shown.map((part) => text.indexOf(part));
  expect(places.every((place, i) => place >= 0 && (i === 0 || place > (places[i - 1] ?? 0)))).toBe(true);
  expect(wordsOnly).toMatchObject({
    kind: 'task',
    instructions: { en: expect.stringContaining('Only words.') },
  });
});

test('branches that meet on a shared step run it once, after those that lead to it', () => {
  const result = importCacao(read('handmade/shared-join.json'));
  const walk = new Walk(playbookOf(result));
  expect(openTitles(walk)).toEqual(['Desktop', 'Law', 'Network']);
  walk.act(stepOf(walk, 'Network'), { type: 'complete' });
  walk.act(stepOf(walk, 'Law'), { type: 'complete' });
  expect(openTitles(walk)).toEqual(['Desktop']);
  walk.act(stepOf(walk, 'Desktop'), { type: 'complete' });
  expect(openTitles(walk)).toEqual(['Compare notes']);
  walk.act(stepOf(walk, 'Compare notes'), { type: 'complete' });
  expect(openTitles(walk)).toEqual(['Brief the board']);
  expect(result.findings).toContainEqual({
    severity: 'note',
    pointer: '/workflow/parallel--00000002-0000-4000-8000-000000000002',
    message: expect.stringContaining('graph'),
  });
});

test('a retry that no sequence can say is in the instructions, and a warning names it', () => {
  const { playbook, findings } = importCacao(read('handmade/retry-from-afar.json'));
  expect(JSON.stringify(playbook)).toContain('a coordinator reopens \\"Patch\\"');
  expect(findings.map(({ pointer }) => pointer)).toContain(
    '/workflow/action--00000003-0000-4000-8000-000000000003/on_failure',
  );
});

test('markings are kept: levels by their fixed ids, statements in their words', () => {
  const { playbook } = importCacao(read('examples/oasis-spec-3.1-example.json'));
  expect(playbook?.markings).toEqual([
    { statement: 'Copyright 2023 ACME Security Company' },
    { tlp: 'GREEN' },
  ]);
});

test('every language that is asked for has every text', () => {
  const { playbook } = importCacao(read('handmade/switch.json'), {
    languages: ['zh-Hant', 'en'],
    id: 'how-bad',
  });
  expect([playbook?.id, playbook?.title]).toEqual(['how-bad', { 'zh-Hant': 'Switch', en: 'Switch' }]);
});

describe('a signed document', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const about = {
    algorithm: 'Ed25519',
    id: 'jss--af892292-c4b4-47eb-9be6-4897ff4b9388',
    at: '2026-01-01T00:00:00.000Z',
    signee: 'ACME',
  };
  const signed = (file: string): CacaoDocument =>
    signDocument(JSON.parse(read(file)) as CacaoDocument, { ...about, privateKey });
  const told = (document: object) =>
    importCacao(JSON.stringify(document)).findings.filter(({ pointer }) => pointer.startsWith('/signatures'));

  test('says that the signature fits, keeps it, and says when it does not fit', () => {
    const document = signed('handmade/switch.json');
    expect(told(document)).toMatchObject([
      { severity: 'note', message: expect.stringContaining('ACME fits') },
    ]);
    expect(told({ ...document, name: 'Changed' })).toMatchObject([{ severity: 'warning' }]);
    const { playbook } = importCacao(JSON.stringify(document));
    expect(exportCacao(playbook as Playbook, { now: 0 })['signatures']).toEqual(document['signatures']);
  });

  test('says that what is kept lacks its secrets', () => {
    const findings = told(signed('examples/soarca-ssh.json'));
    expect(findings).toContainEqual({
      severity: 'warning',
      pointer: '/signatures',
      message: expect.any(String),
    });
  });
});

describe('a playbook-action', () => {
  const text = `cordon: 1
id: reset-accounts
version: 2.0.0
languages: [en]
title: {en: Reset accounts}
summary: {en: Reset accounts}
roles: [{id: directory, title: {en: Directory team}}]
phases: [{id: accounts, title: {en: Reset}, steps: [{task: reset, title: {en: Reset them}, role: directory}]}]
flow: [accounts]
`;
  const digest = '0'.repeat(64);

  test('runs a known playbook in place, pinned, and asks how it went where that matters', () => {
    const asked: unknown[] = [];
    const playbook = playbookOf(
      importCacao(read('handmade/runs-another-playbook.json'), {
        resolvePlaybook: (...wanted) => {
          asked.push(wanted);
          return { id: 'reset-accounts', version: '2.0.0', digest, text };
        },
      }),
    );
    expect(asked[0]).toEqual(['playbook--00000077-0000-4000-8000-000000000077', '2026-01-01T00:00:00.000Z']);
    const walk = new Walk(playbook);
    walk.act(stepOf(walk, 'Prepare'), { type: 'complete' });
    walk.act(stepOf(walk, 'Reset them'), { type: 'complete' });
    walk.act(stepOf(walk, 'succeed'), { type: 'complete', output: { answer: 'failed' } });
    expect(openTitles(walk)).toEqual(['Call the directory team']);
  });

  test('is a step for a person where the known playbook does not fit, and a warning says so', () => {
    const { playbook, findings } = importCacao(read('handmade/runs-another-playbook.json'), {
      languages: ['de'],
      resolvePlaybook: () => ({ id: 'reset-accounts', version: '2.0.0', digest, text }),
    });
    expect(findings).toContainEqual({
      severity: 'warning',
      pointer: '/workflow',
      message: expect.stringContaining('reset-accounts'),
    });
    expect(JSON.stringify(playbook)).toContain('Run playbook playbook--00000077');
  });

  test('is a step for a person where the playbook is the playbook is not known, and a finding says so', () => {
    const { playbook, findings } = importCacao(read('handmade/runs-another-playbook.json'));
    expect(findings.map(({ pointer }) => pointer)).toContain(
      '/workflow/playbook-action--00000003-0000-4000-8000-000000000003/playbook_id',
    );
    expect(JSON.stringify(playbook)).toContain('Run playbook playbook--00000077');
  });
});
