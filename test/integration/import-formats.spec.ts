/** Playbooks of other formats: real ones walked to their end, random ones and hostile ones read without harm. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  compileMachines,
  decide,
  instances,
  isOpen,
  openState,
  statusOf,
  whyLocked,
  type Actor,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import {
  importMarkdown,
  importTheHive,
  importXsoar,
  type ImportOptions,
  type ImportResult,
} from '@cordon/exchange';
import type { Json, JsonObject } from '@cordon/kernel';
import { parsePlaybook, walkBlocks } from '@cordon/playbook';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';

const AT = Date.parse('2026-03-24T02:00:00Z');
const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator'] };

type Import = (text: string, options?: ImportOptions) => ImportResult;

/** Steps in are steps out, and source and playbook are there exactly when nothing was refused. */
function sound(result: ImportResult): ImportResult {
  const { source, playbook, steps, findings } = result;
  const refused = findings.some((finding) => finding.severity === 'error');
  expect([source !== undefined, playbook !== undefined]).toEqual([!refused, !refused]);
  expect(steps.inSource).toBe(steps.reachable + steps.unreachable.length);
  expect(steps.mapped.length).toBe(steps.reachable);
  if (source === undefined || !playbook) return result;
  expect(parsePlaybook(source).playbook).toEqual(playbook);
  const ids = new Set<string>();
  for (const phase of playbook.phases) walkBlocks(phase.blocks, (block) => ids.add(block.id));
  for (const { became } of steps.mapped) for (const id of became) expect(ids).toContain(id);
  return result;
}

function machinesOf({ playbook, findings }: ImportResult): Machines {
  if (!playbook) throw new Error(`refused: ${JSON.stringify(findings)}`);
  return compileMachines(playbook, 'digest');
}

function opened(machines: Machines): IncidentState {
  return openState(machines, { at: AT, by: 'lead', awareAt: AT, facts: {}, systems: [] }).state;
}

function outputOf({ planned: { step } }: Instance, roll: number, onward: boolean): JsonObject {
  const output: Record<string, Json> = {};
  for (const field of step.form) {
    const first = field.options[0]?.id ?? '';
    const values = { text: 't', longtext: 't', number: 1, yesno: 'yes', choice: first, choices: [first] };
    output[field.id] = { ...values, time: '2026-03-24T01:00:00Z', date: '2026-03-24' }[field.type];
  }
  if (step.kind === 'decision') {
    const answers = step.answers.filter(
      (answer) => !onward || (!answer.again && answer.repeat === undefined),
    );
    output.answer = answers[roll % answers.length]?.id ?? '';
  }
  return output;
}

interface Done {
  readonly id: string;
  readonly answer?: string;
}

/** Completes whatever is open, in an order and with answers that the rolls choose; returns what was done. */
function walk(machines: Machines, rolls: readonly number[]): readonly Done[] {
  let state = opened(machines);
  const done: Done[] = [];
  for (let events = 0; events < 2000; events += 1) {
    const roll = rolls[events % rolls.length] ?? 0;
    const all = instances(machines.plan, state);
    const open = all.filter((one) => isOpen(statusOf(one.record)));
    for (const one of all) {
      if (statusOf(one.record) === 'cannot_start')
        expect(whyLocked(machines.plan, state, one)).not.toEqual([]);
    }
    const one = open[roll % Math.max(open.length, 1)];
    const at = AT + events * 1000;
    const closing = one ? undefined : decide(machines, state, { type: 'incident.close' }, lead, at);
    if (closing?.outcome === 'accepted') return done;
    const output = one ? outputOf(one, roll, events > 60) : {};
    const event = one
      ? { type: 'step.complete', step: one.id, data: { output } }
      : { type: 'fact.set', data: factToSet(machines, closing) };
    const decision = decide(machines, state, event, lead, at);
    if (decision.outcome === 'rejected') throw new Error(JSON.stringify(decision.rejection));
    if (one)
      done.push({ id: one.id, ...(typeof output.answer === 'string' ? { answer: output.answer } : {}) });
    state = decision.state;
  }
  throw new Error(`does not end: ${JSON.stringify(state.value)}`);
}

