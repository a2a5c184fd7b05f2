/** What is found in the constructs beyond steps in a row, each where it is written. */
import { describe, expect, test } from '@jest/globals';
import { parsePlaybook } from './parse.js';
import type { SourceFinder } from './uses.js';
import { playbookOf, task } from './testing/snippets.js';

function found(steps: string, more = '', sources?: SourceFinder): readonly string[] {
  const { findings } = parsePlaybook(playbookOf(steps) + more, sources);
  return findings.map(({ severity, message }) => `${severity}: ${message}`);
}

const yesNo = (id: string, y = '', n = ''): string =>
  `- {decision: ${id}, title: {en: D}, role: doer, answers: [{id: y, title: {en: Y}${y}}, {id: n, title: {en: N}${n}}]}`;
const indented = (steps: string, by = 4): string => steps.replaceAll(/^/gm, ' '.repeat(by)).trimStart();
const graph = (...nodes: readonly string[]): string =>
  `- graph: g\n  steps:\n    ${nodes.map((node) => indented(node)).join('\n    ')}`;

describe('a graph', () => {
  test('is fine when it has no circle and names its own ends', () => {
    expect(found(graph(task('a'), task('b', 'after: [a]')))).toEqual([]);
  });

  test.each([
    [[task('a', 'after: [b]'), task('b', 'after: [a]')], 'wait for each other: a graph has no circles'],
    [[task('a', 'after: [a]')], 'a → a wait for each other'],
    [[task('a', 'after: [z]')], 'a comes after "z", which does not stand directly in the graph g'],
    [[yesNo('d'), task('a', 'after: [{step: d, answer: maybe}]')], 'the answer "maybe" of d'],
    [
      [yesNo('d', ', repeat: d'), task('a', 'after: [{step: d, answer: y}]')],
      'the answer "y" of d, which goes back: it is never the last',
    ],
    [[task('a'), task('b', 'after: [{step: a, outcome: refused}]')], 'a is no approval'],
    [[yesNo('d', ', repeat: x'), task('x')], 'which is not an earlier step of the same sequence'],
    [[task('a', 'failed: {then: [{task: r, title: {en: R}, role: doer}]}')], 'a stands in the graph g'],
    [
      [task('a'), '- {approval: ok, title: {en: O}, role: doer, covers: [a], after: [a]}'],
      'ok does not say where a refusal leads',
    ],
    [
      ['- {each: system, id: e, steps: [{task: s, title: {en: S}, role: doer}]}'],
      'it cannot stand in a graph',
    ],
  ])('%j is refused', (nodes, says) => {
    expect(found(graph(...nodes)).join('\n')).toContain(says);
  });
});

describe('an answer', () => {
  const round = `then: [${task('b').slice(2)}], again: true`;
  test.each([
    [`${task('a')}\n${yesNo('d', `, when: 'personal == "yes"', repeat: a`)}`, 'say with "max" how often'],
    [
      yesNo('d', `, when: 'personal == "yes"', again: true, max: 3`),
      'given without a person, and so is all that it repeats',
    ],
    [yesNo('d', ', again: true', ', again: true'), 'every answer of d goes back'],
    [yesNo('d', ', max: 3'), '"max" belongs to "repeat" or "again"'],
    [yesNo('d', ', again: true, repeat: d'), 'write "again" or "repeat", not both'],
    [yesNo('d', `, when: 'personal == "maybe"'`), 'a value that it never has'],
    [yesNo('d', `, when: 'many +'`), 'character'],
    [yesNo('d', ', waives: nothing'), 'waives the duty "nothing"'],
  ])('%j is refused', (steps, says) => {
    expect(found(steps).join('\n')).toContain(says);
  });

  test('that answers itself and comes round may do so where somebody is needed on each round', () => {
    const loop = yesNo('d', `, when: 'personal == "yes"', ${round}, max: 3`);
    expect(
      found(`${task('s', 'form: [{id: p, type: yesno, title: {en: P}, fact: personal}]')}\n${loop}`),
    ).toEqual([]);
  });
});

