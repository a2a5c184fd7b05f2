/** Which server a command talks to, and as whom. */
import { CliError, exitCodes } from '../exit-codes.js';
import { type Io, tell } from '../io.js';
import { readAdminToken, tokenFileOf } from './data-folder.js';
import { probe, waitUntilReady } from './probe.js';
import { type StartedServer, startServer } from './start-server.js';

export interface ServerOptions {
  readonly server?: string;
  readonly token?: string;
}

export interface Server {
  readonly url: string;
  readonly token: string;
  /** Present when this command started the server and must stop it. */
  readonly started?: StartedServer;
}

const READY_LIMIT_MS = 30_000;

/** The server named by --server, else the local one. Throws CliError that says how to have one. */
export async function findServer(io: Io, options: ServerOptions): Promise<Server> {
  const url = options.server === undefined ? await localUrl(io) : checkedUrl(options.server);
  if (url === undefined) {
    throw new CliError(
      `No Cordon server answers at ${candidates(io).join(' or ')}: start one with "npm start", or name it with --server URL --token T.`,
    );
  }
  return { url, token: await tokenFor(io, url, options) };
}

/** As `findServer`, but starts a server when none runs here. The caller stops what was started. */
export async function findOrStartServer(io: Io, options: ServerOptions): Promise<Server> {
  if (options.server !== undefined || (await localUrl(io)) !== undefined) return findServer(io, options);
  tell(io, 'No server runs here: starting one for the time …');
  const started = await startServer(io);
  try {
    return { url: started.url, token: await tokenFor(io, started.url, options), started };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** Where the local server would be. */
export function candidates(io: Io): string[] {
  const configured = io.env['CORDON_PUBLIC_URL'];
  return [...(configured ? [configured] : []), `http://127.0.0.1:${io.env['PORT'] || '3000'}`];
}

async function localUrl(io: Io): Promise<string | undefined> {
  for (const url of candidates(io)) {
    const { health } = await probe(url);
    if (health === 'ready') return url;
    if (health === 'not_ready' && (await waitUntilReady(url, READY_LIMIT_MS, io.signal)).health === 'ready')
      return url;
  }
  return undefined;
}

/** The administrator's token of the local data folder goes to this machine, or to the configured address, and nowhere else. */
async function tokenFor(io: Io, url: string, options: ServerOptions): Promise<string> {
  if (options.token !== undefined) return options.token;
  if (!isLoopback(url) && !candidates(io).includes(url)) {
    throw new CliError(
      `The server ${url} is not on this machine: give its token with --token T.`,
      exitCodes.usage,
    );
  }
  const token = await readAdminToken(io);
  if (token !== undefined) return token;
  throw new CliError(
    `There is no token to read in ${tokenFileOf(io)}: give one with --token T, or run this as the user who started the server.`,
  );
}

function checkedUrl(text: string): string {
  if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol)) {
    throw new CliError(
      `"${text}" is not a server's address: write it like http://127.0.0.1:3000.`,
      exitCodes.usage,
    );
  }
  return text.replace(/\/+$/, '');
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}
