import { expect, test } from '@jest/globals';
import type { Block, DecisionStep, Graph, Playbook, TaskStep } from '@cordon/playbook';
import { stringify } from 'yaml';
import { importXsoar } from './import-xsoar.js';

interface Entry {
  readonly type?: string;
  readonly to?: Readonly<Record<string, readonly string[]>>;
  readonly more?: object;
}

/** A playbook in which every task is called "t" and its key; it starts at task 0. */
function document(tasks: Readonly<Record<string, Entry>>, more = {}): string {
  const entries = Object.entries(tasks).map(([key, { type = 'regular', to = {}, more: rest }]) => [
    key,
    { id: key, type, task: { name: type === 'start' ? '' : `t${key}` }, nexttasks: to, ...rest },
  ]);
  return stringify({
    id: 'x',
    name: 'X',
    version: -1,
    starttaskid: '0',
    tasks: Object.fromEntries(entries),
    ...more,
  });
}

function playbookOf(tasks: Readonly<Record<string, Entry>>, more = {}): Playbook {
  const { playbook, findings } = importXsoar(document(tasks, more));
  expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  if (!playbook) throw new Error('imports');
  return playbook;
}

const next = (...to: string[]) => ({ '#none#': to });
const blocks = (playbook: Playbook): readonly Block[] => playbook.phases[0]?.blocks ?? [];

/** Each block of the graph with what it comes after, in short. */
function edges(playbook: Playbook): Readonly<Record<string, readonly string[]>> {
  const [graph] = blocks(playbook) as readonly Graph[];
  if (graph?.kind !== 'graph') throw new Error('is a graph');
  const short = ({ step, answer, outcome }: Graph['nodes'][number]['after'][number]) =>
    [step, answer ?? (outcome === 'done' ? undefined : outcome)].filter(Boolean).join('=');
  return Object.fromEntries(graph.nodes.map(({ block, after }) => [block.id, after.map(short)]));
}

test('tasks in a row are a sequence', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: { to: next('2') },
    2: { type: 'title', to: next('3') },
    3: {},
  });
  expect(blocks(playbook).map((block) => block.id)).toEqual(['t1', 't3']);
});

test('several tasks under a label are a fork, and a task with several before it waits for all', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1', '2') },
    1: { to: next('3') },
    2: { to: next('3') },
    3: {},
  });
  expect(edges(playbook)).toEqual({ t1: [], t2: [], t3: ['t1', 't2'] });
});

test('labels are answers, and all of them together are the end of the decision', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: { type: 'condition', to: { yes: ['2', '3'], '#default#': ['3'] } },
    2: { to: next('3') },
    3: {},
  });
  expect(edges(playbook)).toEqual({ t1: [], t2: ['t1=yes'], t3: ['t1', 't2'] });
});

test('a title between passes on what it waited for', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: { type: 'condition', to: { yes: ['2'], no: ['3'] } },
    2: { to: next('4') },
    3: { to: next('4') },
    4: { type: 'title', to: next('5', '6') },
    5: {},
    6: {},
  });
  expect(edges(playbook)).toMatchObject({ t5: ['t2', 't3'], t6: ['t2', 't3'] });
});

test('where a failure leads is an edge of its own', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: { to: { '#none#': ['3'], '#error#': ['2'] } },
    2: {},
    3: {},
  });
  expect(edges(playbook)).toEqual({ t1: [], t3: ['t1'], t2: ['t1=failed'] });
});

test('a step that the start leads to is not passed over because what it also waits for was', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1', '3') },
    1: { type: 'condition', to: { yes: ['2'], no: [] } },
    2: { to: next('3') },
    3: {},
  });
  expect(edges(playbook)).toEqual({ begin: [], t1: [], t2: ['t1=yes'], t3: ['begin', 't2'] });
});

test('the answers of a condition are its labels, its replies and its ways, the default last', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: {
      type: 'condition',
      to: { '#default#': [], Later: [] },
      more: {
        conditions: [{ label: 'yes', condition: [] }],
        message: { replyOptions: ['Block#red', 'Leave'] },
      },
    },
  });
  const [decision] = blocks(playbook) as readonly DecisionStep[];
  expect(decision?.answers.map((answer) => answer.id)).toEqual([
    'yes',
    'block',
    'leave',
    'later',
    'none-of-these',
  ]);
});

test('a circle that one condition leaves is a decision that comes round', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: { to: next('2') },
    2: { type: 'condition', to: { ok: ['4'], again: ['3'] } },
    3: { to: next('1') },
    4: {},
  });
  expect(blocks(playbook).map((block) => block.id)).toEqual(['t1', 't2', 't4']);
  const [, again] = (blocks(playbook)[1] as DecisionStep).answers;
  expect(again?.again).toBe(true);
  expect(again?.then.map((block) => block.id)).toEqual(['t3', 't1-2']);
});

