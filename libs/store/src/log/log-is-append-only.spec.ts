import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TreeEdge } from '@cordon/audit';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { outcome } from '../../../../test/support/outcome.js';
import { clientConfig } from '../connection.js';
import { openStore } from '../open-store.js';

const REFUSED_BY_TRIGGER = '23001';
const NO_PRIVILEGE = '42501';
const CHECK_VIOLATION = '23514';

/** Each would change what was once written down. */
const changes: readonly [string, string][] = [
  ['update a tile', `UPDATE log_tile SET hashes = hashes`],
  ['renumber a tile', `UPDATE log_tile SET index = 9`],
  ['delete a tile', `DELETE FROM log_tile`],
  ['truncate the tiles', `TRUNCATE log_tile`],
  [
    'overwrite a tile by an upsert',
    `INSERT INTO log_tile SELECT * FROM log_tile ON CONFLICT (epoch, level, index) DO UPDATE SET first_entry = 2`,
  ],
  ['update a checkpoint', `UPDATE log_checkpoint SET note = ''`],
  ['delete a checkpoint', `DELETE FROM log_checkpoint`],
  ['truncate the checkpoints', `TRUNCATE log_checkpoint`],
  ['update a time-stamp', `UPDATE log_timestamp SET reply = ''`],
  ['delete a time-stamp', `DELETE FROM log_timestamp`],
  ['truncate the time-stamps', `TRUNCATE log_timestamp`],
  ['move the boundary of retention', `UPDATE log_pruning SET place = 512`],
  ['take the boundary away', `DELETE FROM log_pruning`],
  ['truncate the boundaries', `TRUNCATE log_pruning CASCADE`],
  ['change where a chain ended that is gone', `UPDATE pruned_incident SET seq = 9`],
  ['forget an incident that is gone', `DELETE FROM pruned_incident`],
  ['truncate the incidents that are gone', `TRUNCATE pruned_incident`],
  ['delete the head', `DELETE FROM log_head`],
  ['truncate the head', `TRUNCATE log_head`],
  ['add another head', `INSERT INTO log_head SELECT * FROM log_head`],
];

/** The application may update the head, but only so that the tree grows: these are refused to everybody. */
const backwards: readonly [string, string][] = [
  ['make the tree smaller', `UPDATE log_head SET size = 0, last_entry = 0, edge = ''`],
  ['give the tree another edge', `UPDATE log_head SET edge = set_byte(edge, 0, 255)`],
  ['let the same tree end elsewhere', `UPDATE log_head SET last_entry = last_entry + 1`],
  [
    'let the tree grow by an entry before its last',
    `UPDATE log_head SET size = 257, last_entry = 2, edge = '${hex(64)}'`,
  ],
  ['leave the head as it is', `UPDATE log_head SET size = size`],
  [
    'rename the tree',
    `UPDATE log_head SET origin = 'another', size = 257, last_entry = 999, edge = '${hex(64)}'`,
  ],
  ['go back to an epoch', `UPDATE log_head SET epoch = 0, origin = 'r', size = 0, last_entry = 0, edge = ''`],
  ['pass over an epoch', `UPDATE log_head SET epoch = 3, origin = 'r', size = 0, last_entry = 0, edge = ''`],
  ['begin an epoch with a tree', `UPDATE log_head SET epoch = 2, origin = 'r'`],
  [
    'begin an epoch under the old origin',
    `UPDATE log_head SET epoch = 2, size = 0, last_entry = 0, edge = ''`,
  ],
];

function hex(bytes: number): string {
  return `\\x${'00'.repeat(bytes)}`;
}

let database: TestDatabase;
let superuser: pg.Client;
let app: pg.Client;

async function connect(settings: { role?: string } = {}): Promise<pg.Client> {
  const client = new pg.Client(clientConfig({ url: database.url, applicationName: 'log.spec', settings }));
  await client.connect();
  return client;
}

