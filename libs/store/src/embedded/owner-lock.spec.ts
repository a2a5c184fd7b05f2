import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { claimFolder, type OwnerLock } from './owner-lock.js';
import { identityOf } from './process-identity.js';

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function setup(claim?: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-lock-'));
  folders.push(folder);
  if (claim !== undefined) await writeFile(join(folder, 'owner.7.lock'), JSON.stringify(claim));
  return folder;
}

async function claimAtOnce(folder: string, howMany: number): Promise<PromiseSettledResult<OwnerLock>[]> {
  return Promise.allSettled(Array.from({ length: howMany }, () => claimFolder(folder)));
}

test('a folder has one owner until the owner releases it', async () => {
  const folder = await setup();
  const first = await claimFolder(folder);
  await expect(claimFolder(folder)).rejects.toMatchObject({
    code: 'in_use',
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  await first.release();
  const second = await claimFolder(folder);
  await second.release();
});

test('the refusal names the pid of the process that has the folder open', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)'], { stdio: 'ignore' });
  await once(other, 'spawn');
  try {
    const folder = await setup(identityOf(other.pid ?? 0));
    await expect(claimFolder(folder)).rejects.toMatchObject({
      code: 'in_use',
      message: expect.stringContaining(`another Cordon process (pid ${other.pid})`),
    });
  } finally {
    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
  }
});

test('a crashed owner whose pid another process has by now is not taken for alive', async () => {
  const folder = await setup({ pid: process.pid, born: 'some other boot' });
  const lock = await claimFolder(folder);
  await lock.release();
});

test('a claim that is not readable is no claim', async () => {
  const folder = await setup();
  await writeFile(join(folder, 'owner.3.lock'), '');
  const lock = await claimFolder(folder);
  await lock.release();
});

test('of many that open a folder at once, new or left by a crash, exactly one becomes its owner', async () => {
  for (let round = 0; round < 25; round += 1) {
    const crashed = { pid: process.pid, born: 'some other boot' };
    const folder = await setup(round % 2 === 0 ? undefined : crashed);
    const outcomes = await claimAtOnce(folder, 12);
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refusals).toHaveLength(11);
    expect(refusals.every((refusal) => (refusal.reason as { code: string }).code === 'in_use')).toBe(true);
  }
});

test('owners that come and go among a crowd never overlap, and leave one file', async () => {
  const folder = await setup();
  let owners = 0;
  let turns = 0;
  const visit = async (): Promise<void> => {
    while (turns < 60) {
      const lock = await claimFolder(folder).catch(() => undefined);
      if (lock === undefined) continue;
      owners += 1;
      turns += 1;
      expect(owners).toBe(1);
      await new Promise(setImmediate);
      owners -= 1;
      await lock.release();
    }
  };
  await Promise.all(Array.from({ length: 6 }, visit));
  expect(await readdir(folder)).toHaveLength(1);
});

test('releasing a folder that is gone is no error', async () => {
  const folder = await setup();
  const lock = await claimFolder(folder);
  await rm(folder, { recursive: true });
  await expect(lock.release()).resolves.toBeUndefined();
});
