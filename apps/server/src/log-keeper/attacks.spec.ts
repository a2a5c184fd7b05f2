/** What the owner of the database may do to the log, one by one, and that the next start refuses and says where. */
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Frontier, leafHash, readLeaf, TreeEdge } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { patrol, selfCheck, type IncidentId } from '@cordon/runtime';
import { openStore } from '@cordon/store';
import { explainFailure } from '../boot/explain.js';
import { logDeployment, type LogDeployment } from '../testing/log-deployment.js';

let one: LogDeployment;
let incident: IncidentId;
beforeEach(async () => {
  one = await logDeployment();
  incident = await one.open(4);
  await one.write(300);
  await one.open(2);
  await one.write(300);
  await one.settle();
  await look();
});
afterEach(() => one.close());

async function vkeys(): Promise<readonly string[]> {
  const { origin } = await one.store.log.head();
  return (await one.keys.present('log', origin, false)).keys.map(({ vkey }) => vkey);
}

async function look(): Promise<void> {
  await selfCheck({ store: one.store.log, memory: one.memory, vkeys: await vkeys() });
}

/** What a start says. */
async function found(): Promise<string> {
  const error = await look().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TamperError);
  const sentence = explainFailure(error, undefined);
  expect(sentence).toContain('cordon audit recover');
  return sentence;
}

const open = 'ALTER TABLE audit_entry DISABLE TRIGGER ALL';
const shut = 'ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_refuse_change';

const changed = `convert_to(replace(convert_from(leaf, 'UTF8'), '"note.add"', '"note.ADD"'), 'UTF8')`;

async function leafOf(seq: number) {
  const [entry] = await one.store.log.chainEntries(incident, seq - 1, seq, 1);
  if (!entry) throw new Error(`there is no entry ${seq}`);
  return entry;
}

test('a leaf is changed, and its hash with it', async () => {
  await one.attack(
    open,
    `UPDATE audit_entry SET leaf = ${changed}, hash = sha256('\\x00'::bytea || ${changed})
      WHERE incident_id = ${incident} AND seq = 3`,
    shut,
  );
  expect(await found()).toMatch(new RegExp(`INC-${incident}`));
});

test('a column type is altered, by which no trigger is asked', async () => {
  await one.attack(
    'ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_hash_check',
    'DROP INDEX audit_entry_journal_type_idx',
    `ALTER TABLE audit_entry ALTER COLUMN leaf TYPE bytea USING
       CASE WHEN incident_id = ${incident} AND seq = 2 THEN ${changed} ELSE leaf END`,
  );
  expect(await found()).toMatch(/entry 2 /i);
});

test('a leaf is changed, and every entry after it linked again', async () => {
  const sql: string[] = [open];
  let prev: Buffer | undefined;
  for (const seq of [2, 3, 4, 5]) {
    const { leaf } = await leafOf(seq);
    const text = Buffer.from(leaf).toString('utf8');
    const next = prev
      ? text.replace(readLeaf(leaf).prev, prev.toString('hex'))
      : text.replace('"note.add"', '"note.ADD"');
    const before = prev ? `, prev = '\\x${prev.toString('hex')}'` : '';
    prev = Buffer.from(leafHash(Buffer.from(next, 'utf8')));
    const hash = `'\\x${prev.toString('hex')}'`;
    sql.push(
      `UPDATE audit_entry SET leaf = convert_to('${next.replaceAll("'", "''")}', 'UTF8'), hash = ${hash}${before}
        WHERE incident_id = ${incident} AND seq = ${seq}`,
      `UPDATE incident SET head = ${hash} WHERE id = ${incident}`,
    );
  }
  await one.attack(...sql, shut);
  expect(await found()).toMatch(new RegExp(`INC-${incident}`));
});

test('an entry is deleted', async () => {
  const { id } = await leafOf(4);
  await one.attack(open, `DELETE FROM audit_entry WHERE id = ${id}`, shut);
  expect(await found()).toContain('place');
});

test('a whole incident is deleted', async () => {
  await one.attack(open, `DELETE FROM audit_entry WHERE incident_id = ${incident}`, shut);
  await found();
});

