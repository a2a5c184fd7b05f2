import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const typescript = ['**/*.ts', '**/*.tsx'];
const tests = ['**/*.spec.ts', 'test/**', 'libs/testkit/**'];
const pureRooms = ['kernel', 'audit', 'playbook', 'obligations', 'engine'].map(
  (room) => `libs/${room}/src/**/*.ts`,
);

const exportAll = {
  selector: 'ExportAllDeclaration',
  message: 'Name what you export: a public surface is a list that somebody chose.',
};
const clockless =
  'Time and chance reach this room as arguments, so that the same input gives the same answer again.';
const noClock = {
  'no-restricted-syntax': [
    'error',
    exportAll,
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: clockless },
    { selector: "CallExpression[callee.name='Date']", message: clockless },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: clockless },
    { object: 'Math', property: 'random', message: clockless },
    { object: 'performance', property: 'now', message: clockless },
    { object: 'process', property: 'hrtime', message: clockless },
    { object: 'crypto', property: 'randomUUID', message: clockless },
  ],
};

const typeAware = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-array-delete': 'error',
  '@typescript-eslint/no-base-to-string': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-for-in-array': 'error',
  '@typescript-eslint/no-implied-eval': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/prefer-promise-reject-errors': 'error',
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

export default defineConfig(
  globalIgnores(['**/dist/', '**/fixtures/', 'coverage/', 'docs/', 'playbooks/', '.cordon/', '.demo/']),
  js.configs.recommended,
  {
    name: 'cordon/all',
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      complexity: ['error', { max: 20, variant: 'modified' }],
      eqeqeq: 'error',
      'max-depth': ['error', 4],
      'max-lines': ['error', 500],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', exportAll],
      'no-template-curly-in-string': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    name: 'cordon/node-scripts',
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'module',
          'require',
          '__dirname',
          'setTimeout',
          'clearTimeout',
          'fetch',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    name: 'cordon/typescript',
    files: typescript,
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: {
        project: ['.config/tsconfig.lint.json', 'apps/web/tsconfig*.json', 'apps/checker/tsconfig.json'],
        tsconfigRootDir: root,
      },
    },
    rules: {
      ...typeAware,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          caughtErrorsIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
    },
  },
  {
    // Where decorator metadata is emitted (entities, controllers) an import that looks like a type is a value.
    name: 'cordon/type-imports',
    files: typescript,
    ignores: ['libs/store/**', 'apps/server/**'],
    rules: { '@typescript-eslint/consistent-type-imports': 'error' },
  },
  {
    name: 'cordon/no-clock',
    files: pureRooms,
    ignores: ['libs/kernel/src/clock.ts', '**/*.spec.ts'],
    rules: noClock,
  },
  {
    name: 'cordon/no-console',
    files: ['libs/**/*.ts', 'apps/server/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    name: 'cordon/tests',
    files: tests,
    rules: { complexity: 'off', 'max-lines-per-function': 'off' },
  },
);
