/**
 * What the owner of the database may do under the name of pruning, one by one, and that the next start refuses and says
 * what it found: nothing counts as gone in good order but what a signed leaf says.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock, TamperError } from '@cordon/kernel';
import {
  DeploymentJournal,
  patrol,
  planPruning,
  PruningRefusedError,
  selfCheck,
  Sequencer,
  type IncidentId,
  type PruningGrounds,
} from '@cordon/runtime';
import { openStore, PostgresPruningStore, type Store } from '@cordon/store';
import pg from 'pg';
import { serverUrl } from '../support/database.js';
import { Retention } from '../support/retention.js';

let one: Retention;
let first: IncidentId;
let second: IncidentId;
let place: number;
let lastEntry: number;
let announced: number;
/** Each attack is made on a database of its own. */
let url: string;
let store: Store;
let copies = 0;

beforeAll(async () => {
  one = await Retention.begin();
  first = await one.over(30);
  await one.settle();
  await one.write(300);
  one.clock.advance(800 * 86_400_000);
  second = await one.over(30);
  await one.write(600);
  await one.settle();
  const { code, out, err } = await one.prune('archive.zip', '--json');
  if (code !== 0) throw new Error(out + err);
  const [pruning] = await one.store.log.prunings();
  if (!pruning) throw new Error('nothing was pruned');
  ({ place, lastEntry, announced } = pruning);
  // A database with connections is no template.
  await one.store.close();
}, 180_000);
afterAll(() => one.end());

