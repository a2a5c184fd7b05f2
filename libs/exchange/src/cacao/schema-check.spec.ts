import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '@cordon/kernel';
import { OFFICIAL_SCHEMAS, schemaProblems } from './schema-check.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../../../test/fixtures/cacao');

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesUnder(path);
    return name.endsWith('.json') ? [path] : [];
  });
}

const idOf = (schema: unknown): string => String((schema as { $id?: string }).$id);
const byId = (a: unknown, b: unknown): number => (idOf(a) < idOf(b) ? -1 : 1);

test('the schemas that ship are the official ones, every one and unchanged', () => {
  const official = filesUnder(join(fixtures, 'schemas')).map(
    (file) => JSON.parse(readFileSync(file, 'utf8')) as unknown,
  );
  const shipped = OFFICIAL_SCHEMAS.map((text) => JSON.parse(text) as unknown);
  expect(shipped.sort(byId)).toEqual(official.sort(byId));
});

describe('a document', () => {
  const text = readFileSync(join(fixtures, 'examples/oasis-basic-example-1.json'), 'utf8');
  const example = JSON.parse(text) as JsonObject;
  const [id = ''] = Object.keys(example['workflow'] as JsonObject).filter((key) =>
    key.startsWith('action--'),
  );
  const action = (example['workflow'] as JsonObject)[id] as JsonObject;
  const changed = (change: JsonObject): Json => ({
    ...example,
    workflow: { ...(example['workflow'] as JsonObject), [id]: { ...action, ...change } },
  });
  const pointer = `/workflow/${id}`;

  test("that is the standard's own example has no problem", () => {
    expect(schemaProblems(example)).toEqual([]);
  });

  test('that lacks what it must have says what, and where', () => {
    const { name: _name, ...nameless } = example;
    expect(schemaProblems(nameless)).toEqual([{ pointer: '', message: expect.stringContaining("'name'") }]);
    expect(schemaProblems(changed({ agent: 'me' }))).toEqual([
      { pointer: `${pointer}/agent`, message: expect.stringContaining('form') },
    ]);
  });

  test('that raises a known false alarm is told why it is one', () => {
    for (const change of [{ targets: [] }, { delay: 0 }, { agent: '__who__:value' }]) {
      const problems = schemaProblems(changed(change));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ known: expect.any(String) });
    }
    const { agent: _agent, ...nobody } = action;
    const without = { ...example, workflow: { ...(example['workflow'] as JsonObject), [id]: nobody } };
    expect(schemaProblems(without)).toEqual([
      { pointer, message: expect.any(String), known: expect.any(String) },
    ]);
  });
});
