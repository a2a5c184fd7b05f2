import { expect, test } from '@jest/globals';
import { SimulatedClock } from '@cordon/testkit';
import { Outbound } from './outbound.js';
import type { CheckpointSink } from './ports.js';

type Pushed = Parameters<CheckpointSink['push']>[0];

function setup() {
  const clock = new SimulatedClock();
  const [pushed, failures] = [[] as [number, boolean][], [] as string[]];
  let answer: () => Promise<void> = () => Promise.resolve();
  const sink: CheckpointSink = {
    name: 'shelf',
    push: async ({ size, notable }) => {
      pushed.push([size, notable]);
      await answer();
    },
  };
  const outbound = new Outbound(sink, clock, (name, error) => failures.push(`${name}: ${String(error)}`));
  const of = (size: number, notable = false): Pushed => ({
    note: `${size}`,
    origin: 'log',
    size,
    at: clock.now(),
    notable,
  });
  return { clock, pushed, failures, outbound, of, answerWith: (next: typeof answer) => (answer = next) };
}

test('each checkpoint is brought out, in order; while one is under way only the newest waits, as notable as those it covers', async () => {
  const { outbound, pushed, of, answerWith } = setup();
  let release: () => void = () => undefined;
  answerWith(() => new Promise((resolve) => (release = resolve)));
  for (const one of [of(1), of(2, true), of(3)]) outbound.offer(one);
  expect(pushed).toEqual([[1, false]]);
  answerWith(() => Promise.resolve());
  release();
  await outbound.settled();
  expect(pushed).toEqual([
    [1, false],
    [3, true],
  ]);
});

test('after a failure it is tried again a minute later, or with the next notable one; failures are told', async () => {
  const { outbound, pushed, failures, clock, of, answerWith } = setup();
  answerWith(() => Promise.reject(new Error('full')));
  outbound.offer(of(1, true));
  await outbound.settled();
  answerWith(() => Promise.resolve());
  outbound.offer(of(2));
  clock.advance(59_999);
  outbound.wake();
  await outbound.settled();
  expect(pushed).toEqual([[1, true]]);
  clock.advance(1);
  outbound.wake();
  await outbound.settled();
  expect(pushed).toEqual([
    [1, true],
    [2, true],
  ]);
  expect(failures).toEqual(['shelf: Error: full']);
  answerWith(() => Promise.reject(new Error('full')));
  outbound.offer(of(3));
  await outbound.settled();
  answerWith(() => Promise.resolve());
  outbound.offer(of(4, true));
  await outbound.settled();
  expect(pushed.slice(2)).toEqual([
    [3, false],
    [4, true],
  ]);
});
