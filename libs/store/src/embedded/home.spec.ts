import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { chooseHome, type Home } from './home.js';
import { runCommand } from './system-user.js';

/** Only root runs PostgreSQL as somebody else. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;
const asOther = process.getuid?.() === 0 ? test.skip : test;

const bases: string[] = [];

afterEach(async () => {
  await Promise.all(bases.splice(0).map((base) => rm(base, { recursive: true, force: true })));
});

async function setup() {
  const base = await mkdtemp(join(tmpdir(), 'cordon-home-'));
  bases.push(base);
  await chmod(base, 0o755);
  const closed = join(base, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const notices: string[] = [];
  const policy = { fallbackRoot: join(base, 'var', 'lib'), userName: 'postgres' };
  const choose = (dataDir: string): Promise<Home> =>
    chooseHome(dataDir, policy, (notice) => notices.push(notice));
  return { base, closed, notices, policy, choose };
}

asRoot(
  'root runs the server as the unprivileged user, in the requested folder where that user can reach it',
  async () => {
    const { base, notices, choose } = await setup();
    const folder = join(base, 'new', 'data');
    const home = await choose(folder);
    expect(home.folder).toBe(folder);
    expect(home.account?.uid).toBe(Number(await runCommand('id', ['-u', 'postgres'])));
    expect(notices).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  },
);

asRoot(
  'below a folder that only root may enter the home is under the fallback root, and the operator is told',
  async () => {
    const { closed, notices, policy, choose } = await setup();
    const folder = join(closed, 'data');
    const home = await choose(folder);
    expect(dirname(home.folder)).toBe(policy.fallbackRoot);
    expect(basename(home.folder)).toMatch(/^data-[0-9a-f]{12}$/);
    expect(notices).toEqual([expect.stringContaining(`the data are in ${home.folder}`)]);
    expect(await readdir(closed)).toEqual([]);
    expect((await choose(folder)).folder).toBe(home.folder);
    expect((await choose(join(closed, 'other', 'data'))).folder).not.toBe(home.folder);
  },
);

asRoot(
  'a cluster under the fallback root stays the home when the requested folder opens up later',
  async () => {
    const { closed, choose } = await setup();
    const { folder, account } = await choose(join(closed, 'data'));
    await mkdir(join(folder, 'cluster'));
    await chown(join(folder, 'cluster'), account!.uid, account!.gid);
    await chmod(closed, 0o755);
    expect((await choose(join(closed, 'data'))).folder).toBe(folder);
  },
);

asRoot('a cluster that an ordinary user made is run as that user', async () => {
  const { closed, choose } = await setup();
  await mkdir(join(closed, 'data', 'cluster'), { recursive: true });
  await chown(join(closed, 'data', 'cluster'), 4711, 4712);
  expect(await choose(join(closed, 'data'))).toEqual({
    folder: join(closed, 'data'),
    account: { uid: 4711, gid: 4712 },
  });
});

asRoot('where neither folder can be reached the sentence names both', async () => {
  const { closed, policy } = await setup();
  const shut = { ...policy, fallbackRoot: join(closed, 'var') };
  await expect(chooseHome(join(closed, 'data'), shut, () => undefined)).rejects.toMatchObject({
    code: 'data_unreachable',
    message: expect.stringMatching(/neither in .*closed\/data nor in .*closed\/var\/data-.*DATABASE_URL/),
  });
});

test('a folder reached through a symbolic link is the same home', async () => {
  const { base, choose } = await setup();
  await mkdir(join(base, 'real'));
  await symlink('real', join(base, 'link'));
  expect((await choose(join(base, 'link', 'data'))).folder).toBe(
    (await choose(join(base, 'real', 'data'))).folder,
  );
  expect((await stat(join(base, 'real', 'data'))).isDirectory()).toBe(true);
});

asOther('a folder that cannot be made is told of in one sentence', async () => {
  const { closed, choose } = await setup();
  await chmod(closed, 0o500);
  await expect(choose(join(closed, 'data'))).rejects.toMatchObject({
    code: 'data_unreachable',
    message: expect.stringContaining('DATABASE_URL'),
  });
});

asOther('an ordinary user runs the server itself', async () => {
  const { base, choose } = await setup();
  expect(await choose(join(base, 'data'))).toEqual({ folder: join(base, 'data'), account: undefined });
});
