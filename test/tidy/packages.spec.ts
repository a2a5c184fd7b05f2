import { describe, expect, test } from '@jest/globals';
import { listFiles, readText } from './tree.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockEntry {
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const files = listFiles();
const folders = files.flatMap((file) => /^((?:apps|libs)\/[^/]+)\/package\.json$/.exec(file)?.[1] ?? []);
const root = read<Manifest>('package.json');
const manifests = folders.map((folder) => ({ folder, manifest: read<Manifest>(`${folder}/package.json`) }));
const lock = read<{ packages: Record<string, LockEntry> }>('package-lock.json').packages;

const wanted = [{ folder: '.', manifest: root }, ...manifests].flatMap(({ folder, manifest }) =>
  Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  }).map(([name, version]) => ({ folder, name, version })),
);

describe('package.json', () => {
  test('names every version exactly', () => {
    const loose = wanted.filter(({ version }) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  test('asks for one version of a package, wherever it is asked for', () => {
    const versions = new Map<string, Set<string>>();
    for (const { name, version } of wanted)
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    expect([...versions].filter(([, found]) => found.size > 1).map(([name]) => name)).toEqual([]);
  });

  test.each(manifests)('of $folder says what the others say', ({ folder, manifest }) => {
    const { name, version, license, type } = manifest;
    const expected = `@cordon/${folder.split('/')[1]}`;
    expect({ name, version, license, type, private: manifest.private }).toEqual({
      name: expected,
      version: root.version,
      license: root.license,
      type: 'module',
      private: true,
    });
  });

  test.each(manifests.filter(({ folder }) => folder.startsWith('libs/')))(
    'of $folder exports one entry, from source where it is asked for',
    ({ manifest }) => {
      // A file that is handed out as it is may stand beside it.
      const { './verify.py': _verifier, ...entries } = manifest.exports as Record<string, unknown>;
      expect(entries).toEqual({
        '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      });
    },
  );
});

describe('the build', () => {
  const built = folders.filter(
    (folder) => files.includes(`${folder}/tsconfig.json`) && folder !== 'apps/web',
  );

  test('knows every workspace', () => {
    const references = referencesOf('tsconfig.json');
    expect(built.filter((folder) => !references.includes(folder))).toEqual([]);
  });

  test.each(built)('of %s waits for the workspaces it depends on', (folder) => {
    const { dependencies = {} } = read<Manifest>(`${folder}/package.json`);
    const depended = Object.keys(dependencies).filter((name) => name.startsWith('@cordon/'));
    const references = referencesOf(`${folder}/tsconfig.json`).map((path) =>
      path.replace(/^\.\.\/(?:\.\.\/libs\/)?/, '@cordon/'),
    );
    expect(references.sort()).toEqual(depended.sort());
  });
});

describe('the lock file', () => {
  test('names no host to fetch from', () => {
    const entries = Object.entries(lock).filter(([, { resolved = '' }]) => resolved.includes(':'));
    expect(entries.map(([path]) => path)).toEqual([]);
  });

  test('has the digest of every package that is fetched', () => {
    const fetched = Object.entries(lock).filter(
      ([path, entry]) => path.includes('node_modules/') && !entry.link,
    );
    expect(fetched.filter(([, entry]) => !entry.integrity && !entry.inBundle).map(([path]) => path)).toEqual(
      [],
    );
  });

  /** A registry that lacks one of them makes npm leave it out, and `npm ci` then refuses the lock file. */
  test('has every optional package, so that it serves all platforms', () => {
    const present = new Set(Object.keys(lock).map((path) => path.replace(/^.*node_modules\//, '')));
    const missing = Object.values(lock)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !present.has(name));
    expect(missing).toEqual([]);
  });

  test('knows the workspaces as their package.json describes them', () => {
    const stale = manifests.filter(({ folder, manifest }) => {
      const entry = lock[folder] as Manifest | undefined;
      return JSON.stringify(sorted(entry?.dependencies)) !== JSON.stringify(sorted(manifest.dependencies));
    });
    expect(stale.map(({ folder }) => folder)).toEqual([]);
  });
});

function read<T>(file: string): T {
  return JSON.parse(readText(file) ?? '') as T;
}

function referencesOf(file: string): string[] {
  return (read<{ references?: { path: string }[] }>(file).references ?? []).map(({ path }) => path);
}

function sorted(record: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => a.localeCompare(b));
}
