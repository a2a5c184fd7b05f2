/** The built product as processes of its own: started, waited for, stopped in order, or killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';

const program = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url));
/** Of standard error, so much is kept for a failing test to show. */
const KEPT = 20_000;
const STOP_BOUND_MS = 30_000;

export interface ServerProcess {
  /** Resolves with the address, or with undefined for a worker; rejects with what it said when it ends before. */
  readonly ready: Promise<string | undefined>;
  readonly ended: Promise<unknown>;
  /** True until it has ended. */
  isRunning(): boolean;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
  /** As Ctrl+C would; fails when it does not end in order. */
  stop(): Promise<void>;
  /** The end of what it said on standard error. */
  said(): string;
  /** What it printed on standard output. */
  printed(): string;
}

const started = new Set<ServerProcess>();
afterAll(async () => {
  for (const one of started) if (one.isRunning()) await one.kill();
});

/** Starts one process. Of our own environment it sees what finds programs and folders, and nothing else. */
export function launch(settings: Readonly<Record<string, string>>): ServerProcess {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  const env = { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), PORT: '0', LOG_LEVEL: 'warn', ...settings };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed = `${printed}${chunk.toString()}`.slice(-KEPT)));
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-KEPT)));
  const ready = firstWords(child, () => said);
  ready.catch(() => undefined);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const one: ServerProcess = {
    ready,
    ended,
    isRunning,
    said: () => said,
    printed: () => printed,
    async kill() {
      if (isRunning()) child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      if (isRunning()) child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_BOUND_MS);
      await ended;
      clearTimeout(late);
      if (child.exitCode !== 0)
        throw new Error(`It ended with ${child.exitCode ?? child.signalCode}. ${said}`);
    },
  };
  started.add(one);
  return one;
}

/** What it prints when it is ready; its address is in there, when it has one. */
function firstWords(child: ChildProcess, said: () => string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /^Cordon is ready: (\S+)$/m.exec(text)?.[1];
      if (url !== undefined) resolve(url);
      else if (/^Cordon works in the background/m.test(text)) resolve(undefined);
    });
    child.on('close', () => reject(new Error(`The server ended before it was ready. ${said()}`)));
  });
}
