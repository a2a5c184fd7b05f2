import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isAction } from '../access/policy.js';
import { configurationText } from './configuration-text.js';
import { permissionsText } from './permissions-text.js';
import { openApiText } from './openapi-text.js';

const read = (name: string): Promise<string> => readFile(join(process.cwd(), 'docs', name), 'utf8');

// After a change: npm run build, then node apps/server/dist/write-docs.js
test('docs/configuration.md is current', async () => {
  expect(await read('configuration.md')).toBe(configurationText());
});

test('docs/permissions.md is current', async () => {
  expect(await read('permissions.md')).toBe(permissionsText());
});

test('docs/openapi.json is current', async () => {
  expect(await read('openapi.json')).toBe(await openApiText());
});

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security?: unknown;
  readonly 'x-cordon-action'?: string;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly additionalProperties?: unknown }>>;
  };
}

test('the description is OpenAPI 3.1 whose references all lead somewhere', async () => {
  const text = await openApiText();
  const document = JSON.parse(text) as Document;
  expect(document.openapi).toMatch(/^3\.1/);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    expect(Object.keys(document.components.schemas)).toContain(name);
  }
  expect(text).not.toContain('$defs');
});

test('every operation says its action, asks for a token or a session unless it is public, and may answer a problem; bodies refuse unknown members', async () => {
  const { paths, components } = JSON.parse(await openApiText()) as Document;
  for (const operation of Object.values(paths).flatMap((item) => Object.values(item))) {
    const action = operation['x-cordon-action'];
    expect(isAction(action)).toBe(true);
    expect(operation.security).toEqual(
      action === 'public' ? undefined : expect.arrayContaining([{ bearer: [] }, { session: [] }]),
    );
    expect(operation.responses).toHaveProperty('default');
  }
  for (const name of ['Event', 'OpenIncident', 'NewToken', 'BulkTasks']) {
    expect(components.schemas[name]?.additionalProperties).toBe(false);
  }
  const submit = paths['/api/v1/incidents/{ref}/events']?.['post'];
  expect(submit?.parameters?.map(({ name, required }) => [name, required])).toEqual(
    expect.arrayContaining([
      ['ref', true],
      ['Idempotency-Key', true],
      ['If-Match', false],
    ]),
  );
});
