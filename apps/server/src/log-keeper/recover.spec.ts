import { stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openedValues, openNote, parseCheckpoint, parseNote, parseVkey, type Opening } from '@cordon/audit';
import { announcedKeys, recover, selfCheck, type RecoverOptions } from '@cordon/runtime';
import { SimulatedClock } from '@cordon/testkit';
import { logDeployment, type LogDeployment } from '../testing/log-deployment.js';

let one: LogDeployment;
let clock: SimulatedClock;
let log: string;
beforeEach(async () => {
  clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  one = await logDeployment(clock);
  log = one.store.logName;
  await one.write(280);
  await one.settle();
});
afterEach(() => one.close());

const tables = ['audit_entry', 'audit_opening', 'journal_head', 'log_head', 'log_tile', 'log_checkpoint'];

/** Puts back the database as it was before the last 20 entries, which had been signed. */
async function loseEntries(): Promise<string> {
  await one.attack(...tables.map((table) => `CREATE TABLE yesterday_${table} AS TABLE ${table}`));
  await one.write(20);
  clock.advance(2_000);
  await one.settle();
  await one.attack(
    ...tables.flatMap((table) => [
      `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      `DELETE FROM ${table}`,
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM yesterday_${table}`,
      `ALTER TABLE ${table} ENABLE TRIGGER ALL`,
    ]),
  );
  return (await one.memory.last()) ?? '';
}

function options(): RecoverOptions {
  return {
    ...{ store: one.store.log, journal: one.journal, memory: one.memory, log },
    async moveAside(suffix) {
      await one.keys.file('log').moveAside(suffix);
      await one.memory.moveAside(suffix);
    },
  };
}

/** What the history says about the recovery. */
async function said() {
  return (await one.store.log.journalEntries(['log.recover'])).map(
    ({ openings }) => openedValues(JSON.parse(openings ?? '[]') as Opening[]).data,
  );
}

async function checkRecovered(lost: string, left: number): Promise<void> {
  const origin = `${log}/r2`;
  expect(await said()).toEqual([{ origin, previousOrigin: log, checkpoint: lost, size: left }]);
  clock.advance(2_000);
  await one.settle();
  const head = await one.store.log.head();
  expect([head.epoch, head.origin]).toEqual([2, origin]);
  const known = (await announcedKeys(one.store.log)).filter(({ purpose }) => purpose === 'log');
  expect(known.map(({ vkey, retired }) => [vkey.split('+')[0], retired])).toEqual([
    [log, true],
    [origin, false],
  ]);
  expect(known[0]?.vkey.split('+')[2]).not.toBe(known[1]?.vkey.split('+')[2]);
  const checkpoint = await one.store.log.checkpoint();
  const { text } = openNote(checkpoint?.note ?? '', [parseVkey(known[1]?.vkey ?? '')]);
  expect(parseCheckpoint(text)).toMatchObject({ origin, size: head.size });
  await selfCheck({ store: one.store.log, memory: one.memory, vkeys: known.map(({ vkey }) => vkey) });
  await stat(`${one.memory.path}.r1`);
  await stat(`${one.keys.file('log').path}.r1`);
}

test('a new tree begins over what is left, and the history quotes what was signed', async () => {
  const lost = await loseEntries();
  const left = (await one.store.log.head()).size;
  await expect(selfCheck({ store: one.store.log, memory: one.memory, vkeys: [] })).rejects.toThrow('missing');
  const recovery = await recover(options());
  const signed = parseCheckpoint(parseNote(lost).text).size;
  expect(recovery).toEqual({ previousOrigin: log, origin: `${log}/r2`, size: left, signed });
  expect(signed - left).toBeGreaterThanOrEqual(20);
  await checkRecovered(lost, left);
});

class Killed extends Error {}
const killed = (): Promise<never> => Promise.reject(new Killed());

const cuts: readonly [string, (of: RecoverOptions) => RecoverOptions][] = [
  ['after the epoch began', (of) => ({ ...of, journal: { record: killed } })],
  [
    'after the entry was written',
    (of) => ({
      ...of,
      journal: { record: async (event) => of.journal.record(event).then(killed) },
    }),
  ],
  ['before anything is put aside', (of) => ({ ...of, moveAside: killed })],
  [
    'after the key was put aside',
    (of) => ({
      ...of,
      moveAside: async (suffix) => {
        await one.keys.file('log').moveAside(suffix);
        await killed();
      },
    }),
  ],
];

test.each(cuts)('cut short %s, it is finished by doing it again', async (_when, cut) => {
  const lost = await loseEntries();
  const left = (await one.store.log.head()).size;
  await expect(recover(cut(options()))).rejects.toThrow(Killed);
  expect(await recover(options())).toMatchObject({ origin: `${log}/r2`, size: left });
  await checkRecovered(lost, left);
});

test('what was signed by another deployment is no reason to give up this one', async () => {
  await one.attack(
    'ALTER TABLE log_head DISABLE TRIGGER ALL',
    `UPDATE log_head SET origin = 'cordon-log/another'`,
  );
  await expect(recover(options())).rejects.toThrow('it belongs to another deployment');
});

test('it can be done again later: each tree has its own number', async () => {
  await recover(options());
  clock.advance(2_000);
  await one.settle();
  expect((await recover(options())).origin).toBe(`${log}/r3`);
  clock.advance(2_000);
  await one.settle();
  expect((await one.store.log.checkpoint())?.note.split('\n')[0]).toBe(`${log}/r3`);
});
