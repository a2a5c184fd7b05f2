/**
 * Retention ends beside a working server, and under `kill -9`: nobody is alarmed, everybody can go on, and of the rows
 * all are gone or none.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { patrol, selfCheck, type IncidentId } from '@cordon/runtime';
import pg from 'pg';
import { BEFORE, Retention } from '../support/retention.js';

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

let one: Retention;
let first: IncidentId;
beforeEach(async () => {
  one = await Retention.begin();
  first = await one.over(40);
  await one.collect(await one.open(5, 'Open'), 'not for long');
  await one.settle();
}, 60_000);
afterEach(() => one.end());

/** The open incident of the beginning is closed long ago too, and later ones follow. */
async function history(): Promise<void> {
  const open = ((await one.asOwner(`SELECT id FROM incident WHERE status = 'open'`))[0]?.['id'] ??
    0) as number;
  await one.close(Number(open) as IncidentId);
  await one.write(500);
  one.clock.advance(800 * 86_400_000);
  await one.open(20, 'Later');
  await one.write(300);
  await one.settle();
}

test('beside a server that leads, writes, and looks at the log: it signs, and nobody is alarmed', async () => {
  await history();
  const { log } = one.store;
  const checked = await selfCheck({ store: log, memory: one.memory, vkeys: [], newest: 0 });
  let over = false;
  const keeper = one.keeper();
  const asked = await log.onAsked(() => keeper.ask());
  const leading = log.lead(async () => {
    await keeper.begin();
    while (!over) await sleep(Math.min(20, await keeper.turn()));
  });
  const writing = (async () => {
    for (let n = 0; !over; n += 1) {
      await one.write(5);
      await one.open(1, `Meanwhile ${n}`);
    }
  })();
  const looking = (async () => {
    // The first round goes by what a start saw before anything was gone.
    await patrol(log, () => sleep(5), checked);
    while (!over) {
      await patrol(log, () => sleep(1));
      await selfCheck({ store: log, memory: one.memory, vkeys: [] });
    }
  })();
  const { code, out, err } = await one.prune('archive.zip');
  over = true;
  await Promise.all([leading, writing, looking]);
  await asked.stop();
  expect([code, out + err]).toEqual([0, expect.stringContaining('Gone: 2 incidents')]);
  // By what the start saw, too.
  await patrol(log, async () => undefined, { ...checked, unchecked: 2 });
  await one.settle();
  await one.look();
}, 120_000);

interface Child {
  readonly ended: Promise<unknown>;
  kill(): Promise<void>;
}

function launch(): Child {
  const args = ['audit', 'prune', '--before', BEFORE, '--archive', join(one.folder, 'archive.zip')];
  const env = { ...process.env, ...one.env, INIT_CWD: one.folder };
  const child = spawn(process.execPath, [MAIN, ...args, '--reason', 'Six years'], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  return { ended, kill: async () => void (child.kill('SIGKILL'), await ended) };
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(5);
}

const there = (name: string) =>
  stat(join(one.folder, name)).then(
    () => true,
    () => false,
  );
const announcements = async (): Promise<number> => {
  const [row] = await one.asOwner(
    `SELECT count(*)::int AS n FROM audit_entry WHERE incident_id = 0 AND cordon_event_type(leaf) = 'log.pruned'`,
  );
  return Number(row?.['n']);
};

test('killed while the archive is written, when it is there, after the announcement, and amid the removal', async () => {
  await history();
  const before = await one.rows('Quillfeather');
  expect(Object.keys(before)).toEqual(expect.arrayContaining(['audit_opening', 'incident']));
  const stages: readonly [string, () => Promise<boolean>][] = [
    ['a part of the archive', async () => (await readdir(one.folder)).some((name) => name.endsWith('.part'))],
    ['the archive', () => there('archive.zip')],
    ['the announcement', async () => (await announcements()) === 1],
  ];
  for (const [, reached] of stages) {
    const child = launch();
    await until(reached);
    await child.kill();
    expect(await one.rows('Quillfeather')).toEqual(before);
    await one.look();
  }
  // A reader that holds a row stops the removal half-way.
  const holder = new pg.Client(one.database.url);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM incident WHERE id = ${first} FOR UPDATE`);
  const child = launch();
  await until(async () => {
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM incident%'`;
    return (await one.asOwner(waiting)).length > 0;
  });
  await child.kill();
  await holder.query('ROLLBACK');
  await holder.end();
  await until(async () => {
    const left = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DELETE FROM incident%' AND state = 'active' AND pid <> pg_backend_pid()`;
    return (await one.asOwner(left)).length === 0;
  });
  await one.look();
  const [kept] = [await one.rows('Quillfeather')];
  const pruned = (await one.rows())['pruned_incident'];
  // The connection may have died before or after it heard that it could go on: all or nothing.
  expect([kept, pruned]).toEqual(pruned === undefined ? [before, undefined] : [{}, 2]);
  await launch().ended;
  expect(await one.rows('Quillfeather')).toEqual({});
  expect((await one.rows())['pruned_incident']).toBe(2);
  expect(await announcements()).toBe(1);
  await one.settle();
  await one.look();
  expect((await readdir(join(one.folder, 'evidence', 'pending'))).length).toBe(0);
}, 180_000);
