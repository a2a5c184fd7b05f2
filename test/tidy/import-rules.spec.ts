/**
 * The import rules, tried on a small tree of their own: what the table lists passes, what it leaves out is found.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { root } from './tree.js';

const rooms = [
  'kernel',
  'audit',
  'contracts',
  'playbook',
  'engine',
  'runtime',
  'store',
  'actions',
  'testkit',
];
const packages = ['xstate', 'yaml', 'zod', 'typeorm', 'pg', 'nodemailer', 'left-pad', '@jest/globals'];

const allowed = {
  'libs/kernel/src/ids.ts': "import { randomBytes } from 'node:crypto'; export const id = randomBytes;",
  'libs/audit/src/leaf.ts': "import { kernel } from '@cordon/kernel'; export const leaf = kernel;",
  'libs/contracts/src/incident.ts': "import { z } from 'zod'; export const incident = z;",
  'libs/playbook/src/statechart.ts':
    "import { x } from 'xstate'; import { y } from 'yaml'; export const s = [x, y];",
  'libs/engine/src/xstate.ts': "import { x } from 'xstate'; export const e = x;",
  'libs/engine/src/decide.ts':
    "import { playbook } from '@cordon/playbook'; import type { audit } from '@cordon/audit'; export const d = (a: typeof audit) => [playbook, a];",
  'libs/store/src/tables.ts':
    "import { t } from 'typeorm'; import { p } from 'pg'; export const tables = [t, p];",
  'libs/runtime/src/open.spec.ts':
    "import { test } from '@jest/globals'; import { testkit } from '@cordon/testkit'; test('x', () => testkit);",
  'libs/engine/src/xstate.spec.ts': "import { x } from 'xstate'; export const e = x;",
  'libs/store/src/tables.spec.ts':
    "import { database } from '../../../test/support/database.js'; export const d = database;",
  'test/support/database.ts': "import { store } from '@cordon/store'; export const database = store;",
  'apps/server/src/app.ts': "import { store } from '@cordon/store'; export const app = store;",
  'apps/cli/src/cordon.ts':
    "import { audit } from '@cordon/audit'; import { readFileSync } from 'node:fs'; export const c = [audit, readFileSync];",
  'test/e2e/start.spec.ts':
    "import { app } from '../../apps/server/src/app.js'; import { store } from '@cordon/store'; export const s = [app, store];",
};

/** Each a file that breaks one rule, and the name of the rule that must say so. */
const forbidden: [rule: string, file: string, code: string][] = [
  ['kernel: npm packages', 'libs/kernel/src/a.ts', "import { z } from 'zod'; export const a = z;"],
  [
    'kernel: workspace imports',
    'libs/kernel/src/b.ts',
    "import { audit } from '@cordon/audit'; export const b = audit;",
  ],
  [
    'kernel: no input or output',
    'libs/kernel/src/c.ts',
    "import { readFileSync } from 'node:fs'; export const c = readFileSync;",
  ],
  [
    'audit: workspace imports',
    'libs/audit/src/a.ts',
    "import { runtime } from '@cordon/runtime'; export const a = runtime;",
  ],
  ['contracts: npm packages', 'libs/contracts/src/a.ts', "import { l } from 'left-pad'; export const a = l;"],
  ['xstate: confined', 'libs/playbook/src/lint.ts', "import { x } from 'xstate'; export const a = x;"],
  ['xstate: confined', 'libs/engine/src/a.ts', "import type { x } from 'xstate'; export type A = typeof x;"],
  [
    'engine: types only',
    'libs/engine/src/b.ts',
    "import { audit } from '@cordon/audit'; export const b = audit;",
  ],
  [
    'engine: workspace imports',
    'libs/engine/src/c.ts',
    "import { store } from '@cordon/store'; export const c = store;",
  ],
  ['runtime: npm packages', 'libs/runtime/src/a.ts', "import { p } from 'pg'; export const a = p;"],
  [
    'runtime: workspace imports',
    'libs/runtime/src/b.ts',
    "import { testkit } from '@cordon/testkit'; export const b = testkit;",
  ],
  [
    'runtime: workspace imports',
    'libs/runtime/src/c.ts',
    "import type { store } from '@cordon/store'; export type C = typeof store;",
  ],
  [
    'store: types only',
    'libs/store/src/a.ts',
    "import { engine } from '@cordon/engine'; export const a = engine;",
  ],
  [
    'store: workspace imports',
    'libs/store/src/c.ts',
    "import { database } from '../../../test/support/database.js'; export const c = database;",
  ],
  [
    'store: workspace imports of specs',
    'libs/store/src/d.spec.ts',
    "import { s } from '../../../test/e2e/start.spec.js'; export const d = s;",
  ],
  ['store: npm packages', 'libs/store/src/b.ts', "import { n } from 'nodemailer'; export const b = n;"],
  [
    'actions: workspace imports',
    'libs/actions/src/a.ts',
    "export const a = async () => import('@cordon/store');",
  ],
  [
    'server: workspace imports',
    'apps/server/src/a.ts',
    "import { testkit } from '@cordon/testkit'; export const a = testkit;",
  ],
  [
    'cli: workspace imports',
    'apps/cli/src/a.ts',
    "import { app } from '../../server/src/app.js'; export const a = app;",
  ],
  ['cli: npm packages', 'apps/cli/src/b.ts', "import { l } from 'left-pad'; export const b = l;"],
  [
    'resolvable',
    'libs/runtime/src/d.ts',
    "import { leaf } from '@cordon/audit/src/leaf.js'; export const d = leaf;",
  ],
  [
    'rooms import each other by package name',
    'libs/runtime/src/e.ts',
    "import { audit } from '../../audit/src/index.js'; export const e = audit;",
  ],
  [
    'tests reach libs through the public entry',
    'test/e2e/a.spec.ts',
    "import { leaf } from '../../libs/audit/src/leaf.js'; export const a = leaf;",
  ],
  ['no cycles', 'libs/audit/src/d.ts', "import { d } from './e.js'; export const e = d;"],
  [
    'no unlisted room',
    'libs/helpers/src/a.ts',
    "import { kernel } from '@cordon/kernel'; export const a = kernel;",
  ],
  ['resolvable', 'libs/audit/src/f.ts', "import { nowhere } from './nowhere.js'; export const f = nowhere;"],
  ['specs are not imported', 'libs/audit/src/g.ts', "import { s } from './h.spec.js'; export const g = s;"],
];