/** Sets the fact that a condition for closing asks for. */
function factToSet({ plan }: Machines, closing: ReturnType<typeof decide> | undefined): JsonObject {
  const rejection = closing?.outcome === 'rejected' ? closing.rejection : undefined;
  const reasons = rejection?.code === 'event_not_accepted' ? rejection.blockedBy : [];
  const asked = plan.playbook.closure.find(({ id }) => reasons.some((reason) => reason.condition === id));
  if (!asked || !('fact' in asked.when)) throw new Error(`stuck: ${JSON.stringify(rejection)}`);
  const { fact } = asked.when;
  return { fact, value: plan.playbook.facts.find(({ id }) => id === fact)?.options[0]?.id ?? 'yes' };
}

const FIXTURES: readonly (readonly [string, Import, { steps: number; unreachable: number }])[] = [
  ['thehive/phishing.json', importTheHive, { steps: 8, unreachable: 0 }],
  ['thehive/ransomware-v5.json', importTheHive, { steps: 4, unreachable: 0 }],
  ['xsoar/call-tree.yml', importXsoar, { steps: 4, unreachable: 0 }],
  ['xsoar/phishing.yml', importXsoar, { steps: 13, unreachable: 1 }],
  ['xsoar/restore-loop.yml', importXsoar, { steps: 6, unreachable: 0 }],
  ['markdown/ransomware.md', importMarkdown, { steps: 10, unreachable: 0 }],
  ['markdown/phishing-plain.md', importMarkdown, { steps: 4, unreachable: 0 }],
  ['markdown/data-breach-zh.md', importMarkdown, { steps: 4, unreachable: 0 }],
];

