import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { makeLog } from '../log.js';
import { Loop } from './loop.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A loop whose turns do what the test says; `turns` holds when each began, counted from the start. */
function setup(turn: (count: number) => Promise<number>) {
  const logged: string[] = [];
  const turns: number[] = [];
  const startedAt = Date.now();
  const loop = new Loop('test', makeLog('info', { write: (line: string) => void logged.push(line) }), () => {
    turns.push(Date.now() - startedAt);
    return turn(turns.length);
  });
  return { loop, logged, turns };
}

const failing = (): Promise<number> => Promise.reject(new Error('the database is away'));

test('each turn says how long to sleep; nought still lets others have their turn', async () => {
  const { loop, turns } = setup((count) => Promise.resolve(count === 1 ? 1_000 : 0));
  loop.start();
  await jest.advanceTimersByTimeAsync(1_010);
  await loop.stop();
  expect(turns).toEqual([0, 1_000, 1_005, 1_010]);
});

test('a failing turn is logged and tried again, later each time, up to a quarter of a minute', async () => {
  const { loop, logged, turns } = setup(failing);
  loop.start();
  await jest.advanceTimersByTimeAsync(46_000);
  await loop.stop();
  const pauses = turns.slice(1).map((at, i) => at - (turns[i] ?? 0));
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  expect(logged).toHaveLength(turns.length);
  expect(JSON.parse(logged[0] ?? '')).toMatchObject({
    loop: 'test',
    err: { message: 'the database is away' },
  });
});

test('after a turn that went well, the next failure is tried again as soon as the first was', async () => {
  const { loop, turns } = setup((count) => (count === 3 ? Promise.resolve(10) : failing()));
  loop.start();
  await jest.advanceTimersByTimeAsync(1_010);
  await loop.stop();
  expect(turns).toEqual([0, 250, 750, 760, 1_010]);
});

test('stop waits for the turn under way, and no other begins', async () => {
  let finish: (pause: number) => void = () => undefined;
  const { loop, turns } = setup(() => new Promise((resolve) => (finish = resolve)));
  loop.start();
  let stopped = false;
  const stopping = loop.stop().then(() => (stopped = true));
  await jest.advanceTimersByTimeAsync(60_000);
  expect(stopped).toBe(false);
  finish(0);
  await stopping;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(turns).toHaveLength(1);
});

test('a loop that sleeps stops at once, and one that never began too', async () => {
  const { loop } = setup(() => Promise.resolve(3_600_000));
  loop.start();
  await jest.advanceTimersByTimeAsync(0);
  await loop.stop();
  expect(jest.getTimerCount()).toBe(0);
  await setup(() => Promise.resolve(0)).loop.stop();
});