const others = {
  'libs/audit/src/e.ts': "import { e } from './d.js'; export const d = e;",
  'libs/audit/src/h.spec.ts': 'export const s = 1;',
};

interface Violation {
  readonly from: string;
  readonly rule: string;
}

let tree: string;
let violations: Violation[];

beforeAll(() => {
  tree = realpathSync(mkdtempSync(join(tmpdir(), 'cordon-imports-')));
  layTree();
  violations = cruise();
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('the import rules', () => {
  test.each(Object.keys(allowed))('let %s pass', (file) => {
    expect(violations.filter((violation) => violation.from === file)).toEqual([]);
  });

  test.each(forbidden)('find "%s" in %s', (rule, file) => {
    expect(
      violations.filter((violation) => violation.from === file).map((violation) => violation.rule),
    ).toContain(rule);
  });
});

function layTree(): void {
  write('package.json', { name: 'tree', private: true, workspaces: ['libs/*', 'apps/*'] });
  const dependencies = Object.fromEntries(
    [...packages, ...rooms.map((room) => `@cordon/${room}`)].map((name) => [name, '*']),
  );
  for (const app of ['server', 'cli'])
    write(`apps/${app}/package.json`, { name: `@cordon/${app}`, type: 'module', dependencies });
  const exports = {
    '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
  };
  mkdirSync(join(tree, 'node_modules/@cordon'), { recursive: true });
  for (const room of [...rooms, 'helpers']) {
    write(`libs/${room}/package.json`, { name: `@cordon/${room}`, type: 'module', exports, dependencies });
    write(`libs/${room}/src/index.ts`, `export const ${room} = 1;`);
    write(`libs/${room}/dist/index.js`, `export const ${room} = 1;`);
    symlinkSync(join('..', '..', 'libs', room), join(tree, 'node_modules/@cordon', room), 'dir');
  }
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, {
      name,
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
    });
    write(
      `node_modules/${name}/index.js`,
      'export const x = 1, y = 1, z = 1, t = 1, p = 1, n = 1, l = 1, test = 1;',
    );
  }
  for (const [file, code] of Object.entries({ ...allowed, ...others })) write(file, code);
  for (const [, file, code] of forbidden) write(file, code);
}

function write(file: string, content: string | object): void {
  mkdirSync(join(tree, dirname(file)), { recursive: true });
  writeFileSync(join(tree, file), typeof content === 'string' ? content : JSON.stringify(content));
}

function cruise(): Violation[] {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.config/dependency-cruiser.cjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [program, '--config', config, '--output-type', 'json', 'apps', 'libs', 'test'],
    { cwd: tree, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(`dependency-cruiser printed nothing: ${stderr}`);
  const result = JSON.parse(stdout) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return result.summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
}
