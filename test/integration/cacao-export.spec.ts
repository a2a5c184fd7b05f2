/** The law of the exchange: what is exported and imported again is the same playbook, but for its origin. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { exportCacao, importCacao, schemaProblems } from '@cordon/exchange';
import { parsePlaybook, type Playbook } from '@cordon/playbook';
import fc from 'fast-check';
import { randomPlaybook } from '../support/random-playbook.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const EVERYTHING = `
cordon: 1
id: everything
version: 1.2.3
languages: [en, zh-Hant]
title: {en: Everything, zh-Hant: 全部}
summary: {en: S, zh-Hant: 摘要}
roles:
  - {id: doer, title: {en: Doer, zh-Hant: 執行人}}
  - {id: boss, title: {en: Boss, zh-Hant: 主管}}
facts:
  - {id: personalData, type: yesno, title: {en: P, zh-Hant: 個人資料}}
  - {id: staffCount, type: number, title: {en: N, zh-Hant: 人數}}
  - {id: method, type: choice, title: {en: M, zh-Hant: 方法}, options: [{id: a, title: {en: A, zh-Hant: 甲}}]}
  - {id: begun, type: time, title: {en: T, zh-Hant: 時間}}
phases:
  - id: one
    title: {en: One, zh-Hant: 一}
    summary: {en: S, zh-Hant: 摘要}
    steps:
      - task: first
        title: {en: First, zh-Hant: 第一}
        instructions: {en: Do it, zh-Hant: 執行}
        roles: [doer, boss]
        optional: true
        when: {all: [{fact: personalData, is: yes}, {not: {fact: staffCount, atLeast: 5}}]}
        due: {within: PT72H, from: aware, working: true, remind: [PT1H], escalate: [{after: PT15M, to: boss}]}
        evidence: {min: 2, title: {en: E, zh-Hant: 證據}}
        keep: true
        form:
          - {id: how, type: choice, title: {en: H, zh-Hant: 如何}, required: true, fact: method, options: [{id: a, title: {en: A, zh-Hant: 甲}}]}
          - {id: begun, type: time, title: {en: T, zh-Hant: 時間}, fact: begun}
      - task: second
        title: {en: Second, zh-Hant: 第二}
        role: doer
        skip: {roles: [boss], reasons: [{id: duplicate, title: {en: D, zh-Hant: 重複}}]}
        timeout: PT4H
        failed: {repeat: first, max: 3}
      - task: third
        title: {en: Third, zh-Hant: 第三}
        role: doer
        failed: {then: [{task: repair, title: {en: R, zh-Hant: 修復}, role: doer}]}
        due: {within: P1D, from: {fact: begun}}
      - decision: clean
        title: {en: Clean?, zh-Hant: 清潔？}
        role: boss
        answers:
          - {id: yes, title: {en: Y, zh-Hant: 是}, set: {personalData: no}, when: {fact: personalData, is: no}}
          - {id: back, title: {en: B, zh-Hant: 返回}, repeat: second, max: 2}
          - {id: round, title: {en: R, zh-Hant: 再來}, then: [{task: wash, title: {en: W, zh-Hant: 洗}, role: doer}], again: true, max: 4}
          - {id: waive, title: {en: V, zh-Hant: 免除}, waives: regulator, then: [{notice: inform, to: {en: X, zh-Hant: 某}, title: {en: I, zh-Hant: 通知}, role: doer}]}
      - approval: fine
        title: {en: Fine, zh-Hant: 批准}
        role: boss
        count: 2
        covers: [third]
        refused: {repeat: third, max: 5}
      - action: alert
        title: {en: Alert, zh-Hant: 通知}
        role: boss
        do: notify
        with: {text: {en: T, zh-Hant: 文}}
      - wait: pause
        title: {en: Pause, zh-Hant: 等候}
        role: doer
        for: PT24H
      - wait: until-known
        title: {en: Until, zh-Hant: 直至}
        role: doer
        until: {fact: begun, known: true}
      - parallel:
          - [{task: left, title: {en: L, zh-Hant: 左}, role: doer}]
          - [{task: right, title: {en: R, zh-Hant: 右}, role: doer}]
      - group: inner
        title: {en: G, zh-Hant: 組}
        when: {any: [{fact: personalData, known: false}, {fact: staffCount, atMost: 3}]}
        steps: [{task: grouped, title: {en: G, zh-Hant: 組}, role: doer}]
      - each: group
        id: tell
        groups: [{id: staff, title: {en: Staff, zh-Hant: 職員}}, {id: clients, title: {en: Clients, zh-Hant: 客戶}}]
        steps: [{task: letter, title: {en: 'Tell {group}', zh-Hant: '通知{group}'}, role: doer}]
      - graph: web
        steps:
          - {task: ga, title: {en: A, zh-Hant: 甲}, role: doer}
          - {decision: gd, title: {en: D, zh-Hant: 決}, role: doer, answers: [{id: x, title: {en: X, zh-Hant: 甲}}, {id: y, title: {en: Y, zh-Hant: 乙}}], after: [ga]}
          - {task: gx, title: {en: X, zh-Hant: 甲}, role: doer, after: [{step: gd, answer: x}, {step: ga, outcome: failed}]}
          - {approval: gap, title: {en: P, zh-Hant: 批}, role: boss, covers: [gx], after: [gx]}
          - {task: gr, title: {en: R, zh-Hant: 拒}, role: doer, after: [{step: gap, outcome: refused}]}
    anytime:
      - {task: log, title: {en: Log, zh-Hant: 記錄}, role: doer}
  - id: systems
    title: {en: Systems, zh-Hant: 系統}
    steps:
      - each: system
        id: per-system
        steps:
          - {task: cut, title: {en: C, zh-Hant: 斷}, role: doer, move: isolate}
          - {task: mend, title: {en: M, zh-Hant: 修}, role: doer, move: restore}
          - {task: look, title: {en: L, zh-Hant: 查}, role: doer, move: verify}
          - {task: give, title: {en: G, zh-Hant: 還}, role: doer, move: return}
  - {id: notify, title: {en: N, zh-Hant: 通知}, steps: [{notice: authority, to: {en: R, zh-Hant: 監管}, title: {en: N, zh-Hant: 通知}, role: doer, duty: regulator}]}
flow: [one, {parallel: [[systems], [notify]]}]
duties: [{id: regulator, title: {en: R, zh-Hant: 監管}, when: {fact: personalData, is: yes}}]
closure: [{id: told, title: {en: T, zh-Hant: 已知}, when: {fact: personalData, known: true}}]
properties: [{id: order, title: {en: O, zh-Hant: 次序}, at: close, needs: [third], when: {fact: personalData, is: yes}}]
workingHours: {timeZone: Asia/Hong_Kong, days: [mon, tue], from: '09:00', to: '18:00', holidays: ['2026-12-25']}
markings: [{tlp: AMBER+STRICT}, {statement: For the team}]
`;

const NOW = Date.parse('2026-03-24T02:00:00Z');

const shipped = readdirSync(join(root, 'playbooks'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'scenarios')
  .map(({ name }) => name);

function sourceOf(name: string): (id: string) => { text: string; digest: string } {
  return (id) => ({ text: readFileSync(join(root, 'playbooks', id, 'playbook.yaml'), 'utf8'), digest: name });
}

function load(name: string): Playbook {
  const parsed = parsePlaybook(
    readFileSync(join(root, 'playbooks', name, 'playbook.yaml'), 'utf8'),
    sourceOf(name),
  );
  if (!parsed.playbook) throw new Error(JSON.stringify(parsed.findings));
  return parsed.playbook;
}

function withoutOrigin({ origin: _origin, ...playbook }: Playbook): unknown {
  return playbook;
}

describe.each(shipped)('the shipped playbook %s', (name) => {
  const playbook = load(name);
  const document = exportCacao(playbook, { now: NOW });

  test('exports to a document that the official schemas accept', () => {
    expect(schemaProblems(document)).toEqual([]);
  });

  test('is the same playbook after a round trip', () => {
    const again = importCacao(JSON.stringify(document));
    expect(again.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(again.playbook && withoutOrigin(again.playbook)).toEqual(withoutOrigin(playbook));
  });
});

describe('what another tool changes', () => {
  const playbook = load('data-breach');
  const exported = exportCacao(playbook, { now: NOW });
  type Workflow = Record<string, Record<string, unknown>>;
  const [id = '', step = {}] =
    Object.entries(exported['workflow'] as Workflow).find(
      ([, one]) => one['type'] === 'action' && one['description'],
    ) ?? [];
  const changed = (change: object): string =>
    JSON.stringify({
      ...exported,
      workflow: { ...(exported['workflow'] as Workflow), [id]: { ...step, ...change } },
    });

  test('a new name or description of a step is taken, in the first language', () => {
    const { playbook: again, findings } = importCacao(
      changed({ name: 'A new name', description: 'New words' }),
    );
    const texts = JSON.stringify(again?.phases);
    expect(texts).toContain('"en":"A new name"');
    expect(texts).toContain('"en":"New words"');
    expect(findings.map(({ pointer }) => pointer)).toContain(`/workflow/${id}/name`);
    const titles = (one: Playbook | undefined): number => JSON.stringify(one?.phases).split('"title"').length;
    expect(titles(again)).toBe(titles(playbook));
  });

  test('an extension that makes no playbook, or is of another version, leaves the workflow to be read', () => {
    for (const change of [
      { version: 2 },
      { phases: [] },
      { phases: [{ cacao_step: 'x' }] },
      { playbook: { cordon: 7 } },
    ]) {
      const [extension = ''] = Object.keys(exported['playbook_extensions'] as object);
      const own = (exported['playbook_extensions'] as Record<string, object>)[extension];
      const text = JSON.stringify({
        ...exported,
        playbook_extensions: { [extension]: { ...own, ...change } },
      });
      const { playbook: again, findings } = importCacao(text);
      expect(again?.phases.map((phase) => phase.id)).toEqual(['workflow']);
      expect(findings.some(({ pointer }) => pointer.startsWith('/playbook_extensions'))).toBe(true);
    }
  });

  test('an id that is asked for is the id of the playbook', () => {
    expect(importCacao(JSON.stringify(exported), { id: 'another' }).playbook?.id).toBe('another');
  });

  test('commands that were added are shown to whoever does the step', () => {
    const { playbook: again, findings } = importCacao(
      changed({ commands: [{ type: 'bash', command: 'wipe --all' }] }),
    );
    expect(JSON.stringify(again?.phases)).toContain('wipe --all');
    expect(findings.map(({ pointer }) => pointer)).toContain(`/workflow/${id}/commands`);
  });

  test('a changed order is read from the workflow, and a finding says so', () => {
    const end = 'end--00000000-0000-4000-8000-000000000000';
    const text = JSON.stringify({
      ...exported,
      workflow: {
        ...(exported['workflow'] as Workflow),
        [id]: { ...step, on_completion: end },
        [end]: { type: 'end' },
      },
    });
    const { playbook: again, findings, steps } = importCacao(text);
    expect(findings.map(({ pointer }) => pointer)).toContain('/workflow');
    expect(again?.phases).toHaveLength(1);
    expect(again?.roles).toEqual(expect.arrayContaining([...playbook.roles]));
    expect(steps.inSource).toBe(steps.reachable + steps.unreachable.length);
  });
});

describe('an imported playbook that was changed in Cordon', () => {
  const text = readFileSync(
    join(root, 'test', 'fixtures', 'cacao', 'examples', 'oasis-basic-example-1.json'),
    'utf8',
  );
  const imported = importCacao(text).playbook as Playbook;
  const edited: Playbook = { ...imported, title: { en: 'Another title' } };

  test('is exported as it is now, and is the same playbook after that', () => {
    const document = exportCacao(edited, { now: NOW });
    expect(document['name']).toBe('Another title');
    expect(schemaProblems(document)).toEqual([]);
    const again = importCacao(JSON.stringify(document)).playbook;
    expect(again && withoutOrigin(again)).toEqual(withoutOrigin(edited));
  });
});

test('a playbook with every construct of the language is the same after a round trip', () => {
  const { playbook, findings } = parsePlaybook(EVERYTHING);
  if (!playbook) throw new Error(JSON.stringify(findings));
  const document = exportCacao(playbook, {
    now: NOW,
    createdBy: 'identity--5abe695c-7bd5-4c31-8824-2528696cdbf1',
  });
  expect(schemaProblems(document)).toEqual([]);
  const again = importCacao(JSON.stringify(document));
  expect(again.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(again.playbook && withoutOrigin(again.playbook)).toEqual(withoutOrigin(playbook));
});

test('playbooks by chance are the same after a round trip, and the schemas accept their documents', () => {
  fc.assert(
    fc.property(randomPlaybook, (source) => {
      const { playbook } = parsePlaybook(source);
      if (!playbook) throw new Error('the playbook parses');
      const document = exportCacao(playbook, { now: NOW });
      expect(schemaProblems(document)).toEqual([]);
      const again = importCacao(JSON.stringify(document)).playbook;
      expect(again && withoutOrigin(again)).toEqual(withoutOrigin(playbook));
    }),
    { numRuns: 60 },
  );
}, 120_000);
