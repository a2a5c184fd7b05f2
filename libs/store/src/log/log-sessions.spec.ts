import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { OperationalError } from '@cordon/kernel';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { clientConfig } from '../connection.js';
import { LogSessions } from './log-sessions.js';

let database: TestDatabase;
let sockets: Socket[] = [];

beforeAll(async () => {
  database = await testDatabase();
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});
afterAll(() => database.drop());

function setup(url = database.url): LogSessions {
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.push(socket);
    return socket;
  };
  const config = clientConfig({ url, applicationName: 'log-sessions.spec' });
  return new LogSessions({ ...config, stream, query_timeout: 100 }, 10);
}

/** Leads until the signal, and says why that came. */
function leadUntilLost(
  sessions: LogSessions,
  begun: () => void,
): Promise<{ readonly result: unknown } | undefined> {
  return sessions.lead(
    (lost) =>
      new Promise<unknown>((resolve) => {
        lost.addEventListener('abort', () => resolve(lost.reason));
        begun();
      }),
  );
}

test('a leader whose connection still stands but says nothing any more learns that it is lost', async () => {
  const sessions = setup();
  const led = leadUntilLost(sessions, () => sockets[0]?.pause());
  const lost = (await led)?.result;
  expect(lost).toBeInstanceOf(OperationalError);
  expect(lost).toMatchObject({ retryable: true, message: expect.stringContaining('lost') });
});

test('a connection that answers keeps the lead through many beats', async () => {
  const sessions = setup();
  const led = await sessions.lead(async (lost) => {
    // Other questions to the database, until more beats than one have passed.
    for (let i = 0; i < 20; i += 1) expect(await setup().lead(async () => 'both')).toBeUndefined();
    return lost.aborted;
  });
  expect(led).toEqual({ result: false });
});

test('where there is no database, neither leading nor listening is begun, and it may be tried again', async () => {
  const url = new URL(database.url);
  url.pathname = '/no_such_database';
  const sessions = setup(url.href);
  await expect(sessions.lead(async () => 1)).rejects.toBeInstanceOf(OperationalError);
  await expect(sessions.onAsked(() => undefined)).rejects.toBeInstanceOf(OperationalError);
  await sessions.close();
});
