/**
 * What an attacker is up against: the whole app, started in this process as `npm start` starts it, over a real database.
 * Only the time of day is the test's own, so that pauses and one-time codes are waited out without waiting.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import pg from 'pg';
import { start } from '../../../apps/server/src/boot/start.js';
import { loadConfig } from '../../../apps/server/src/config.js';
import { makeLog } from '../../../apps/server/src/log.js';
import { ask, type Ask, type Reply } from '../../support/ask.js';
import { emptyDatabase } from '../../support/database.js';

export const ADMIN = 'an-administrators-token-of-these-attacks';

/** Everything but the date goes by the machine's clock. */
const GOES_ON = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

export interface Token {
  readonly id: string;
  readonly token: string;
}

export interface Stage {
  readonly url: string;
  /** Lines of the log so far, JSON each. */
  readonly logged: readonly string[];
  /** What the start told on the terminal. */
  readonly told: readonly string[];
  /** The first administrator's one-time link, printed at start. */
  readonly firstLink: string | undefined;
  /** The data folder. */
  readonly folder: string;
  /** Asks as nobody unless a token or a cookie is sent along. */
  ask(path: string, what?: Ask): Promise<Reply>;
  /** Asks as the administrator; throws for anything but success. */
  made(path: string, json: object, method?: string): Promise<Readonly<Record<string, unknown>>>;
  /** A new API token with these roles. */
  token(...roles: readonly string[]): Promise<Token>;
  /** A new incident's reference. */
  incident(title: string, more?: object): Promise<string>;
  /** Bytes as they are on a connection of their own; what came back, as text, once the server has hung up. */
  bytes(sent: string): Promise<string>;
  /** As the database's owner. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Moves the time of day on. */
  wait(ms: number): void;
  stop(): Promise<void>;
}

export async function stage(environment: Readonly<Record<string, string>> = {}): Promise<Stage> {
  jest.useFakeTimers({ now: Date.now(), doNotFake: [...GOES_ON] });
  const database = await emptyDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'cordon-attacks-'));
  const [logged, told] = [[] as string[], [] as string[]];
  const port = environment['CORDON_PUBLIC_URL'] === undefined ? 0 : await freePort();
  const config = loadConfig({
    ...{ DATABASE_URL: database.url, PORT: String(port), CORDON_ROLE: 'api', CORDON_DATA_DIR: folder },
    ...{ CORDON_BOOTSTRAP_TOKEN: ADMIN, ...environment },
  });
  const log = makeLog('info', { write: (line: string) => void logged.push(line) });
  const running = await start(config, log, (line) => void told.push(line));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  const url = port === 0 ? (running.url ?? '') : `http://127.0.0.1:${port}`;
  return {
    ...{ url, logged, told, folder, firstLink: running.firstLink },
    ...requests(url),
    bytes: (sent) => exchange(url, sent),
    query: async (sql, values = []) => (await pool.query<Record<string, unknown>>(sql, [...values])).rows,
    wait: (ms) => void jest.setSystemTime(Date.now() + ms),
    stop: async () => {
      await running.stop();
      await pool.end();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
      jest.useRealTimers();
    },
  };
}

function requests(url: string): Pick<Stage, 'ask' | 'made' | 'token' | 'incident'> {
  const asked = (path: string, what: Ask = {}): Promise<Reply> => ask(url + path, what);
  const made: Stage['made'] = async (path, json, method = 'POST') => {
    const reply = await asked(path, { token: ADMIN, json, method, key: crypto.randomUUID() });
    if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${reply.text}`);
    return reply.body;
  };
  return {
    ...{ ask: asked, made },
    token: async (...roles) => {
      const { id, token } = await made('/api/v1/tokens', { name: `Test ${roles.join(' ')}`, roles });
      return { id: String(id), token: String(token) };
    },
    incident: async (title, more = {}) => {
      const awareAt = '2025-02-22T10:00:00+08:00';
      return String(
        (await made('/api/v1/incidents', { playbook: 'ransomware', title, awareAt, ...more }))['ref'],
      );
    },
  };
}

/** With a public address the server announces that one, so a test has to know beforehand where it listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function exchange(url: string, sent: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(sent));
    let heard = '';
    socket.setTimeout(20_000, () =>
      socket.destroy(new Error(`nothing came back to ${JSON.stringify(sent)}`)),
    );
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
    socket.on('error', reject).on('close', () => resolve(heard));
  });
}

/** `expected` for one of those, else the value itself, so that a failing test shows it. */
export function among<T>(value: T, ...those: readonly T[]): T | 'expected' {
  return those.includes(value) ? 'expected' : value;
}
