/** What `doctor` looks at. Reads only: nothing is made, started or changed. */
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '../io.js';
import { parseCheckpoint, parseNote } from '@cordon/audit';
import { dataFolderOf, modeOf, tokenFileOf } from './data-folder.js';
import { demoMarks } from './demo-mark.js';
import { candidates } from './find-server.js';
import { folderKeysOf, signerMemoryOf } from './log-keys.js';
import { type Health, probe } from './probe.js';

const TAMPERED =
  "Nothing is signed any more. The server's log says which entry; docs/audit.md, section 8, says what to do.";

export interface Check {
  readonly name: string;
  /** `note`: nothing is broken, but something may not be as meant. */
  readonly result: 'ok' | 'note' | 'wrong';
  readonly found: string;
  /** What to do about it; absent when all is well. */
  readonly fix?: string;
}

export async function examine(io: Io, server?: string): Promise<Check[]> {
  return [
    nodeVersion(),
    build(io),
    await dataFolder(io),
    await tokenFile(io),
    await logKeys(io),
    ...(await serverChecks(io, server)),
  ];
}

function nodeVersion(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const check = { name: 'Node.js', found: version };
  return ok
    ? { ...check, result: 'ok' }
    : { ...check, result: 'wrong', fix: 'Install Node.js 20.19 or newer.' };
}

function build(io: Io): Check {
  const built = existsSync(join(io.root, 'apps/server/dist/main.js'));
  if (built) return { name: 'Build', result: 'ok', found: 'the server is built' };
  return {
    name: 'Build',
    result: 'note',
    found: 'the server is not built',
    fix: 'Run "npm start", which builds it, or "npm run build".',
  };
}

async function dataFolder(io: Io): Promise<Check> {
  const folder = dataFolderOf(io);
  const mode = await modeOf(folder);
  const name = 'Data folder';
  if (mode === undefined)
    return {
      name,
      result: 'note',
      found: `${folder} is not there yet`,
      fix: 'The first "npm start" makes it.',
    };
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (writable) return { name, result: 'ok', found: folder };
  return {
    name,
    result: 'wrong',
    found: `${folder} cannot be written`,
    fix: 'Give it to the user who runs the server, or name another in CORDON_DATA_DIR.',
  };
}

async function tokenFile(io: Io): Promise<Check> {
  const file = tokenFileOf(io);
  const mode = await modeOf(file);
  const name = 'Token file';
  if (mode === undefined)
    return {
      name,
      result: 'note',
      found: `${file} is not there`,
      fix: 'The first start of a server writes it; elsewhere, use --token T.',
    };
  if (process.platform === 'win32' || (mode & 0o077) === 0)
    return { name, result: 'ok', found: `${file}, readable by its owner only` };
  const bits = mode.toString(8).padStart(4, '0');
  return {
    name,
    result: 'wrong',
    found: `${file} is open to others (${bits})`,
    fix: `Run: chmod 600 ${file}`,
  };
}

/** Whether the log's own keys lie where they should, and what was signed last. */
async function logKeys(io: Io): Promise<Check> {
  const name = 'Log';
  try {
    const note = await signerMemoryOf(io).last();
    const { keys, log } = folderKeysOf(io);
    if (note === undefined)
      return {
        name,
        result: 'note',
        found: 'nothing has been signed here yet',
        fix: 'The first start of a server signs.',
      };
    const { origin, size } = parseCheckpoint(parseNote(note).text);
    const { keys: present } = await keys.present('log', origin, false);
    if (log && present.length === 0)
      return {
        name,
        result: 'wrong',
        found: `${keys.file('log').path} is not there`,
        fix: 'Put the key file back: without it nothing can be signed (docs/audit.md, section 8).',
      };
    return { name, result: 'ok', found: `${size} entries signed as ${origin}` };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      name,
      result: 'wrong',
      found,
      fix: 'See docs/audit.md, section 8; nothing is signed until it is mended.',
    };
  }
}

/** What a ready server says of its log; nothing where it is older than logs are. */
function logOf(detail: string): readonly Check[] {
  const said = /"log":"(ok|late)"/.exec(detail)?.[1];
  if (said === 'ok') return [{ name: 'Log of the server', result: 'ok', found: 'signed, and up to date' }];
  if (said === undefined) return [];
  return [
    {
      name: 'Log of the server',
      result: 'wrong',
      found: 'entries wait for a checkpoint for more than a minute',
      fix: "See that a process with CORDON_ROLE all or worker runs, and look at that server's log.",
    },
  ];
}

/** What answers best is told: a ready server elsewhere counts for more than a stranger at the usual address. */
async function serverChecks(io: Io, server: string | undefined): Promise<Check[]> {
  const demos = (await demoMarks(io)).map(({ url }) => url);
  const urls = server === undefined ? [...candidates(io), ...demos] : [server];
  const probes = await Promise.all(urls.map(async (url) => ({ url, ...(await probe(url)) })));
  const first = (health: Health) => probes.find((one) => one.health === health);
  const best = first('ready') ?? first('not_ready') ?? first('other');
  const answers: Check = { name: 'Server', result: 'ok', found: `answers at ${best?.url}` };
  switch (best?.health) {
    case 'ready':
      return [answers, { name: 'Database', result: 'ok', found: 'ready' }, ...logOf(best.detail)];
    case 'not_ready': {
      if (best.detail.startsWith('The log does not verify'))
        return [answers, { name: 'Log of the server', result: 'wrong', found: best.detail, fix: TAMPERED }];
      const fix =
        "Wait for the start to finish; if it stays so, look at the server's log and at DATABASE_URL.";
      return [answers, { name: 'Database', result: 'wrong', found: `not ready: ${best.detail}`, fix }];
    }
    case 'other': {
      const found = `another program answers at ${best.url} (${best.detail})`;
      return [
        { name: 'Server', result: 'wrong', found, fix: 'Start Cordon on a free port: PORT=3001 npm start.' },
      ];
    }
    default: {
      const found = `nobody answers at ${urls.join(' or ')}`;
      const result = server === undefined ? 'note' : 'wrong';
      return [{ name: 'Server', result, found, fix: 'Start it with "npm start".' }];
    }
  }
}