beforeEach(async () => {
  const address = new URL(one.database.url);
  const template = address.pathname.slice(1);
  copies += 1;
  await admin(`CREATE DATABASE ${template}_${copies} TEMPLATE ${template}`);
  address.pathname = `/${template}_${copies}`;
  url = address.href;
  store = await openStore({ url });
});
afterEach(async () => {
  await store.close();
  await admin(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
});

async function admin(sql: string): Promise<void> {
  await asOwner(await serverUrl(), sql);
}

async function asOwner(at: string, ...sql: readonly string[]): Promise<void> {
  const client = new pg.Client(at);
  await client.connect();
  try {
    for (const statement of sql) await client.query(statement);
  } finally {
    await client.end();
  }
}

const GUARDED = ['audit_entry', 'audit_opening', 'log_pruning', 'pruned_incident', 'log_tile'];

/** With the triggers off that stand in the way. */
async function attack(...sql: readonly string[]): Promise<void> {
  await asOwner(url, ...GUARDED.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`), ...sql);
}

const look = () => selfCheck({ store: store.log, memory: one.memory, vkeys: [], newest: Infinity });

async function found(): Promise<string> {
  const error = await look().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TamperError);
  // The patrol finds it too, without what the signer remembers.
  await expect(patrol(store.log, async () => undefined)).rejects.toThrow(TamperError);
  return (error as Error).message;
}

const gone = (id: IncidentId): readonly string[] =>
  ['audit_entry', 'audit_opening', 'task', 'timer', 'incident_snapshot']
    .map((table) => `DELETE FROM ${table} WHERE incident_id = ${id}`)
    .concat(`DELETE FROM incident WHERE id = ${id}`);

const remembered = (at: number): string =>
  `INSERT INTO pruned_incident (id, uid, seq, head, epoch, place)
   SELECT id, uid, seq, head, 1, ${at} FROM incident WHERE id = ${second}`;

const pruning = (at: number, by: number): string =>
  `INSERT INTO log_pruning (epoch, place, last_entry, announced, at)
   SELECT 1, ${at}, max(id), ${by}, now() FROM audit_entry WHERE incident_id = ${second}`;

test('without an attack nothing is found', async () => {
  await look();
  await patrol(store.log, async () => undefined);
});

test('an incident is removed by hand, as pruning would, and nothing says so', async () => {
  await attack(...gone(second));
  expect(await found()).toContain('place');
});

test('… and the row says so, with the leaf of another pruning', async () => {
  await attack(pruning(place + 256, announced), remembered(place + 256), ...gone(second));
  expect(await found()).toContain(`is not what entry ${announced} of the journal says`);
});

test('… and with a leaf that says nothing of the kind', async () => {
  await attack(pruning(place + 256, 3), remembered(place + 256), ...gone(second));
  expect(await found()).toContain('entry 3 of the journal does not say so');
});

test('… and it is counted to those that went before', async () => {
  await attack(remembered(place), ...gone(second));
  expect(await found()).toContain(`is not what entry ${announced} of the journal says`);
});

test.each(['place = place - 256', 'place = place + 256'])('the boundary is moved: %s', async (change) => {
  await attack(
    'ALTER TABLE pruned_incident DROP CONSTRAINT pruned_incident_pruning_fkey',
    'ALTER TABLE log_pruning DROP CONSTRAINT log_pruning_place_check',
    `UPDATE log_pruning SET ${change}`,
    `UPDATE pruned_incident SET ${change}`,
  );
  await found();
});

test.each(['- 1', '+ 1', '- 40', '+ 40'])('the boundary stays, and its entry is another: %s', async (by) => {
  await attack(`UPDATE log_pruning SET last_entry = last_entry ${by}`);
  await found();
});

test('the boundary is taken away', async () => {
  await attack('DELETE FROM pruned_incident', 'DELETE FROM log_pruning');
  await found();
});

test('what is kept of an incident that is gone is changed, or removed', async () => {
  await attack('UPDATE pruned_incident SET seq = seq + 1');
  await found();
  await attack(`UPDATE pruned_incident SET seq = seq - 1, head = sha256('x')`);
  await found();
  await attack('DELETE FROM pruned_incident');
  expect(await found()).toContain('is not what entry');
});

test.each([1, 100, 'newest'])('an entry of the journal below the boundary is removed: %s', async (which) => {
  const seq =
    which === 'newest'
      ? `(SELECT max(seq) FROM audit_entry WHERE incident_id = 0 AND id <= ${lastEntry})`
      : which;
  await attack(`DELETE FROM audit_entry WHERE incident_id = 0 AND seq = ${seq}`);
  expect(await found()).toMatch(/Entry \d+ of the journal is missing|chain 0 is missing|said to be gone/i);
});

test('an entry of the journal below the boundary is changed, and its hash with it', async () => {
  const changed = `convert_to(replace(convert_from(leaf, 'UTF8'), '"test.entry"', '"test.ENTRY"'), 'UTF8')`;
  await attack(
    `UPDATE audit_entry SET leaf = ${changed}, hash = sha256('\\x00'::bytea || ${changed})
      WHERE incident_id = 0 AND seq = 100`,
  );
  expect(await found()).toContain('number 100 of chain 0');
});

test('two entries of the journal below the boundary change their numbers', async () => {
  await attack(
    'ALTER TABLE audit_entry ALTER COLUMN id DROP IDENTITY',
    `CREATE TABLE swap AS SELECT id, seq FROM audit_entry WHERE incident_id = 0 AND seq IN (100, 101)`,
    `UPDATE audit_entry SET id = -seq WHERE incident_id = 0 AND seq IN (100, 101)`,
    `UPDATE audit_entry SET id = swap.id FROM swap
      WHERE incident_id = 0 AND audit_entry.seq IN (100, 101) AND audit_entry.seq <> swap.seq`,
  );
  await found();
});

test('an entry is added below the boundary, of an incident or of the journal', async () => {
  const copied = (incident: number, seq: string): string =>
    `INSERT INTO audit_entry (id, incident_id, seq, revision, at, prev, hash, leaf) OVERRIDING SYSTEM VALUE
     SELECT 1, ${incident}, ${seq}, 0, at, prev, hash, leaf FROM audit_entry WHERE incident_id = 0 AND seq = 5`;
  await attack(copied(first, '1'));
  expect(await found()).toContain('where entries of incidents are gone');
  await attack('DELETE FROM audit_entry WHERE id = 1', copied(0, '999999'));
  await found();
});

test('a tile below the boundary is changed', async () => {
  await attack(
    `UPDATE log_tile SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 40 FOR 1) WHERE level = 0 AND index = 0`,
  );
  await found();
});

test.each([
  ['a hold is placed on it', `INSERT INTO legal_hold VALUES ('h', ID, now(), 'p', 1)`],
  ['a hold is placed on all', `INSERT INTO legal_hold VALUES ('h', NULL, now(), 'p', 1)`],
  ['it is opened again', `UPDATE incident SET status = 'open', closed_at = NULL WHERE id = ID`],
  ['it goes on', `UPDATE incident SET head = sha256('x') WHERE id = ID`],
  ['another pruning was quicker', `INSERT INTO log_pruning VALUES (now(), 5120, 1, 1, 1)`],
])('after the plan was made %s: nothing goes, and the fences stand', async (_, sql) => {
  const owner = await PostgresPruningStore.open(url);
  const { order } = await planPruning(store.log, owner, Date.parse('2021-06-01'));
  if (!order) throw new Error('nothing can go');
  await asOwner(url, sql.replaceAll('ID', String(second)));
  await expect(owner.prune(order, announced, 0)).rejects.toThrow(PruningRefusedError);
  expect(await store.incident(second)).toBeDefined();
  expect(await store.entries(second, 0, 100)).toHaveLength(33);
  await expect(asOwner(url, 'DELETE FROM audit_entry')).rejects.toThrow(/is refused/);
});

test('a login that does not own the tables is told so before anything is said or done', async () => {
  const login = `cordon_pruning_${process.pid}`;
  await asOwner(url, `CREATE ROLE ${login} LOGIN PASSWORD 'x' IN ROLE cordon_app`);
  try {
    const address = new URL(url);
    [address.username, address.password] = [login, 'x'];
    await expect(PostgresPruningStore.open(address.href)).rejects.toThrow('use the one that owns the tables');
  } finally {
    await asOwner(url, `DROP ROLE ${login}`);
  }
});

test('rows go by a leaf that is in the tree, and was never signed', async () => {
  const before = Date.parse('2021-06-01');
  const salt = (): string => 'A'.repeat(22);
  const pause = async (): Promise<void> => undefined;
  const journal = new DeploymentJournal({
    ...{ store: store.journal, log: store.logName, clock: systemClock, salt, pause },
  });
  const owner = await PostgresPruningStore.open(url);
  const { order } = await planPruning(store.log, owner, before);
  if (!order) throw new Error('nothing can go');
  const grounds: PruningGrounds = { before: '', archive: '', reason: '', login: '' };
  const data = { ...order.said, ...grounds };
  const { seq } = await journal.record({
    ...{ actor: { type: 'system', id: 'cordon', roles: [] }, type: 'log.pruned', data },
  });
  const sequencer = new Sequencer(store.log);
  while ((await sequencer.turn()).more);
  await owner.prune(order, seq, systemClock.now());
  expect(await found()).toContain('was never signed');
});
