import { afterEach, expect, test } from '@jest/globals';
import { OperationalError } from '@cordon/kernel';
import { loadConfig } from '../config.js';
import { build, serve, type Served } from '../testing/serve.js';
import { Closers } from './closers.js';
import { explainFailure } from './explain.js';
import { listen, stopListening } from './listen.js';

let served: Served | undefined;
afterEach(async () => served?.close());

test('what was opened last is closed first, each once, even when one fails', async () => {
  const closed: string[] = [];
  const closers = new Closers();
  closers.add(async () => void closed.push('database'));
  closers.add(() => Promise.reject(new Error('stuck')));
  closers.add(async () => void closed.push('server'));
  await expect(closers.close()).rejects.toThrow('stuck');
  await expect(closers.close()).rejects.toThrow('stuck');
  expect(closed).toEqual(['server', 'database']);
});

test('a port that is taken is named, with the variable that changes it', async () => {
  served = await serve();
  const other = await build();
  const port = new URL(served.url).port;
  const config = loadConfig({ PORT: port });
  const failure = await listen(other.app, config).catch((error: unknown) => error);
  expect(explainFailure(failure, config)).toBe(
    `Port ${port} on 127.0.0.1 is in use by another program. Stop that program, or set PORT to another number.`,
  );
  await other.app.close();
});

test('a database that does not answer is named without its password', () => {
  const config = loadConfig({ DATABASE_URL: 'postgres://cordon:hunter2@db.example.org:5432/cordon' });
  const sentence = explainFailure(new OperationalError('connection refused.', true), config);
  expect(sentence).toContain('DATABASE_URL (db.example.org:5432/cordon)');
  expect(sentence).not.toContain('hunter2');
});

test('stopping lets the request under way finish', async () => {
  served = await serve();
  const { cordon, app, ask } = served;
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    cordon.incidents = async () => {
      resolve();
      await new Promise<void>((go) => (release = go));
      return [];
    };
  });
  const answer = ask('/api/v1/incidents');
  await arrived;
  const stopped = stopListening(app);
  release();
  expect((await answer).status).toBe(200);
  await stopped;
  await expect(ask('/health/live')).rejects.toThrow();
});
