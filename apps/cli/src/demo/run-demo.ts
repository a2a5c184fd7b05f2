import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, type ExitCode, exitCodes, reasonOf, Stopped } from '../exit-codes.js';
import { coloursOf, type Io, print, printJson, shown, tell } from '../io.js';
import { readAdminToken, tokenFileOf } from '../local/data-folder.js';
import { leaveDemoMark } from '../local/demo-mark.js';
import { candidates } from '../local/find-server.js';
import { probe } from '../local/probe.js';
import { endOf, type StartedServer, startServer } from '../local/start-server.js';
import { printError } from '../print-error.js';
import { startAlertSink } from './alert-sink.js';
import { choosePort } from './choose-port.js';
import { loadScenes, mustBeToken } from './load.js';
import { type Ready, readyJson, readyText } from './ready-text.js';
import { readScenes } from './scenes.js';

/** Settings that would lead the demo out of its folder, or out of this machine. */
const LEFT_OUT = /^(CORDON_.*|DATABASE_URL|SMTP_URL|HOST)$/;

interface DemoOptions {
  readonly json?: boolean;
}

type CleanUp = (code: ExitCode) => Promise<unknown>;

/**
 * Runs until `io.signal` aborts or the server ends, and leaves nothing behind but the log of a server that failed. An
 * aborted `impatience` cuts the cleaning up short. Never throws.
 */
export async function runDemo(io: Io, options: DemoOptions, impatience: AbortSignal): Promise<ExitCode> {
  const cleanUps: CleanUp[] = [];
  const code = await show(io, options, impatience, cleanUps).catch((error: unknown) => {
    if (io.signal.aborted) return stoppedCode(io);
    return printError(io, error) || exitCodes.failure;
  });
  if (io.signal.aborted) tell(io, '\nStopping the demo …');
  for (const cleanUp of cleanUps.reverse()) {
    await cleanUp(code).catch((error: unknown) => tell(io, shown(reasonOf(error))));
  }
  return code;
}

async function show(
  io: Io,
  { json }: DemoOptions,
  impatience: AbortSignal,
  cleanUps: CleanUp[],
): Promise<ExitCode> {
  const scenes = await readScenes(io);
  const wanted = io.env['PORT'] || '3000';
  const port = await choosePort(wanted);
  if (wanted !== '0' && String(port) !== wanted) tell(io, `Port ${wanted} is taken: the demo uses ${port}.`);
  if (io.env['DATABASE_URL']) tell(io, 'DATABASE_URL is left alone: the demo has a database of its own.');
  const alerts = alertTeller(io);
  const sink = await startAlertSink(alerts.onAlert);
  cleanUps.push(() => sink.close());
  const dataFolder = await makeFolder(cleanUps);
  tell(io, `Starting Cordon on a data folder of its own, ${dataFolder} …`);
  const server = await startServer(io, { port, dataFolder, env: demoEnv(io, sink.url) });
  cleanUps.push((code) => stopServer(io, server, code, impatience));
  const tokenFile = tokenFileOf(io, dataFolder);
  const token = mustBeToken(await readAdminToken(tokenFile), tokenFile);
  cleanUps.push(await leaveDemoMark(io, { url: server.url, tokenFile, pid: process.pid }));
  const loaded = await loadScenes(io, { url: server.url, token }, scenes);
  const serverOption = await neededServerOption(io, server.url);
  const ready: Ready = { url: server.url, dataFolder, tokenFile, loaded, serverOption };
  alerts.release();
  if (json) printJson(io, readyJson(ready));
  else print(io, readyText(ready, coloursOf(io, io.out), Date.now()));
  return untilTheEnd(io, server);
}

async function untilTheEnd(io: Io, server: StartedServer): Promise<ExitCode> {
  io.signal.throwIfAborted();
  await Promise.race([once(io.signal, 'abort'), server.ended]);
  if (io.signal.aborted) return stoppedCode(io);
  throw new CliError('The server has ended by itself.', exitCodes.failure, endOf(server.logFile));
}

/** PostgreSQL runs as another user when we are root, and must get through; what is inside guards itself. */
async function makeFolder(cleanUps: CleanUp[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-demo-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  await chmod(folder, 0o755);
  return folder;
}

function demoEnv(io: Io, alertUrl: string): Io['env'] {
  const kept = Object.entries(io.env).filter(([name]) => !LEFT_OUT.test(name));
  return { LOG_LEVEL: 'warn', ...Object.fromEntries(kept), CORDON_ALERT_URL: alertUrl };
}

async function stopServer(
  io: Io,
  server: StartedServer,
  code: ExitCode,
  impatience: AbortSignal,
): Promise<void> {
  const keepLog = code === exitCodes.failure;
  const hurry = (): void => server.stopAtOnce();
  impatience.addEventListener('abort', hurry);
  if (impatience.aborted) hurry();
  await server.stop(keepLog);
  impatience.removeEventListener('abort', hurry);
  if (keepLog) tell(io, `The server's log is ${server.logFile}.`);
}

/** While the scenarios are loaded alerts are kept back: they would fall into the progress bar. */
function alertTeller(io: Io): { onAlert: (subject: string) => void; release: () => void } {
  const { yellow } = coloursOf(io, io.err);
  const say = (subject: string): void => tell(io, `${yellow('alert:')} ${shown(subject)}`);
  let waiting: string[] | undefined = [];
  return {
    onAlert: (subject) => (waiting ? void waiting.push(subject) : say(subject)),
    release: () => {
      if (waiting?.length) tell(io, 'Alerts sent meanwhile, for what was late already:');
      waiting?.forEach(say);
      waiting = undefined;
    },
  };
}

/** Commands look at the usual address first: when a Cordon answers there that is not the demo, they must be told. */
async function neededServerOption(io: Io, url: string): Promise<string | undefined> {
  for (const usual of candidates({ ...io, env: {} })) {
    if (usual !== url && (await probe(usual)).health === 'ready') return url;
  }
  return undefined;
}

/** Ctrl+C is how a demo ends: that is no failure. */
function stoppedCode(io: Io): ExitCode {
  const reason: unknown = io.signal.reason;
  if (!(reason instanceof Stopped) || reason.exitCode === exitCodes.interrupted) return exitCodes.ok;
  return reason.exitCode;
}
