import { expect, test } from '@jest/globals';
import { SimulatedClock } from '@cordon/testkit';
import type { StoredCheckpoint, StoredTimestamp } from './ports.js';
import { Timestamps } from './timestamps.js';

const HOUR = 3_600_000;

function setup(stored: StoredTimestamp[] = []) {
  const clock = new SimulatedClock(Date.parse('2026-03-24T20:00:00Z'));
  let down = false;
  const store = {
    timestamps: async (limit: number) => stored.slice(-limit),
    addTimestamp: async (one: StoredTimestamp) => void stored.push(one),
  };
  const authority = {
    stamp: async (message: Uint8Array) => {
      if (down) throw new Error('no answer');
      return Buffer.from(message).reverse();
    },
  };
  const timestamps = new Timestamps(store, authority, clock);
  const at = (size: number): StoredCheckpoint => ({
    epoch: 1,
    size,
    root: Buffer.alloc(32),
    note: `note ${size}`,
    at: clock.now(),
  });
  return { clock, stored, timestamps, at, break: (is: boolean) => (down = is) };
}

test('one a UTC day, whatever was there before the start', async () => {
  const { clock, stored, timestamps, at } = setup();
  expect(await timestamps.offer(at(1))).toBe(true);
  expect(stored).toEqual([
    { epoch: 1, size: 1, note: 'note 1', reply: Buffer.from('1 eton'), at: clock.now() },
  ]);
  clock.advance(4 * HOUR - 1);
  expect(await timestamps.offer(at(2))).toBe(false);
  clock.advance(1);
  expect(await timestamps.offer(at(3))).toBe(true);
  const restarted = setup([...stored]);
  restarted.clock.set(clock.now() + 1);
  expect(await restarted.timestamps.offer(at(4))).toBe(false);
});

test('after an incident closes, at most one an hour', async () => {
  const { clock, timestamps, at } = setup();
  clock.advance(5 * HOUR);
  await timestamps.offer(at(1));
  timestamps.noteClosing();
  clock.advance(HOUR - 1);
  expect(await timestamps.offer(at(2))).toBe(false);
  clock.advance(1);
  expect(await timestamps.offer(at(3))).toBe(true);
  clock.advance(HOUR);
  expect(await timestamps.offer(at(4))).toBe(false);
});

test('a service that does not answer is asked again a minute later, and a closing is not forgotten', async () => {
  const { clock, timestamps, at, break: breaks } = setup();
  clock.advance(5 * HOUR);
  await timestamps.offer(at(1));
  timestamps.noteClosing();
  clock.advance(HOUR);
  breaks(true);
  await expect(timestamps.offer(at(2))).rejects.toThrow('no answer');
  breaks(false);
  clock.advance(59_999);
  expect(await timestamps.offer(at(3))).toBe(false);
  clock.advance(1);
  expect(await timestamps.offer(at(4))).toBe(true);
});