describe('a step', () => {
  test.each([
    ['optional: true, skip: {roles: [doer]}', 'write "optional" or "skip", not both'],
    ['skip: {roles: [nobody]}', 'may be skipped by the role "nobody"'],
    ['failed: {max: 2}', 'write "repeat" or "then"'],
    ['failed: {repeat: later}', 'not an earlier step'],
    ['duty: d', 'discharges the duty "d", which the playbook does not declare'],
    ['due: {within: PT1H, from: ready, working: true}', 'the playbook has no "workingHours"'],
    ['evidence: {min: 0}', 'expected number to be >=1'],
  ])('with %s is refused', (more, says) => {
    expect(found(task('a', more)).join('\n')).toContain(says);
  });

  test('that answers itself asks for no evidence: nobody would bring it', () => {
    const decision = yesNo('d', `, when: 'personal == "yes"'`).replace(
      'answers:',
      'evidence: {min: 1}, answers:',
    );
    expect(found(decision).join()).toContain('d answers itself, so nobody brings the evidence');
  });

  test('that is open at any time is a task or a notice without conditions', () => {
    const anytime = (more: string): string => `    anytime:\n      ${task('call', more)}\n`;
    expect(found(task('a'), anytime(''))).toEqual([]);
    expect(found(task('a'), anytime('when: {fact: many, known: true}')).join('\n')).toContain(
      'takes no "when"',
    );
  });
});

describe('what closing asks', () => {
  const duty = 'duties: [{id: tell, title: {en: T}}]\n';
  test('a duty that nothing discharges is refused, and one without proof is looked at', () => {
    expect(found(task('a'), duty)).toEqual([
      expect.stringMatching(/^error: nothing discharges the duty tell/),
    ]);
    expect(found(task('a', 'duty: tell'), duty)).toEqual([
      expect.stringMatching(/^warning: the duty tell leaves no proof/),
    ]);
    expect(found(task('a', 'duty: tell, evidence: {min: 1}'), duty)).toEqual([]);
  });

  test('a duty is not waived once per system: that would never settle it', () => {
    const steps = `- {each: system, id: e, steps: [${yesNo('d', '', ', waives: tell').slice(2)}]}`;
    expect(found(steps, duty).join('\n')).toContain('the answer n of d is given per system');
  });

  test('conditions, properties and working hours name what exists', () => {
    const closure = `closure: [{id: c, title: {en: C}, when: 'nowhere == 1'}]\n`;
    expect(found(task('a'), closure).join()).toContain('the fact "nowhere"');
    const property = 'properties: [{id: p, title: {en: P}, at: close, needs: [zz]}]\n';
    expect(found(task('a'), property).join()).toContain('the property p names "zz", which is not a step');
    const hours = (zone: string, from: string): string =>
      `workingHours: {timeZone: ${zone}, days: [mon], from: '${from}', to: '18:00', holidays: [x]}\n`;
    expect(found(task('a'), hours('Asia/Nowhere', '19:00'))).toHaveLength(3);
  });
});

describe('what an author should look at', () => {
  test('a condition on a fact that nobody is asked for', () => {
    expect(found(task('a', 'when: {fact: personal, is: yes}'))).toEqual([
      expect.stringContaining('warning: a depends on the fact personal, which no form asks for'),
    ]);
  });

  test('more steps open at once than people keep in view', () => {
    const branches = Array.from({ length: 10 }, (_, i) => `[${task(`s${i}`).slice(2)}]`).join(', ');
    expect(found(`- {parallel: [${branches}]}`)).toEqual([
      expect.stringContaining('warning: 10 steps may be open at once'),
    ]);
  });

  test('so many steps open at once that the machine would take seconds for one event', () => {
    const nodes = Array.from({ length: 101 }, (_, i) => task(`s${i}`));
    expect(found(graph(...nodes))).toEqual([
      expect.stringContaining('error: 101 steps may be open at once; at most 100 can be'),
    ]);
  });

  test('Simplified characters in a Traditional text', () => {
    const text = playbookOf('- {task: a, title: {zh-Hant: 隔离系统}, role: doer}')
      .replace('[en]', '[zh-Hant]')
      .replaceAll('{en:', '{zh-Hant:');
    expect(parsePlaybook(text).findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('离'), path: '/phases/0/steps/0' },
    ]);
  });
});

