/** Hostile and outsized documents: each is answered, in bounded time, and nothing is thrown. */
import { describe, expect, test } from '@jest/globals';
import { importCacao, type ImportResult } from '@cordon/exchange';
import { walkToEnd } from '../support/walk-playbook.js';

type Steps = Record<string, Record<string, unknown>>;

const id = (type: string, n: number): string =>
  `${type}--${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

function documentOf(workflow: Steps, more: object = {}): string {
  return JSON.stringify({
    ...{ type: 'playbook', spec_version: 'cacao-2.0', name: 'Big', id: id('playbook', 1) },
    created_by: id('identity', 1),
    ...{ created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z' },
    workflow_start: id('start', 0),
    workflow,
    ...more,
  });
}

const action = (n: number, next: string): Record<string, unknown> => ({
  ...{ type: 'action', name: `Step ${n}`, commands: [{ type: 'manual', command: 'x' }], on_completion: next },
});

function errorsOf({ findings }: ImportResult): readonly string[] {
  return findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

/** A construct of the type inside each other, `depth` deep. */
function nested(type: 'if-condition' | 'while-condition' | 'parallel', depth: number): string {
  const workflow: Steps = { [id('start', 0)]: { type: 'start', on_completion: id(type, 1) } };
  for (let n = 1; n <= depth; n += 1) {
    const inner = n === depth ? id('action', n) : id(type, n + 1);
    const ways =
      type === 'parallel'
        ? { next_steps: [inner, id('action', 1000 + n)] }
        : { condition: 'is it so', on_true: inner };
    workflow[id(type, n)] = { type, ...ways, on_completion: id('end', n) };
    workflow[id('end', n)] = { type: 'end' };
    if (type === 'parallel') {
      workflow[id('action', 1000 + n)] = action(1000 + n, id('end', 2000 + n));
      workflow[id('end', 2000 + n)] = { type: 'end' };
    }
  }
  workflow[id('action', depth)] = action(depth, id('end', 5000));
  workflow[id('end', 5000)] = { type: 'end' };
  return documentOf(workflow);
}

function chain(length: number): string {
  const workflow: Steps = { [id('start', 0)]: { type: 'start', on_completion: id('action', 1) } };
  for (let n = 1; n <= length; n += 1)
    workflow[id('action', n)] = action(n, n === length ? id('end', 1) : id('action', n + 1));
  workflow[id('end', 1)] = { type: 'end' };
  return documentOf(workflow);
}

describe('outsized documents', () => {
  test('as many steps as a playbook may have are read, and one more is refused', () => {
    expect(importCacao(chain(498)).playbook?.phases[0]?.blocks).toHaveLength(498);
    expect(errorsOf(importCacao(chain(499)))).toEqual([expect.stringContaining('at most 500 steps')]);
  });

  test('delays that make more steps than a playbook may have are refused, and the reason is named', () => {
    const text = chain(400).replaceAll('"type":"action"', '"type":"action","delay":1000');
    expect(errorsOf(importCacao(text))).toEqual([expect.stringContaining('at most 500 steps')]);
  });

  test('conditions inside each other, deeper than a playbook nests, become a graph and run', () => {
    for (const type of ['if-condition', 'parallel'] as const) {
      const result = importCacao(nested(type, 40));
      expect(errorsOf(result)).toEqual([]);
      if (!result.playbook) throw new Error('the document imports');
      const walk = walkToEnd(result.playbook, {
        choose: ([step]) => {
          if (!step) throw new Error('something is open');
          return [step, { type: 'complete', output: step.kind === 'decision' ? { answer: 'yes' } : {} }];
        },
      });
      expect(walk.done).toHaveLength(41);
    }
  });

  test('loops inside each other, deeper than a playbook nests, are refused', () => {
    expect(errorsOf(importCacao(nested('while-condition', 40)))).toEqual([
      expect.stringContaining('levels deep'),
    ]);
  });

  test('constructs hundreds deep are answered', () => {
    for (const type of ['if-condition', 'parallel'] as const) {
      const result = importCacao(nested(type, type === 'parallel' ? 80 : 240));
      expect(errorsOf(result)).toEqual([]);
      expect(result.playbook).toBeDefined();
    }
  });

  test('hundreds of steps that all lead to the exception handling when they fail are one graph', () => {
    const handler = { [id('action', 900)]: action(900, id('end', 1)) };
    const { workflow } = JSON.parse(chain(400)) as { workflow: Steps };
    const result = importCacao(
      documentOf({ ...workflow, ...handler }, { workflow_exception: id('action', 900) }),
    );
    expect(errorsOf(result)).toEqual([]);
    expect(result.playbook?.phases[0]?.blocks).toMatchObject([{ kind: 'graph', nodes: { length: 401 } }]);
  });

  test('an extension as deep as a document may be is kept', () => {
    const deep = `${'['.repeat(57)}${']'.repeat(57)}`;
    const result = importCacao(chain(1).replace('"name":"Big"', `"name":"Big","x":${deep}`));
    expect(errorsOf(result)).toEqual([]);
    expect(JSON.stringify(result.playbook?.origin)).toContain(deep);
  });

  test('a circle of hundreds of steps is named in one finding', () => {
    const text = chain(400).replace(
      `"on_completion":"${id('end', 1)}"`,
      `"on_completion":"${id('action', 2)}"`,
    );
    const errors = errorsOf(importCacao(text));
    expect(errors).toEqual([expect.stringContaining('and 379 more')]);
  });

  test('a text of more than a megabyte is refused before it is read', () => {
    expect(errorsOf(importCacao(' '.repeat(1_000_001)))).toEqual([
      expect.stringContaining('1000000 characters'),
    ]);
  });

  test('a step whose text is longer than instructions may be is shortened, and a finding says so', () => {
    const text = chain(1).replace('"command":"x"', `"command":"${'word '.repeat(4000)}"`);
    const { playbook, findings } = importCacao(text);
    expect(JSON.stringify(playbook?.phases)).toContain('Shortened');
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('only in the original'),
    );
  });
});

describe('texts that would keep a careless pattern busy', () => {
  test.each([
    ['underscores', '_'.repeat(900_000)],
    ['names of secrets', 'password: x'.repeat(80_000).replaceAll(' ', ' ')],
    ['beginnings of tokens', 'eyJ-'.repeat(200_000)],
    ['token without spaces', 'token:'.repeat(150_000)],
    ['beginnings of keys', '-----BEGIN PRIVATE '.repeat(45_000)],
    ['addresses', 'a://b:c'.repeat(120_000)],
    ['escapes', '\n"\\'.repeat(200_000)],
    ['spaces', `authorization${' '.repeat(800_000)}`],
    ['brackets and words', '[NOT ('.repeat(150_000)],
    ['ticks', '`'.repeat(900_000)],
  ])('%s', (_what, words) => {
    const workflow = {
      [id('start', 0)]: { type: 'start', on_completion: id('if-condition', 1) },
      [id('if-condition', 1)]: {
        type: 'if-condition',
        condition: 'x',
        on_true: id('action', 1),
        on_completion: id('end', 2),
      },
      [id('action', 1)]: action(1, id('end', 1)),
      [id('end', 1)]: { type: 'end' },
      [id('end', 2)]: { type: 'end' },
    };
    const start = performance.now();
    for (const place of ['"name":"Step 1"', '"condition":"x"', '"command":"x"']) {
      const [member = ''] = place.split(':');
      const result = importCacao(
        documentOf(workflow).replace(
          place,
          () =>
            `${member}:${JSON.stringify(words)
              .slice(0, 990_000)
              .replace(/\\*"?$/, '')}"`,
        ),
      );
      expect(result.steps.inSource).toBe(5);
    }
    // A pattern that goes back and forth over such a text takes minutes; a slow machine takes seconds.
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('hostile documents', () => {
  test.each([
    ['two members of one name', '{"type": "playbook", "type": "playbook"}', 'twice'],
    ['a prototype', '{"type": "playbook", "__proto__": {"spec_version": "cacao-2.0"}}', '__proto__'],
    ['half a character', '{"type": "playbook", "name": "\\ud83d"}', 'half a character'],
    ['a number without end', '{"type": "playbook", "priority": 1e999}', 'too large'],
    ['brackets without end', `{"type": ${'['.repeat(900_000)}`, 'deeper than'],
    ['no object', '[]', 'no CACAO playbook'],
    ['another version', '{"type": "playbook", "spec_version": "1.0"}', 'version 1.0'],
    ['no workflow', '{"type": "playbook", "spec_version": "cacao-2.0"}', 'workflow'],
    ['steps that are no objects', documentOf({ [id('start', 0)]: [] as never }), 'no object'],
    [
      'pointers that are no ids',
      documentOf({ [id('start', 0)]: { type: 'start', on_completion: { a: 1 } } }),
      'does not name one step',
    ],
    [
      'a start that leads to its end',
      documentOf({
        [id('start', 0)]: { type: 'start', on_completion: id('end', 1) },
        [id('end', 1)]: { type: 'end' },
      }),
      'no step that anybody would do',
    ],
  ])('%s', (_what, text, message) => {
    const result = importCacao(text);
    expect(errorsOf(result)).toContainEqual(expect.stringContaining(message));
    expect(result.source).toBeUndefined();
    expect(result.steps.inSource).toBe(result.steps.reachable + result.steps.unreachable.length);
  });

  test('members that every object inherits are no steps, variables or agents', () => {
    const text = documentOf(
      {
        [id('start', 0)]: { type: 'start', on_completion: id('action', 1) },
        [id('action', 1)]: {
          ...action(1, id('end', 1)),
          agent: 'constructor',
          targets: ['toString'],
          in_args: ['valueOf'],
        },
        [id('end', 1)]: { type: 'end' },
      },
      { workflow_exception: 'hasOwnProperty' },
    );
    expect(errorsOf(importCacao(text))).toEqual([]);
  });

  test('a step type that nobody knows is a step for a person, with what was written', () => {
    const text = documentOf({
      [id('start', 0)]: { type: 'start', on_completion: id('teleport', 1) },
      [id('teleport', 1)]: { type: 'teleport', name: 'Beam up', to: 'the ship', on_completion: id('end', 1) },
      [id('end', 1)]: { type: 'end' },
    });
    const { playbook, findings } = importCacao(text);
    expect(playbook?.phases[0]?.blocks[0]).toMatchObject({
      kind: 'task',
      title: { en: 'Beam up' },
      instructions: { en: expect.stringContaining('the ship') },
    });
    expect(findings.map(({ pointer }) => pointer)).toContain(`/workflow/${id('teleport', 1)}/type`);
  });

  test('steps that nothing leads to are counted, and each is named', () => {
    const text = documentOf({
      [id('start', 0)]: { type: 'start', on_completion: id('action', 1) },
      [id('action', 1)]: action(1, id('end', 1)),
      [id('action', 2)]: action(2, id('end', 1)),
      [id('end', 1)]: { type: 'end' },
    });
    const { steps, findings } = importCacao(text);
    expect(steps).toMatchObject({
      inSource: 4,
      reachable: 3,
      unreachable: [`#/workflow/${id('action', 2)}`],
    });
    expect(findings).toContainEqual({
      severity: 'warning',
      pointer: `/workflow/${id('action', 2)}`,
      message: expect.stringContaining('never come to'),
    });
  });
});
