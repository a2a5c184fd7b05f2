import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openNote, parseVkey } from '@cordon/audit';
import { announcedKeys } from '@cordon/runtime';
import { FolderKeys } from '@cordon/store';
import { SimulatedClock } from '@cordon/testkit';
import { ConfigError, loadConfig } from '../config.js';
import { makeLog } from '../log.js';
import { logDeployment, type LogDeployment } from '../testing/log-deployment.js';
import { keyFolder, logKeysOf } from './log-keys.js';
import { outsideOf } from './outside.js';

let one: LogDeployment;
let clock: SimulatedClock;
beforeEach(async () => {
  clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  one = await logDeployment(clock);
});
afterEach(() => one.close());

/** A process with this CORDON_LOG_KEY, until nothing changes any more; who signed the newest checkpoint. */
async function live(logKey: string | undefined): Promise<readonly string[]> {
  const vaultKeyFile = join(one.folder, 'keys', 'vault.key');
  const config = loadConfig({
    CORDON_VAULT_KEY_FILE: vaultKeyFile,
    ...(logKey !== undefined && { CORDON_LOG_KEY: logKey }),
  });
  expect(keyFolder(config)).toBe(join(one.folder, 'keys'));
  const keeper = one.keeper({ keys: logKeysOf(config) });
  await keeper.begin();
  await one.write(1);
  for (let turn = 0; turn < 10; turn += 1) {
    await keeper.turn();
    clock.advance(1_000);
  }
  expect(one.failures).toEqual([]);
  const known = (await announcedKeys(one.store.log)).filter(({ purpose }) => purpose === 'log');
  const { by } = openNote(
    (await one.store.log.checkpoint())?.note ?? '',
    known.map(({ vkey }) => parseVkey(vkey)),
  );
  return by.map(({ text }) => text);
}

test('from a key in the folder to one elsewhere: both sign while both are named, then the new one alone', async () => {
  const elsewhere = join(one.folder, 'safe', 'other.key');
  await new FolderKeys(one.folder, elsewhere).present('log', 'x', true);
  const [old] = await live(undefined);
  const both = await live(`file:${join(one.folder, 'keys', 'log.key')} -> file:${elsewhere}`);
  expect(both).toHaveLength(2);
  expect(both[0]).toBe(old);
  expect(await live(`file:${elsewhere}`)).toEqual([both[1]]);
  const known = (await announcedKeys(one.store.log)).filter(({ purpose }) => purpose === 'log');
  expect(known.map(({ vkey, retired }) => [vkey, retired])).toEqual([
    [both[0], true],
    [both[1], false],
  ]);
});

test('what cannot be used is said with the name of its variable', async () => {
  expect(() => logKeysOf(loadConfig({ CORDON_LOG_KEY: 'agent:SHA256:abc' }), {})).toThrow('SSH_AUTH_SOCK');
  expect(() => loadConfig({ CORDON_LOG_KEY: 'log.key' })).toThrow('CORDON_LOG_KEY must be');
  expect(() => loadConfig({ CORDON_LOG_KEY: 'file:a -> file:b -> file:c' })).toThrow(
    'CORDON_LOG_KEY must be',
  );
  expect(() => loadConfig({ CORDON_LOG_CHECKPOINT_EMAIL: 'a@example.org' })).toThrow('needs SMTP_URL');
  const log = makeLog('silent');
  const failing = [
    { CORDON_LOG_CHECKPOINT_S3: 's3://bucket/prefix?region=eu-central-1' },
    { CORDON_LOG_WITNESSES: join(one.folder, 'nowhere.txt') },
  ];
  for (const environment of failing) {
    const [name] = Object.keys(environment);
    const refused = await outsideOf(loadConfig(environment), log, {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect(String(refused)).toContain(name);
  }
});