const copied = `INSERT INTO audit_entry (id, incident_id, seq, revision, at, prev, hash, leaf)
  OVERRIDING SYSTEM VALUE
  SELECT %, incident_id, 1000, revision, at, prev, sha256('\\x00'::bytea || '{}'::bytea), '{}'::bytea FROM audit_entry
   WHERE incident_id = 0 AND seq = 1`;

test.each(['-5', '0', '(SELECT min(id) - 1 FROM audit_entry)'])(
  'an entry is added before all others: %s',
  async (id) => {
    await one.attack(copied.replace('%', id));
    expect(await found()).toContain('journal');
  },
);

test('an entry is added in a gap between the numbers', async () => {
  const second = await leafOf(2);
  await one.attack(
    open,
    'ALTER TABLE audit_entry ALTER COLUMN id DROP IDENTITY',
    `UPDATE audit_entry SET id = id + 100000 WHERE id > ${second.id}`,
    copied.replace('OVERRIDING SYSTEM VALUE', '').replace('%', String(second.id + 1)),
    'ALTER TABLE log_head DISABLE TRIGGER ALL',
    'ALTER TABLE log_tile DISABLE TRIGGER ALL',
    'UPDATE log_head SET last_entry = last_entry + 100000',
    `UPDATE log_tile SET first_entry = first_entry + 100000 WHERE first_entry > ${second.id}`,
  );
  await found();
});

test('an entry is given to another incident', async () => {
  await one.attack(
    open,
    `UPDATE audit_entry SET incident_id = incident_id + 1, seq = 77 WHERE incident_id = ${incident} AND seq = 3`,
  );
  expect(await found()).toMatch(/moved|place/);
});

test('the state of an incident is changed', async () => {
  await one.attack(
    `UPDATE incident SET state = replace(state, '"note', '"n0te') || ' ' WHERE id = ${incident}`,
  );
  expect(await found()).toContain(`The state of INC-${incident} was changed`);
});

test('an incident is set back by an entry', async () => {
  await one.attack(
    'ALTER TABLE incident DROP CONSTRAINT incident_seq_check',
    `UPDATE incident SET seq = seq - 1 WHERE id = ${incident}`,
  );
  expect(await found()).toContain(`INC-${incident} should have 4 entries, and its newest is entry 5`);
});

test('the last entries of an incident, which the tree does not have yet, are cut off', async () => {
  await one.cordon.submitEvent(
    incident,
    { key: 'late', type: 'note.add', data: { text: 'late' } },
    { type: 'person', id: 'ann', roles: ['coordinator'] },
  );
  await one.attack(open, `DELETE FROM audit_entry WHERE incident_id = ${incident} AND seq = 6`);
  expect(await found()).toContain(`INC-${incident} should have 6 entries, and its newest is entry 5`);
});

test('a tile is changed, is missing, or the head is', async () => {
  const tiles = 'ALTER TABLE log_tile DISABLE TRIGGER ALL';
  await one.attack(
    tiles,
    `UPDATE log_tile SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 5000 FOR 1) WHERE level = 0 AND index = 0`,
  );
  await found();
  await one.attack(tiles, 'DELETE FROM log_tile WHERE level = 0 AND index = 0');
  expect(await found()).toContain('tile 0 of level 0 is missing');
});

test('the head is changed', async () => {
  await one.attack(
    'ALTER TABLE log_head DISABLE TRIGGER ALL',
    `UPDATE log_head SET edge = overlay(edge PLACING '\\x00'::bytea FROM 3 FOR 1)`,
  );
  await found();
});

