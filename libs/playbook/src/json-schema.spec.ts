import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { JsonObject } from '@cordon/kernel';
import { playbookSchema } from './json-schema.js';

const file = new URL('../../../playbooks/playbook.schema.json', import.meta.url);

/** `UPDATE_SCHEMA=1 npm test -- libs/playbook/src/json-schema` writes the file anew. */
test('playbooks/playbook.schema.json says what the language is', () => {
  const made = `${JSON.stringify(playbookSchema(), null, 2)}\n`;
  if (process.env.UPDATE_SCHEMA) writeFileSync(file, made);
  expect(readFileSync(file, 'utf8')).toBe(made);
});

test('every kind of step is described with all its keys, and no other key is allowed', () => {
  const defs = playbookSchema().$defs as Record<string, JsonObject>;
  for (const kind of ['task', 'notice', 'decision', 'approval', 'action', 'wait']) {
    const described = defs[kind.charAt(0).toUpperCase() + kind.slice(1)];
    expect(described).toMatchObject({
      additionalProperties: false,
      properties: { [kind]: { type: 'string' } },
    });
    expect(described?.properties).toHaveProperty('due');
  }
});
