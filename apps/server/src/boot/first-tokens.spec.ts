import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tokenHash } from '../access/token-text.js';
import { loadConfig } from '../config.js';
import { FakeTokens } from '../testing/fake-store.js';
import { ensureAdministrator } from './first-tokens.js';

const clock = { now: () => 1_000 };
let folder: string;
let tokens: FakeTokens;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-'));
  tokens = new FakeTokens();
});
afterEach(() => rm(folder, { recursive: true }));

const ensure = (more: Record<string, string> = {}) =>
  ensureAdministrator(loadConfig({ CORDON_DATA_DIR: join(folder, 'data'), ...more }), tokens, clock);

async function contents(file: string | undefined): Promise<string> {
  return (await readFile(file ?? '', 'utf8')).trim();
}

test('the first start leaves an administrator’s token in a file that its owner alone may read', async () => {
  const file = await ensure();
  expect(file).toBe(join(folder, 'data', 'admin-token'));
  expect(await tokens.byHash(tokenHash(await contents(file)))).toMatchObject({ roles: ['administrator'] });
  expect((await stat(file ?? '')).mode & 0o777).toBe(0o600);
});

test('later starts keep the token; its file is closed to others again', async () => {
  const file = await ensure();
  const text = await contents(file);
  await writeFile(file ?? '', `${text}\n`, { mode: 0o644 });
  await ensure();
  expect(await contents(file)).toBe(text);
  expect(await tokens.list()).toHaveLength(1);
});

test('a token that was revoked, or that this database does not know, is replaced', async () => {
  const file = await ensure();
  const [first] = await tokens.list();
  await tokens.revoke(first?.id ?? '', 5);
  await ensure();
  expect(await tokens.list()).toHaveLength(2);
  await writeFile(file ?? '', 'cdn_of-another-database\n');
  await ensure();
  expect(await tokens.list()).toHaveLength(3);
  expect(await tokens.byHash(tokenHash(await contents(file)))).toMatchObject({
    id: (await tokens.list())[2]?.id,
  });
});

test('with a bootstrap token there is exactly that token and no file, however often it starts', async () => {
  const text = 'bootstrap-'.repeat(4);
  for (let i = 0; i < 2; i += 1) expect(await ensure({ CORDON_BOOTSTRAP_TOKEN: text })).toBeUndefined();
  expect(await tokens.list()).toHaveLength(1);
  expect(await tokens.byHash(tokenHash(text))).toMatchObject({ roles: ['administrator'] });
});

test('a bootstrap token that was revoked stays revoked', async () => {
  const text = 'bootstrap-'.repeat(4);
  await ensure({ CORDON_BOOTSTRAP_TOKEN: text });
  await tokens.revoke((await tokens.list())[0]?.id ?? '', 5);
  await ensure({ CORDON_BOOTSTRAP_TOKEN: text });
  expect(await tokens.byHash(tokenHash(text))).toMatchObject({ revokedAt: 5 });
});

test('two processes that start at once with the same bootstrap token both start', async () => {
  const text = 'bootstrap-'.repeat(4);
  await Promise.all([ensure({ CORDON_BOOTSTRAP_TOKEN: text }), ensure({ CORDON_BOOTSTRAP_TOKEN: text })]);
  expect(await tokens.list()).toHaveLength(1);
});