describe('a playbook within a playbook', () => {
  const inner = playbookOf(`${task('a')}\n${task('b', 'due: {within: PT1H, from: {step: a}}')}`)
    .replace('id: p', 'id: inner')
    .replace('roles: [', 'roles: [{id: helper, title: {en: H}}, ');
  const library: SourceFinder = (id, version) =>
    id === 'inner' && version === '1.0.0' ? { text: inner, digest: 'f'.repeat(64) } : undefined;
  const use = (more = ''): string =>
    `- {playbook: sub, title: {en: Sub}, use: {id: inner, version: 1.0.0${more}}}\n${task('a')}`;

  test('is laid out in place, its names told apart, what both know shared', () => {
    const { playbook, findings } = parsePlaybook(playbookOf(use()), library);
    expect(findings).toEqual([]);
    expect(playbook?.roles.map(({ id }) => id)).toEqual(['doer', 'helper']);
    expect(playbook?.phases[0]?.blocks).toMatchObject([
      {
        kind: 'group',
        id: 'sub',
        blocks: [
          {
            kind: 'group',
            id: 'sub-main',
            blocks: [{ id: 'sub-a' }, { id: 'sub-b', due: { from: { step: 'sub-a' } } }],
          },
        ],
      },
      { id: 'a' },
    ]);
  });

  test('brings along what stands beside its flow', () => {
    const beside = `    anytime:
      ${task('call')}
closure: [{id: known, title: {en: K}, when: {fact: many, known: true}}]
properties: [{id: first, title: {en: F}, at: b, needs: [a]}]
markings: [{tlp: RED}]
`;
    const { playbook, findings } = parsePlaybook(
      playbookOf(
        `- {group: g, when: {fact: many, atLeast: 1}, steps: [{playbook: sub, use: {id: inner, version: 1.0.0}}]}`,
      ),
      (id) => (id === 'inner' ? { text: inner + beside, digest: 'f'.repeat(64) } : undefined),
    );
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(playbook).toMatchObject({
      phases: [{ anytime: [{ id: 'sub-call' }] }],
      closure: [{ id: 'known' }],
      properties: [{ id: 'sub-first', at: 'sub-b', needs: ['sub-a'] }],
      markings: [{ tlp: 'RED' }],
    });
    expect(playbook?.phases[0]?.anytime[0]).not.toHaveProperty('when');
  });

  test('is pinned: another version or digest is refused, and so is a circle', () => {
    expect(found(use(), '', () => undefined).join()).toContain('there is no playbook inner 1.0.0');
    expect(found(use(`, digest: '${'0'.repeat(64)}'`), '', library).join()).toContain('has the digest ffff');
    const circular: SourceFinder = () => ({
      text: playbookOf('- {playbook: again, use: {id: inner, version: 1.0.0}}'),
      digest: '',
    });
    expect(found(use(), '', circular).join()).toContain('the playbook inner comes to use itself');
  });
});

test('steps per group refer to each other within their group', () => {
  const { playbook, findings } = parsePlaybook(
    playbookOf(`- each: group
  id: tell
  groups: [{id: x, title: {en: X}}, {id: y, title: {en: Y}}]
  steps:
    - {task: draft, title: {en: 'For {group}'}, role: doer}
    - {approval: ok, title: {en: O}, role: doer, covers: [draft], refused: {repeat: draft}}`),
  );
  expect(findings).toEqual([]);
  expect(playbook?.phases[0]?.blocks).toMatchObject([
    {
      kind: 'parallel',
      branches: [
        [
          { id: 'draft-x', title: { en: 'For X' } },
          { id: 'ok-x', covers: ['draft-x'], refused: 'draft-x' },
        ],
        [{ id: 'draft-y' }, { id: 'ok-y' }],
      ],
    },
  ]);
});

test('parallels without an id are told apart where they are laid out more than once', () => {
  const branches = `parallel: [[${task('a').slice(2)}], [${task('b').slice(2)}]]`;
  const groups = 'groups: [{id: x, title: {en: X}}, {id: y, title: {en: Y}}]';
  expect(found(`- each: group\n  id: tell\n  ${groups}\n  steps: [{${branches}}]`)).toEqual([]);
  const inner = playbookOf(`- {${branches}}`)
    .replace('id: p', 'id: inner')
    .replace('flow: [main]', 'flow: [main, more]')
    .replace(
      'phases:',
      `phases:\n  - {id: more, title: {en: M}, steps: [{${branches.replace('task: a', 'task: c').replace('task: b', 'task: d')}}]}`,
    );
  const use = '- {playbook: sub, use: {id: inner, version: 1.0.0}}';
  expect(found(use, '', () => ({ text: inner, digest: '' }))).toEqual([]);
});
