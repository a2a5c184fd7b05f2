/** The files of this checkout, as git sees them or, in an unpacked archive, as the folder holds them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the checkout, without a slash at the end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** Only where git cannot be asked: what .gitignore names, and git's own folder. */
const unlisted = new Set(['node_modules', 'dist', 'coverage', '.git', '.cordon', '.demo']);

/** Tracked files and new ones that are not ignored, as paths from the top with forward slashes, sorted. */
export function listFiles(): string[] {
  const files = existsSync(join(root, '.git')) ? fromGit() : undefined;
  return (files ?? fromFolder('')).filter((file) => existsSync(join(root, file))).sort();
}

/** A file's text; undefined for one that holds bytes. */
export function readText(file: string): string | undefined {
  const bytes = readFileSync(join(root, file));
  return bytes.subarray(0, 8_000).includes(0) ? undefined : bytes.toString('utf8');
}

function fromGit(): string[] | undefined {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return status === 0 ? [...new Set(stdout.split('\0').filter((file) => file !== ''))] : undefined;
}

function fromFolder(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    if (unlisted.has(name) || name.endsWith('.log') || name.endsWith('.tsbuildinfo')) return [];
    const path = folder === '' ? name : `${folder}/${name}`;
    return statSync(join(root, path)).isDirectory() ? fromFolder(path) : [path];
  });
}