test('a fork inside a circle is a graph inside the answer', () => {
  const playbook = playbookOf({
    0: { type: 'start', to: next('1') },
    1: { type: 'condition', to: { ok: ['4'], again: ['2', '3'] } },
    2: { to: next('1') },
    3: { to: next('1') },
    4: {},
  });
  const [, again] = (blocks(playbook)[0] as DecisionStep).answers;
  expect((again?.then[0] as Graph).nodes.map(({ block }) => block.id)).toEqual(['t2', 't3']);
});

test.each([
  ['nobody decides', { 1: { to: next('2') }, 2: { to: next('1') } }],
  [
    'two tasks leave',
    { 1: { type: 'condition', to: { a: ['2'], b: ['3'] } }, 2: { to: next('1', '3') }, 3: {} },
  ],
])('a circle that cannot be said names its tasks: %s', (_, tasks) => {
  const { source, findings } = importXsoar(document({ 0: { type: 'start', to: next('1') }, ...tasks }));
  expect(source).toBeUndefined();
  const [error] = findings.filter((finding) => finding.severity === 'error');
  expect(error?.message).toContain('the tasks 1, 2 go round in a circle');
});

test('what nothing leads to is counted and named', () => {
  const { steps, findings } = importXsoar(
    document({ 0: { type: 'start', to: next('1') }, 1: {}, 7: { to: next('1') } }),
  );
  expect(steps).toMatchObject({ inSource: 3, reachable: 2, unreachable: ['#/tasks/7'] });
  expect(findings.map((finding) => finding.pointer)).toContain('/tasks/7');
});

test('due times and reminders are taken over', () => {
  const [step] = blocks(
    playbookOf({
      0: { type: 'start', to: next('1') },
      1: { more: { sla: { hours: 4, days: '1' }, slareminder: { minutes: 30 } } },
    }),
  );
  expect((step as TaskStep).due).toMatchObject({
    withinMs: 100_800_000,
    from: 'ready',
    remindMs: [1_800_000],
  });
});

test('questions are fields of their kind', () => {
  const question = (type: string, more = {}) => ({ labelarg: { simple: `a ${type}` }, type, ...more });
  const options = { optionsarg: [{ simple: 'Yes' }, { simple: 'No' }] };
  const form = {
    questions: [
      question('shortText', { required: true }),
      question('longText'),
      question('number'),
      question('boolean'),
      question('singleSelect', options),
      question('multiSelect', options),
      question('date'),
      question('attachments'),
      question('singleSelect', { optionsarg: [{ simple: `$${'{incident.names}'}` }] }),
    ],
  };
  const [step] = blocks(
    playbookOf({ 0: { type: 'start', to: next('1') }, 1: { type: 'collection', more: { form } } }),
  );
  expect((step as TaskStep).form.map((field) => field.type)).toEqual([
    'text',
    'longtext',
    'number',
    'yesno',
    'choice',
    'choices',
    'time',
    'text',
    'text',
  ]);
  expect((step as TaskStep).form[0]?.required).toBe(true);
});

test('an unknown type is a manual step and a warning, never nothing', () => {
  const { playbook, findings } = importXsoar(
    document({ 0: { type: 'start', to: next('1') }, 1: { type: 'quantum' } }),
  );
  expect(playbook && blocks(playbook).map((block) => block.kind)).toEqual(['task']);
  expect(findings).toContainEqual(expect.objectContaining({ severity: 'warning', pointer: '/tasks/1/type' }));
});

test('values given to automations that look like secrets are left out everywhere', () => {
  const more = { scriptarguments: { password: { simple: 'hunter2' }, user: { simple: 'ir' } } };
  const { source, findings } = importXsoar(document({ 0: { type: 'start', to: next('1') }, 1: { more } }));
  expect(source + JSON.stringify(findings)).not.toContain('hunter2');
  expect(findings.some((finding) => finding.pointer === '/tasks/1/scriptarguments/password/simple')).toBe(
    true,
  );
});

test.each([
  ['tasks: {', 'is not YAML that can be read'],
  ['[1, 2]', 'a playbook of XSOAR is a map with "tasks"'],
  ['tasks: {}', 'the flow comes to no task that holds work'],
  ['tasks: {a: 1}\ntasks: {b: 2}', 'duplicate key'],
  [`tasks: ${'['.repeat(3000)}`, 'nested more than 56 levels deep'],
  [
    `a: &a [${'x,'.repeat(40)}x]\nb: &b [${'*a,'.repeat(40)}*a]\nc: [${'*b,'.repeat(40)}*b]\ntasks: {}`,
    'aliases',
  ],
])('what cannot be read is an error and no source: %#', (text, message) => {
  const { source, findings } = importXsoar(text);
  expect(source).toBeUndefined();
  expect(findings.map((finding) => finding.message).join()).toContain(message);
});
