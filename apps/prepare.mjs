/**
 * Makes a checkout ready to run: installs the dependencies the lock file names, then builds what changed.
 * Runs before `npm start`, `npm test` and their like, so it needs nothing but Node, costs about 0.1 s when
 * there is nothing to do, and writes to stderr only: stdout belongs to the command that follows.
 *
 *   --install-only   leave out the build
 *   --quiet          say nothing unless something has to be installed, or fails
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const npmRecord = join(modules, '.package-lock.json');
const lockStamp = join(modules, '.cordon-lock-hash');
const buildStamp = join(modules, '.cordon-build-hash');
/** Outside node_modules, which `npm ci` removes. */
const lockParent = join(root, '.cordon');
const lock = join(lockParent, 'prepare.lock');
/** Puts the verifier and all that it needs into one page: esbuild, 0.4 s. */
const checkerBundle = join(root, 'apps', 'checker', 'bundle.mjs');
const checkerPage = join(root, 'apps', 'checker', 'dist', 'verify.html');
const waitLimitMs = 15 * 60_000;

const installOnly = process.argv.includes('--install-only');
const quiet = process.argv.includes('--quiet');

main();

function main() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Cordon needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  }
  if (isReady()) return;
  const release = takeLock();
  process.on('exit', release);
  if (!isInstalled()) install();
  if (!installOnly && !isBuilt()) build();
}

function isReady() {
  return isInstalled() && (installOnly || isBuilt());
}

// --- install

/** An install made by hand counts as well: npm leaves a record of it, and it agrees with the lock file or not. */
function isInstalled() {
  const current = installHash();
  if (current === undefined) return false;
  if (readText(lockStamp) === current) return true;
  if (!agreesWithLockFile()) return false;
  stamp(lockStamp, current);
  return true;
}

/** Of what should be there and of npm's record of what is, which `npm prune` and its like change; undefined without one. */
function installHash() {
  if (!existsSync(npmRecord)) return undefined;
  const { size, mtimeMs } = statSync(npmRecord);
  return hash([
    readFileSync(join(root, 'package-lock.json')),
    `${process.platform} ${process.arch} ${size} ${mtimeMs}`,
  ]);
}

function agreesWithLockFile() {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(npmRecord, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true && !isMeantForHere(entry);
    return (
      found.version === entry.version && found.integrity === entry.integrity && existsSync(join(root, path))
    );
  });
}

/** Of an optional package, such as the embedded database, that exists once per platform. */
function isMeantForHere({ os = [], cpu = [], libc = [] }) {
  return os.includes(process.platform) && cpu.includes(process.arch) && libc.length === 0;
}

/** Without install scripts: nothing here needs one, and some of them call home. */
function install() {
  say('Installing dependencies (once, and again when package-lock.json changes) …', true);
  const npm = npmCommand();
  const flags = [
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  run('npm ci', npm.command, [...npm.args, 'ci', ...flags], npm.shell);
  stamp(lockStamp, installHash());
}

function npmCommand() {
  const fromNpm = process.env['npm_execpath'];
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [fromNpm, beside].find(
    (path) => path && basename(path) === 'npm-cli.js' && existsSync(path),
  );
  if (script) return { command: process.execPath, args: [script], shell: false };
  return { command: 'npm', args: [], shell: process.platform === 'win32' };
}

// --- build

/** `tsc -b` takes a second or two to find that nothing changed; comparing sizes and times takes a twentieth of that. */
function isBuilt() {
  return (
    readText(buildStamp) === sourcesHash() &&
    projects().every((project) => existsSync(join(project, 'dist'))) &&
    existsSync(checkerPage)
  );
}

function build() {
  say('Building …', false);
  const before = sourcesHash();
  run('tsc -b', process.execPath, [join(modules, 'typescript', 'bin', 'tsc'), '-b'], false);
  run('the page that verifies', process.execPath, [checkerBundle], false);
  stamp(buildStamp, before);
}

function projects() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.map(({ path }) => join(root, path)).filter((path) => existsSync(join(path, 'src')));
}

function sourcesHash() {
  const files = ['tsconfig.json', 'package-lock.json', '.config/tsconfig.base.json'].map((name) =>
    join(root, name),
  );
  files.push(checkerBundle);
  for (const project of projects()) {
    files.push(join(project, 'tsconfig.json'), join(project, 'package.json'));
    for (const entry of readdirSync(join(project, 'src'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith('.spec.ts')) files.push(join(entry.parentPath, entry.name));
    }
  }
  return hash(
    files.sort().map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${file} ${size} ${mtimeMs}\n`;
    }),
  );
}

// --- one at a time

/** Held by making a folder, which one process only can do; a holder that died is recognised by its process id. */
function takeLock() {
  const deadline = Date.now() + waitLimitMs;
  let told = false;
  while (!tryLock()) {
    if (removeStaleLock()) continue;
    if (Date.now() > deadline)
      fail(`Another "prepare" has held ${lock} for 15 minutes; remove that folder if none runs.`);
    if (!told) say('Waiting for another command to finish preparing …', false);
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  writeFileSync(join(lock, 'pid'), String(process.pid));
  return () => {
    rmSync(lock, { recursive: true, force: true });
    ignoreErrors(() => rmdirSync(lockParent));
  };
}

function tryLock() {
  try {
    mkdirSync(lockParent, { recursive: true, mode: 0o700 });
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
    fail(`Cannot prepare this folder: ${error.message}`);
  }
}

/** A second folder decides who of several waiters clears up, so that none of them removes a fresh lock. */
function removeStaleLock() {
  const steal = `${lock}.steal`;
  if (!isStale()) return false;
  try {
    mkdirSync(steal);
  } catch {
    return false;
  }
  if (isStale()) rmSync(lock, { recursive: true, force: true });
  rmdirSync(steal);
  return true;
}

function isStale() {
  const pid = Number(readText(join(lock, 'pid')));
  try {
    if (!pid) return Date.now() - statSync(lock).mtimeMs > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

// --- small tools

function run(name, command, args, shell) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, shell, stdio: ['ignore', 2, 2] });
  if (error) fail(`${name} could not be started: ${error.message}`);
  if (status !== 0) fail(`${name} failed (${signal ?? `exit code ${status}`}); see above.`);
}

function stamp(file, text = '') {
  ignoreErrors(() => writeFileSync(file, text));
}

function hash(parts) {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest('hex');
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function ignoreErrors(work) {
  try {
    work();
  } catch {
    // Only ever a saving of time is lost.
  }
}

function say(text, always) {
  if (always || !quiet) process.stderr.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
