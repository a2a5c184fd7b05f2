import { expect, test } from '@jest/globals';
import { BusyError } from '../busy-error.js';
import { Backlog, heldBack, MAX_BACKLOG } from './backlog.js';
import type { Cordon } from '../cordon.js';

test('what changes an incident is refused while too much waits for the tree, and only then; what is read is not', async () => {
  let waiting = MAX_BACKLOG;
  const backlog = new Backlog({ backlog: async (limit) => Math.min(limit, waiting) });
  const called: string[] = [];
  const answers = (name: string) => async () => void called.push(name);
  const changes = ['openIncident', 'submitEvent', 'submitMany', 'handOver', 'recordRefusal'] as const;
  const cordon = Object.fromEntries(
    [...changes, 'incidents'].map((name) => [name, answers(name)]),
  ) as unknown as Cordon;
  const held = heldBack(cordon, backlog) as unknown as Record<string, () => Promise<void>>;
  await backlog.look();
  for (const name of changes) await held[name]?.();
  expect(called).toEqual(changes);
  waiting += 5;
  await held['submitEvent']?.();
  await backlog.look();
  expect(backlog.waiting).toBe(MAX_BACKLOG + 1);
  for (const name of changes) await expect(held[name]?.()).rejects.toThrow(BusyError);
  await held['incidents']?.();
  expect(called.at(-1)).toBe('incidents');
  waiting = 0;
  await backlog.look();
  await held['submitEvent']?.();
});
