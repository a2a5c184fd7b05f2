/** Which server a command talks to, and as whom. */
import { CliError, exitCodes } from '../exit-codes.js';
import { type Io, tell } from '../io.js';
import { readAdminToken, tokenFileOf } from './data-folder.js';
import { type DemoMark, demoMarks } from './demo-mark.js';
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

/**
 * The server named by --server, else the local one, else a running demo. Throws CliError that says how to have one. No
 * token is sent, or even read, before the address has answered as Cordon does.
 */
export async function findServer(io: Io, options: ServerOptions): Promise<Server> {
  const demos = await demoMarks(io);
  const url = options.server === undefined ? await localUrl(io, demos) : checkedUrl(options.server);
  if (url === undefined) {
    throw new CliError(
      `No Cordon server answers at ${candidates(io).join(' or ')}: start one with "npm start", or name it with --server URL --token T.`,
    );
  }
  mustHaveToken(io, url, options);
  if (options.server !== undefined) await mustBeCordon(io, url);
  return { url, token: await tokenFor(io, url, options, demos) };
}

/** As `findServer`, but starts a server when none runs here. The caller stops what was started. */
export async function findOrStartServer(io: Io, options: ServerOptions): Promise<Server> {
  if (options.server !== undefined || (await localUrl(io, await demoMarks(io))) !== undefined)
    return findServer(io, options);
  tell(io, 'No server runs here: starting one for the time …');
  const started = await startServer(io);
  try {
    return { url: started.url, token: await tokenFor(io, started.url, options, []), started };
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

async function localUrl(io: Io, demos: readonly DemoMark[]): Promise<string | undefined> {
  for (const url of [...candidates(io), ...demos.map((demo) => demo.url)]) {
    const { health } = await probe(url);
    if (health === 'ready') return url;
    if (health === 'not_ready' && (await waitUntilReady(url, READY_LIMIT_MS, io.signal)).health === 'ready')
      return url;
  }
  return undefined;
}

async function mustBeCordon(io: Io, url: string): Promise<void> {
  let { health, detail } = await probe(url);
  if (health === 'not_ready') ({ health, detail } = await waitUntilReady(url, READY_LIMIT_MS, io.signal));
  if (health === 'ready') return;
  const sentence = {
    other: `What answers at ${url} is not a Cordon server (/health/ready: ${detail}): no token was sent there. Check the address.`,
    not_ready: `The server at ${url} is not ready (${detail}): look at its log, or try again later.`,
    none: `The server at ${url} cannot be reached (${detail}): start it with "npm start", or name another with --server URL.`,
  };
  throw new CliError(sentence[health]);
}

/** The administrator's token of the local data folder goes to this machine, or to the configured address, and nowhere else. */
function mustHaveToken(io: Io, url: string, { token }: ServerOptions): void {
  if (token !== undefined || isLoopback(url) || candidates(io).includes(url)) return;
  throw new CliError(
    `The server ${url} is not on this machine: give its token with --token T.`,
    exitCodes.usage,
  );
}

async function tokenFor(
  io: Io,
  url: string,
  options: ServerOptions,
  demos: readonly DemoMark[],
): Promise<string> {
  if (options.token !== undefined) return options.token;
  const file = demos.find((demo) => demo.url === url)?.tokenFile ?? tokenFileOf(io);
  const token = await readAdminToken(file);
  if (token !== undefined) return token;
  throw new CliError(
    `There is no token to read in ${file}: give one with --token T, or run this as the user who started the server.`,
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
