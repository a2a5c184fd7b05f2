/** A server for the time of one command, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import { dataFolderOf } from './data-folder.js';
import { waitUntilReady } from './probe.js';

export interface StartedServer {
  readonly url: string;
  /** Ends the server and removes its log, unless told to keep it. Safe to call twice. */
  stop(keepLog?: boolean): Promise<void>;
  /** For a stop that is under way: do not finish what runs. */
  stopAtOnce(): void;
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly logFile: string;
  readonly dataFolder: string;
}

export interface ServerStart {
  /** What is run; the checkout's server unless another is named. */
  readonly program?: string;
  /** A free one of the system's choice unless one is named. */
  readonly port?: number;
  /** The folder that the local server would use unless another is named. */
  readonly dataFolder?: string;
  /** The server's environment, but for what this module decides. */
  readonly env?: Io['env'];
}

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;

/** Throws CliError with the end of the server's log, and where the log lies, when it does not come up. */
export async function startServer(io: Io, how: ServerStart = {}): Promise<StartedServer> {
  const program = how.program ?? join(io.root, 'apps/server/dist/main.js');
  if (!existsSync(program)) {
    throw new CliError(
      'The server is not built: run "npm run build" first, or name a server with --server URL.',
    );
  }
  const dataFolder = how.dataFolder ?? dataFolderOf(io);
  const port = how.port ?? (await freePort());
  const logFile = join(mkdtempSync(join(tmpdir(), 'cordon-server-')), 'server.log');
  const child = launch(io.root, program, logFile, {
    ...(how.env ?? io.env),
    CORDON_PUBLIC_URL: undefined,
    PORT: String(port),
    HOST: '127.0.0.1',
    CORDON_ROLE: 'all',
    CORDON_DATA_DIR: dataFolder,
  });
  const failure = new Promise<Error>((resolve) => child.once('error', resolve));
  const url = `http://127.0.0.1:${port}`;
  const stop = (keepLog = false): Promise<void> => stopServer(child, keepLog ? undefined : logFile);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    const state = await Promise.race([
      waitUntilReady(url, START_LIMIT_MS, io.signal, () => isRunning(child)),
      failure.then((error) => ({ health: 'none' as const, detail: reasonOf(error) })),
    ]);
    if (state.health === 'ready' && isRunning(child)) {
      return { url, stop, logFile, dataFolder, ended, stopAtOnce: () => void child.kill('SIGINT') };
    }
    await stop(true);
    throw notStarted(dataFolder, logFile, state.detail);
  } catch (error) {
    await stop(error instanceof CliError);
    throw error;
  }
}

/** In a process group of its own: Ctrl+C reaches only us, who then have something left to do with the server. */
function launch(cwd: string, program: string, logFile: string, env: Io['env']): ChildProcess {
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, [program], { cwd, detached: true, env, stdio: ['ignore', log, log] });
  closeSync(log);
  // Whatever becomes of us, it must not be left behind. A server that is stopping already then stops at once.
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  return child;
}

async function stopServer(child: ChildProcess, logFile: string | undefined): Promise<void> {
  if (isRunning(child)) {
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOP_LIMIT_MS) }).catch(() => undefined);
    child.kill('SIGTERM');
    await ended;
    if (isRunning(child)) child.kill('SIGKILL');
  }
  if (logFile !== undefined) rmSync(dirname(logFile), { recursive: true, force: true });
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function notStarted(dataFolder: string, logFile: string, detail: string): CliError {
  const log = [...endOf(logFile), `The server's log is ${logFile}.`];
  if (/already in use|is open in/i.test(log.join('\n'))) {
    const sentence = `The data folder ${dataFolder} is already in use by a server that does not answer at the usual address: name that server with --server URL --token T, or stop it.`;
    return new CliError(sentence, exitCodes.conflict, log);
  }
  return new CliError(`The server could not be started (${detail}): see its log.`, exitCodes.failure, log);
}

/** The last lines of a server's log. */
export function endOf(logFile: string): string[] {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