test('leaf, hashes, tiles and head are all rewritten so that they agree: what was signed tells', async () => {
  await one.attack(
    open,
    `UPDATE audit_entry SET leaf = ${changed}, hash = sha256('\\x00'::bytea || ${changed})
      WHERE incident_id = ${incident} AND seq = 3`,
  );
  const edge = TreeEdge.empty();
  const whole = new Frontier();
  const sql = ['ALTER TABLE log_head DISABLE TRIGGER ALL', 'ALTER TABLE log_tile DISABLE TRIGGER ALL'];
  const head = await one.store.log.head();
  for (const { hash } of await one.store.log.read(0, 10_000, head.lastEntry)) {
    whole.append(hash);
    for (const tile of edge.append(hash))
      sql.push(
        `UPDATE log_tile SET hashes = '\\x${tile.hashes.toString('hex')}' WHERE level = ${tile.level} AND index = ${tile.index}`,
      );
  }
  sql.push(`UPDATE log_head SET edge = '\\x${edge.bytes().toString('hex')}'`);
  await one.attack(...sql);
  const sentence = await found();
  expect(sentence).toContain('are not those that were signed (keys/log.checkpoint)');
  expect(sentence).toContain(whole.root().toString('base64'));
  await one.write(1);
  await expect(one.settle()).rejects.toThrow('are not those that were signed');
});

test('yesterday’s backup is put back: the tree is smaller than what was signed', async () => {
  const tables = [
    'audit_entry',
    'audit_opening',
    'journal_head',
    'incident',
    'log_head',
    'log_tile',
    'log_checkpoint',
  ];
  await one.attack(...tables.map((table) => `CREATE TABLE yesterday_${table} AS TABLE ${table}`));
  const before = await one.store.log.head();
  await one.write(20);
  await one.settle();
  const after = await one.store.log.head();
  await one.attack(
    `SET session_replication_role = replica`,
    ...tables.flatMap((table) => [
      `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
      `DELETE FROM ${table}`,
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM yesterday_${table}`,
    ]),
  );
  const sentence = await found();
  expect(sentence).toContain(`The database holds ${before.size} entries`);
  expect(sentence).toContain(
    `${after.size - before.size} are missing, as after the restore of an older backup`,
  );
  await one.write(50);
  await expect(one.settle()).rejects.toThrow('are not those that were signed');
});

test('the database of another deployment', async () => {
  await one.attack(
    'ALTER TABLE log_head DISABLE TRIGGER ALL',
    `UPDATE log_head SET origin = 'cordon-log/another'`,
  );
  expect(await found()).toContain(
    `of the log ${one.store.logName}, and this database holds cordon-log/another`,
  );
});

test('what the signer remembers is cut off, or was signed by somebody else', async () => {
  const note = (await one.memory.last()) ?? '';
  await writeFile(one.memory.path, note.slice(0, 40));
  expect(await found()).toContain('log.checkpoint does not hold the last checkpoint');
  const other = await logDeployment();
  await other.write(3);
  await other.settle();
  const strange = ((await other.memory.last()) ?? '').split('\n\n')[1];
  await writeFile(one.memory.path, `${note.split('\n\n')[0]}\n\n${strange}`);
  expect(await found()).toContain('cannot be used');
  await other.close();
});

test('old entries, which a start leaves to the patrol, are found by it, and what is sound is not', async () => {
  const store = one.store.log;
  const checked = await selfCheck({ store, memory: one.memory, vkeys: [], newest: 200 });
  expect(checked.unchecked).toBe(1);
  let pauses = 0;
  const pause = async (): Promise<void> => void (pauses += 1);
  await patrol(store, pause, checked);
  await patrol(store, pause);
  expect(pauses).toBeGreaterThan(1);
  await one.attack(
    open,
    `UPDATE audit_entry SET leaf = ${changed}, hash = sha256('\\x00'::bytea || ${changed}) WHERE incident_id = ${incident} AND seq = 3`,
    shut,
  );
  await selfCheck({ store, memory: one.memory, vkeys: [], newest: 200 });
  await expect(patrol(store, pause, checked)).rejects.toThrow(TamperError);
  await expect(patrol(store, pause)).rejects.toThrow(`INC-${incident}`);
});

test('others write while it looks, and nothing is found that is not there', async () => {
  const busy = await openStore({ url: one.database.url });
  const forgetful = { last: async () => undefined, remember: async () => undefined };
  const writing = one.write(500).then(() => one.settle());
  for (let i = 0; i < 5; i += 1) await selfCheck({ store: busy.log, memory: forgetful, vkeys: [] });
  await writing;
  await busy.close();
});
