/** One key takes the place of another, and whatever is cut short on the way is finished by the next process. */
import { stat, writeFile, chmod, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openNote, parseCheckpoint, parseVkey } from '@cordon/audit';
import { announcedKeys, LogKeyError, type KeeperOptions, type LogKeys } from '@cordon/runtime';
import { SimulatedClock } from '@cordon/testkit';
import { logDeployment, type LogDeployment } from '../testing/log-deployment.js';

let one: LogDeployment;
let clock: SimulatedClock;
let notes: string[];
beforeEach(async () => {
  clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  one = await logDeployment(clock);
  await one.write(3);
  await one.settle();
  notes = [];
});
afterEach(() => one.close());

class Killed extends Error {}

/** The options of a process that is killed at the n-th of these calls, before it or after it; the counts of calls so far. */
function mortal(kill: { method: string; nth: number; after: boolean } | undefined) {
  const calls = new Map<string, number>();
  const doomed = <T extends object>(target: T, methods: readonly string[]): T =>
    new Proxy(target, {
      get(of, name, receiver) {
        const value: unknown = Reflect.get(of, name, receiver);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const method = String(name);
          if (!methods.includes(method)) return value.apply(of, args) as unknown;
          const nth = (calls.get(method) ?? 0) + 1;
          calls.set(method, nth);
          const dies = kill?.method === method && kill.nth === nth;
          if (dies && !kill.after) throw new Killed(method);
          const result: unknown = await value.apply(of, args);
          if (dies) throw new Killed(method);
          return result;
        };
      },
    });
  const options: Partial<KeeperOptions> = {
    store: doomed(one.store.log, ['grow', 'addCheckpoint']),
    journal: doomed(one.journal, ['record']),
    memory: doomed(one.memory, ['remember']),
    keys: doomed<LogKeys>(one.keys, ['replace']),
  };
  return { options, calls };
}

/** Lets one process turn until nothing changes any more, or it is killed. */
async function live(kill?: { method: string; nth: number; after: boolean }): Promise<Map<string, number>> {
  const { options, calls } = mortal(kill);
  let killed = false;
  const failed = (_what: string, error: unknown): void => void (killed ||= error instanceof Killed);
  const keeper = one.keeper({ ...options, failed });
  await keeper.begin();
  await one.write(1);
  for (let turn = 0; turn < 12 && !killed; turn += 1) {
    await keeper.turn().catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
      killed = true;
    });
    const note = (await one.store.log.checkpoint())?.note;
    if (note !== undefined && note !== notes.at(-1)) notes.push(note);
    clock.advance(1_000);
  }
  return calls;
}

/** Every checkpoint was signed by keys that were announced in it and not retired before, and the old and new one signed together. */
async function checkHistory(old: string, next: string): Promise<void> {
  const entries = await one.store.log.journalEntries(['log.key', 'log.key_retired']);
  const known = await announcedKeys(one.store.log);
  const log = known.filter(({ purpose }) => purpose === 'log');
  expect(log).toEqual([
    { purpose: 'log', vkey: old, retired: true },
    { purpose: 'log', vkey: next, retired: false },
  ]);
  const places = (type: string): readonly number[] =>
    entries.flatMap(({ leaf, index, openings }) =>
      String(leaf && Buffer.from(leaf)).includes(`"type":"${type}"`) && String(openings).includes('"log"')
        ? index
        : [],
    );
  const announced = Math.min(...places('log.key').slice(1));
  const retired = Math.min(...places('log.key_retired'));
  const signers = notes.map((note) => {
    const { by, text } = openNote(note, [old, next].map(parseVkey));
    return { size: parseCheckpoint(text).size, by: by.map(({ text: vkey }) => vkey) };
  });
  expect(signers.some(({ size, by }) => by.length === 2 && size > announced && size <= retired)).toBe(true);
  for (const { size, by } of signers) {
    if (by.includes(next)) expect(size).toBeGreaterThan(announced);
    if (!by.includes(old)) expect(size).toBeGreaterThan(retired);
  }
  expect(signers.at(-1)?.by).toEqual([next]);
  expect((await one.keys.present('log', one.store.logName, false)).keys.map(({ vkey }) => vkey)).toEqual([
    next,
  ]);
  await expect(stat(one.keys.file('log').nextPath)).rejects.toThrow('ENOENT');
}

async function layNext(): Promise<readonly [string, string]> {
  await one.keys.file('log').addNext();
  const { keys } = await one.keys.present('log', one.store.logName, false);
  const [old, next] = keys.map(({ vkey }) => vkey);
  return [old ?? '', next ?? ''];
}

test('the old key signs until the new one is announced, both sign once, then the new one alone; the old one is destroyed', async () => {
  const [old, next] = await layNext();
  const before = await readFile(one.keys.file('log').path, 'utf8');
  await live();
  await checkHistory(old, next);
  expect(await readFile(one.keys.file('log').path, 'utf8')).not.toBe(before);
  expect((await stat(one.keys.file('log').path)).mode & 0o777).toBe(0o600);
});

const deaths = ['record', 'grow', 'remember', 'addCheckpoint', 'replace'].flatMap((method) =>
  [1, 2, 3].flatMap((nth) => [true, false].map((after) => ({ method, nth, after }))),
);

test.each(deaths)(
  'killed at call $nth of $method (after it: $after), the next process finishes',
  async (death) => {
    const [old, next] = await layNext();
    await live(death);
    await live();
    await checkHistory(old, next);
  },
);

test('killed between destroying the old key and giving the new one its name', async () => {
  const [old, next] = await layNext();
  await live({ method: 'replace', nth: 1, after: false });
  await writeFile(one.keys.file('log').path, Buffer.alloc(119, 7));
  await live();
  await checkHistory(old, next);
});

test('the key of bundles is replaced the same way', async () => {
  await one.keys.file('bundle').addNext();
  await live();
  const known = (await announcedKeys(one.store.log)).filter(({ purpose }) => purpose === 'bundle');
  expect(known.map(({ retired }) => retired)).toEqual([true, false]);
  const { keys } = await one.keys.present('bundle', one.store.logName, false);
  expect(keys.map(({ vkey }) => vkey)).toEqual([known[1]?.vkey]);
});

test('without its key the log is not signed with another one', async () => {
  await one.keys.file('log').moveAside('lost');
  await one.write(1);
  await expect(one.settle()).rejects.toThrow('The key that signs the log');
  await expect(stat(one.keys.file('log').path)).rejects.toThrow('ENOENT');
});

test('a key file that others may read, or that holds no key, is refused by name, and its contents are not shown', async () => {
  const { path } = one.keys.file('log');
  await chmod(path, 0o640);
  await expect(one.keys.present('log', 'x', false)).rejects.toThrow(`chmod 600 ${path}`);
  await writeFile(path, 'secret text');
  await chmod(path, 0o600);
  const refused = await one.keys.present('log', 'x', false).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LogKeyError);
  expect(String(refused)).toContain(path);
  expect(String(refused)).not.toContain('secret');
});

test('processes that make the first key at once have the same', async () => {
  const { keys } = one;
  await keys.file('bundle').moveAside('before');
  const made = await Promise.all(Array.from({ length: 5 }, () => keys.present('bundle', 'x', true)));
  expect(new Set(made.map(({ keys: present }) => present.map(({ vkey }) => vkey).join())).size).toBe(1);
});