describe.each(FIXTURES)('%s', (file, read, { steps, unreachable }) => {
  const text = readFileSync(`test/fixtures/${file}`, 'utf8');

  test('is imported with every step', () => {
    const result = sound(read(text));
    expect([result.steps.inSource, result.steps.unreachable.length]).toEqual([steps, unreachable]);
    expect(result.playbook?.origin?.format).toBe(file.split('/')[0]);
  });

  test('is imported the same way each time', () => {
    expect(read(text)).toEqual(read(text));
  });

  test('runs to its end, whatever is answered', () => {
    const machines = machinesOf(read(text));
    const rolls = fc.array(fc.nat({ max: 1000 }), { minLength: 7, maxLength: 31 });
    fc.assert(
      fc.property(rolls, (drawn) => {
        const done = walk(machines, drawn);
        expect(done.length).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });
});

test('a fork of the fixture is open at once, its join waits for both, and a failure leads where the label says', () => {
  const machines = machinesOf(importXsoar(readFileSync('test/fixtures/xsoar/phishing.yml', 'utf8')));
  let state = opened(machines);
  const open = () =>
    instances(machines.plan, state)
      .filter((one) => isOpen(statusOf(one.record)))
      .map((one) => one.id)
      .sort();
  const send = (type: string, step: string, data: JsonObject) => {
    const decision = decide(machines, state, { type, step, data }, lead, AT);
    if (decision.outcome === 'rejected') throw new Error(JSON.stringify(decision.rejection));
    state = decision.state;
  };
  const complete = (step: string, output: JsonObject = {}) => send('step.complete', step, { output });
  expect(open()).toEqual(['enrich-the-indicators', 'get-the-original-message']);
  complete('enrich-the-indicators');
  expect(open()).toEqual(['get-the-original-message']);
  complete('get-the-original-message');
  complete('is-it-malicious', { answer: 'yes' });
  expect(open()).toEqual(['ask-the-recipient', 'may-the-sender-be-blocked']);
  complete('may-the-sender-be-blocked', { answer: 'block' });
  complete('ask-the-recipient', { 'did-you-open-the-attachment': 'no' });
  expect(open()).toEqual(['block-the-sender']);
  send('step.fail', 'block-the-sender', { reason: 'the gateway is down' });
  expect(open()).toEqual(['block-the-sender-by-hand', 'purge-the-message-from-mailboxes']);
  complete('block-the-sender-by-hand');
  complete('purge-the-message-from-mailboxes');
  expect(open()).toEqual(['close-the-investigation']);
});

test('what looks like a secret is in neither the playbook nor the findings', () => {
  for (const [file, read, secret] of [
    ['xsoar/phishing.yml', importXsoar, 'hunter2-very-secret'],
    ['thehive/ransomware-v5.json', importTheHive, 'Winter2025x'],
  ] as const) {
    const text = readFileSync(`test/fixtures/${file}`, 'utf8');
    expect(text).toContain(secret);
    expect(JSON.stringify(read(text))).not.toContain(secret);
  }
});

const label = fc.constantFrom('#none#', '#default#', '#error#', 'yes', 'no', 'Later!', 'constructor');
const kind = fc.constantFrom('regular', 'condition', 'title', 'playbook', 'collection', 'section', 'odd');
const words = fc.oneof(
  fc.constantFrom('Done', '', 'Isolate', '隔離', 'constructor', 'gate'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const ways = fc.dictionary(label, fc.array(fc.nat({ max: 9 }), { maxLength: 3 }), { maxKeys: 3 });
const entry = fc.record({ type: kind, name: words, ways });

type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

/** `forward` lets tasks lead only to later ones, so that there are no circles. */
function xsoarOf(entries: readonly Entry[], forward: boolean): string {
  const tasks = entries.map(({ type, name, ways: next }, i): readonly [string, unknown] => {
    const nexttasks = Object.fromEntries(
      Object.entries(next).map(([key, to]) => [
        key,
        to.filter((target) => !forward || target > i).map(String),
      ]),
    );
    return [String(i), { id: String(i), type: i === 0 ? 'start' : type, task: { name }, nexttasks }];
  });
  return stringify({ id: 'x', name: 'X', version: -1, starttaskid: '0', tasks: Object.fromEntries(tasks) });
}

const entries = fc.array(entry, { minLength: 1, maxLength: 10 });
const forwardXsoar = entries.map((drawn) => xsoarOf(drawn, true));
const randomXsoar = fc.tuple(entries, fc.boolean()).map(([drawn, forward]) => xsoarOf(drawn, forward));

const randomTheHive = fc
  .record({
    name: fc.oneof(words, fc.jsonValue()),
    tlp: fc.oneof(fc.nat({ max: 5 }), fc.jsonValue()),
    customFields: fc.oneof(fc.jsonValue(), fc.dictionary(words, fc.jsonValue())),
    tasks: fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record(
          { title: words, group: words, order: fc.integer(), description: words, mandatory: fc.boolean() },
          { requiredKeys: [] },
        ),
      ),
      { maxLength: 8 },
    ),
  })
  .map((template) => JSON.stringify(template));

const line = fc.oneof(
  fc.constantFrom(
    '',
    '# A',
    '## B',
    '### B',
    '- [ ] x',
    '  - [ ] y',
    '1. z',
    '   - Owner: O',
    '> - [ ] q',
    '```',
    '---',
    '| a |',
    '<!--',
    '-->',
    '===',
  ),
  fc
    .tuple(fc.constantFrom('', '  ', '    ', '\t', '- ', '- [ ] ', '1) ', '# ', '## '), words)
    .map(([mark, text]) => mark + text),
);
const randomMarkdown = fc.array(line, { maxLength: 25 }).map((lines) => lines.join('\n'));

const GENERATED: readonly (readonly [string, Import, fc.Arbitrary<string>])[] = [
  ['XSOAR', importXsoar, randomXsoar],
  ['TheHive', importTheHive, randomTheHive],
  ['Markdown', importMarkdown, randomMarkdown],
];

describe.each(GENERATED)('random documents of %s', (_, read, documents) => {
  test('never throw and lose no step', () => {
    fc.assert(
      fc.property(documents, fc.constantFrom('free' as const, 'sequence' as const), (text, order) => {
        sound(read(text, { order }));
      }),
      { numRuns: 120 },
    );
  });

  test('run to their end where they are imported', () => {
    const rolls = fc.array(fc.nat({ max: 1000 }), { minLength: 5, maxLength: 17 });
    fc.assert(
      fc.property(documents, rolls, (text, drawn) => {
        const result = read(text);
        fc.pre(result.playbook !== undefined && result.playbook.closure.length === 0);
        walk(machinesOf(result), drawn);
      }),
      { numRuns: 60 },
    );
  });
});

/** What XSOAR would have done of a playbook without circles: whatever a task that was done leads to. */
function doneByXsoar(text: string, answers: ReadonlyMap<string, string>): ReadonlySet<string> {
  const { tasks } = parse(text) as {
    tasks: Record<string, { type: string; nexttasks: Record<string, string[]> }>;
  };
  const done = new Set(['0']);
  for (const [key, { type, nexttasks }] of Object.entries(tasks)) {
    if (!done.has(key)) continue;
    for (const [way, to] of Object.entries(nexttasks)) {
      const taken = way === '#none#' || (type === 'condition' ? way === answers.get(key) : way !== '#error#');
      if (taken) for (const target of to) done.add(target);
    }
  }
  return done;
}

test('a playbook without circles does here what it did in XSOAR, given the same answers', () => {
  const rolls = fc.array(fc.nat({ max: 1000 }), { minLength: 5, maxLength: 17 });
  fc.assert(
    fc.property(forwardXsoar, rolls, (text, drawn) => {
      const result = importXsoar(text);
      fc.pre(result.playbook !== undefined);
      const machines = machinesOf(result);
      const done = walk(machines, drawn);
      const keyOf = new Map(
        result.steps.mapped.flatMap(({ source, became }) =>
          became.map((id) => [id, source.replace('#/tasks/', '')]),
        ),
      );
      const answers = new Map(
        done.flatMap(({ id, answer }) => {
          const step = machines.plan.steps.get(id)?.step;
          const title =
            step?.kind === 'decision' ? step.answers.find((one) => one.id === answer)?.title.en : undefined;
          return title === undefined
            ? []
            : [[keyOf.get(id) ?? '', title === 'None of these' ? '#default#' : title]];
        }),
      );
      const here = done.flatMap(({ id }) => keyOf.get(id) ?? []).sort();
      const there = doneByXsoar(text, answers);
      const work = result.steps.mapped
        .filter(({ became }) => became.length > 0)
        .map(({ source }) => source.replace('#/tasks/', ''));
      expect(here).toEqual(work.filter((key) => there.has(key)).sort());
    }),
    { numRuns: 100 },
  );
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  [
    'a bomb of aliases',
    `a: &a [1,1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
      .split('')
      .map((key, i) => `${key}: &${key} [${`*${'abcdefgh'[i] ?? ''},`.repeat(10)}1]`)
      .join('\n')}\ntasks: {}`,
  ],
  ['brackets', '['.repeat(200_000)],
  ['braces', '{"a":'.repeat(100_000)],
  ['depth by indentation', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}- `).join('\n')],
  ['too long', '- [ ] x\n'.repeat(200_000)],
  [
    'a prototype',
    '{"name":"x","tasks":[{"title":"t","__proto__":{"polluted":1}}],"__proto__":{"polluted":1}}',
  ],
  ['half characters', '{"name":"\\ud800","tasks":[{"title":"\\udfff \\u0000"}]}'],
  ['one long line of marks', `# T\n\n1. ${'*'.repeat(50_000)}${'`'.repeat(50_000)}${'['.repeat(50_000)}`],
  [
    'one long line of spaces',
    `# T\n\n1. a${' '.repeat(200_000)}b\n${' '.repeat(100_000)}#${' '.repeat(100_000)}x`,
  ],
  ['a circle of aliases', 'tasks: &a {b: [*a, *a, *a], c: *a}'],
  ['as many keys as fit', `{"tasks":{${Array.from({ length: 60_000 }, (_, i) => `"${i}":{}`).join()}}}`],
  ['letters without an end', `1. ${'a'.repeat(400_000)}${'-eyJ'.repeat(100_000)}`],
  ['as many items as fit', '- [ ] a\n'.repeat(125_000)],
  ['as many headings as fit', `${'# a\n'.repeat(120_000)}- [ ] x`],
];

test.each(HOSTILE)('hostile text is read without harm, and soon: %s', (_, text) => {
  for (const read of [importXsoar, importTheHive, importMarkdown]) {
    const before = process.cpuUsage();
    const result = read(text);
    const { user, system } = process.cpuUsage(before);
    sound(result);
    expect((user + system) / 1000).toBeLessThan(5000);
  }
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});