beforeAll(async () => {
  database = await testDatabase();
  const store = await openStore({ url: database.url });
  const from = await store.log.head();
  const edge = TreeEdge.empty();
  const tiles = Array.from({ length: 256 }, () => edge.append(new Uint8Array(32))).flat();
  const full = tiles.map((tile) => (tile.level === 0 ? { ...tile, firstEntry: 1 } : tile));
  expect(await store.log.grow(from, { ...from, size: 256, lastEntry: 900, edge }, full)).toBe(true);
  const signed = { epoch: 1, size: 256, note: 'n', at: Date.now() };
  await store.log.addCheckpoint({ ...signed, root: edge.root() });
  await store.log.addTimestamp({ ...signed, reply: new Uint8Array(3) });
  await store.close();
  superuser = await connect();
  app = await connect({ role: 'cordon_app' });
  await superuser.query(`INSERT INTO log_pruning VALUES (now(), 256, 900, 1, 1)`);
  await superuser.query(`INSERT INTO pruned_incident VALUES (7, 256, gen_random_uuid(), 1, 3, '${hex(32)}')`);
});

afterAll(async () => {
  await app.end();
  await superuser.end();
  await database.drop();
});

describe('the application', () => {
  test.each(changes)('may not %s', async (_, sql) => {
    expect(await outcome(app, sql)).toBe(NO_PRIVILEGE);
  });

  test.each(backwards)('may not %s', async (_, sql) => {
    expect(await outcome(app, sql)).toBe(REFUSED_BY_TRIGGER);
  });

  test.each([
    ['let the tree grow', `UPDATE log_head SET size = 257, last_entry = 901, edge = '${hex(64)}'`],
    [
      'begin the next epoch',
      `UPDATE log_head SET epoch = 2, origin = 'r', size = 0, last_entry = 0, edge = ''`,
    ],
    ['delete a snapshot, which is a cache', `DELETE FROM incident_snapshot`],
  ])('may %s', async (_, sql) => {
    expect(await outcome(app, sql)).toBe('done');
  });

  test.each([
    [
      'an edge that is not of the size',
      `UPDATE log_head SET size = 258, last_entry = 901, edge = '${hex(64)}'`,
    ],
    ['a tile that is too short', `INSERT INTO log_tile VALUES (7, 7, 1, 0, '${hex(8191)}')`],
    [
      'a tile of leaves without its first entry',
      `INSERT INTO log_tile VALUES (7, NULL, 1, 0, '${hex(8192)}')`,
    ],
    ['a root that is too short', `INSERT INTO log_checkpoint VALUES (now(), 1, 1, '${hex(31)}', 'n')`],
  ])('may not write %s', async (_, sql) => {
    expect(await outcome(app, sql)).toBe(CHECK_VIOLATION);
  });

  test.each([
    ['move the head to another row', `UPDATE log_head SET id = 1`],
    ['change a snapshot', `UPDATE incident_snapshot SET state = '{}'`],
    ['say that entries are gone', `INSERT INTO log_pruning VALUES (now(), 512, 901, 1, 1)`],
    [
      'say that an incident is gone',
      `INSERT INTO pruned_incident VALUES (8, 256, gen_random_uuid(), 1, 3, '${hex(32)}')`,
    ],
    ['delete a hold', `DELETE FROM legal_hold`],
    ['say that a hold was placed for something else', `UPDATE legal_hold SET incident_id = NULL`],
    [
      'add a hold that is released',
      `INSERT INTO legal_hold VALUES ('h', NULL, now(), 'p', 1, now(), 'p', 2)`,
    ],
  ])('may not %s', async (_, sql) => {
    expect(await outcome(app, sql)).toBe(NO_PRIVILEGE);
  });
});

describe.each(['origin', 'replica'])('the owner and superuser, session_replication_role %s', (mode) => {
  beforeAll(async () => void (await superuser.query(`SET session_replication_role = ${mode}`)));
  afterAll(async () => void (await superuser.query('RESET session_replication_role')));

  test.each([...changes, ...backwards])('may not %s either', async (_, sql) => {
    expect(await outcome(superuser, sql)).toBe(REFUSED_BY_TRIGGER);
  });
});
