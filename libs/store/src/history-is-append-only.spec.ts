import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { aNewIncident, anEntry, aPlaybook, sha256 } from '@cordon/testkit';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { outcome } from '../../../test/support/outcome.js';
import { clientConfig } from './connection.js';
import { openStore } from './open-store.js';

const REFUSED_BY_TRIGGER = '23001';
const NO_PRIVILEGE = '42501';
const CHECK_VIOLATION = '23514';

const leaf = (text: string): string => `'${text}'::bytea`;
const insert = (columns: string, values: string): string =>
  `INSERT INTO audit_entry (incident_id, at, seq, revision, prev, hash, leaf${columns})
   SELECT incident_id, at, 2, 2, hash, sha256('\\x00'::bytea || ${leaf('next')}), ${leaf('next')}${values}
     FROM audit_entry WHERE seq = 1`;

/** Each would change what is written; by table, because one of them does not fit all. */
const changes: readonly [string, string][] = [
  ['update an entry', `UPDATE audit_entry SET at = now()`],
  ['update an entry to what it is', `UPDATE audit_entry SET seq = seq`],
  ['delete an entry', `DELETE FROM audit_entry`],
  ['truncate the entries', `TRUNCATE audit_entry CASCADE`],
  [
    'overwrite an entry by an upsert',
    `INSERT INTO audit_entry (incident_id, at, seq, revision, prev, hash, leaf)
     SELECT incident_id, at, seq, revision, prev, hash, leaf FROM audit_entry
     ON CONFLICT (incident_id, seq) DO UPDATE SET at = now()`,
  ],
  ['update an opening', `UPDATE audit_opening SET openings = ''`],
  ['delete an opening', `DELETE FROM audit_opening`],
  ['truncate the openings', `TRUNCATE audit_opening`],
  [
    'overwrite an opening by an upsert',
    `INSERT INTO audit_opening SELECT * FROM audit_opening
     ON CONFLICT (incident_id, seq) DO UPDATE SET openings = ''`,
  ],
  ['update a playbook', `UPDATE playbook SET source = ''`],
  ['delete a playbook', `DELETE FROM playbook`],
  ['truncate the playbooks', `TRUNCATE playbook CASCADE`],
];

let database: TestDatabase;
let superuser: pg.Client;
let app: pg.Client;

async function connect(settings: { role?: string } = {}): Promise<pg.Client> {
  const client = new pg.Client(
    clientConfig({ url: database.url, applicationName: 'history.spec', settings }),
  );
  await client.connect();
  return client;
}

beforeAll(async () => {
  database = await testDatabase();
  const store = await openStore({ url: database.url });
  await store.playbooks.publish(aPlaybook());
  const entry = anEntry({ seq: 1, revision: 1, prev: sha256('uid'), openings: '["salt"]' });
  await store.open(aNewIncident({ entries: [entry] }));
  await store.close();
  superuser = await connect();
  app = await connect({ role: 'cordon_app' });
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

  test('may add an entry whose hash is right, and no other', async () => {
    expect(await outcome(app, insert('', ''))).toBe('done');
    expect(await outcome(app, insert('', '').replace(`'\\x00'::bytea`, `'\\x01'::bytea`))).toBe(
      CHECK_VIOLATION,
    );
  });

  test('may not choose the identity of an entry', async () => {
    const chosen = insert(', id', ', -1').replace('\n   SELECT', ' OVERRIDING SYSTEM VALUE\n   SELECT');
    expect(await outcome(app, chosen)).toBe(NO_PRIVILEGE);
    expect(await outcome(superuser, chosen)).toBe('done');
  });

  test.each([
    ['silence the triggers', 'SET session_replication_role = replica'],
    ['disable the triggers', 'ALTER TABLE audit_entry DISABLE TRIGGER ALL'],
    [
      'replace the refusal',
      `CREATE OR REPLACE FUNCTION cordon_refuse_change() RETURNS trigger LANGUAGE plpgsql
       AS 'BEGIN RETURN NEW; END'`,
    ],
    ['rewrite a column', `ALTER TABLE audit_entry ALTER COLUMN leaf TYPE bytea USING ''::bytea`],
    ['drop the table', 'DROP TABLE audit_entry CASCADE'],
    ['delete an incident', 'DELETE FROM incident'],
    ['renumber an incident', 'UPDATE incident SET id = DEFAULT'],
    ['change who opened an incident', `UPDATE incident SET opened_by = 'nobody'`],
    ['change what a token may do', `UPDATE token SET roles = '{admin}'`],
    ['delete a task', 'DELETE FROM task'],
  ])('may not %s', async (_, sql) => {
    expect(await outcome(app, sql)).toBe(NO_PRIVILEGE);
  });

  test('keeps its role through RESET ROLE and DISCARD ALL', async () => {
    const client = await connect({ role: 'cordon_app' });
    const role = async () =>
      (await client.query<{ role: string }>('SELECT current_user AS role')).rows[0]?.role;
    await client.query('RESET ROLE');
    expect(await role()).toBe('cordon_app');
    await client.query('DISCARD ALL');
    expect(await role()).toBe('cordon_app');
    await client.end();
  });
});

describe.each(['origin', 'replica'])('the owner and superuser, session_replication_role %s', (mode) => {
  beforeEach(() => superuser.query(`SET session_replication_role = ${mode}`));
  afterAll(() => superuser.query('RESET session_replication_role'));

  test.each(changes)('may not %s either', async (_, sql) => {
    expect(await outcome(superuser, sql)).toBe(REFUSED_BY_TRIGGER);
  });
});

/** No database can stop its owner. This list is what the documentation says, and only the signed log catches. */
describe('what an owner can still do', () => {
  const replaced = `CREATE OR REPLACE FUNCTION cordon_refuse_change() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN NEW; END'`;

  test.each([
    [
      'disable the triggers and delete',
      'ALTER TABLE audit_entry DISABLE TRIGGER ALL; DELETE FROM audit_opening WHERE false; ALTER TABLE audit_opening DISABLE TRIGGER ALL; DELETE FROM audit_opening; DELETE FROM audit_entry',
    ],
    [
      'drop the trigger and update',
      `DROP TRIGGER audit_entry_refuse_change ON audit_entry; UPDATE audit_entry SET at = now()`,
    ],
    ['replace the refusal and update', `${replaced}; UPDATE audit_entry SET at = now()`],
    [
      'rewrite a column, which fires no trigger',
      `ALTER TABLE audit_entry ALTER COLUMN at TYPE timestamptz(3) USING at + interval '1 day'`,
    ],
    [
      'drop the check and forge a leaf by a rewrite',
      `ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_hash_check; ALTER TABLE audit_entry ALTER COLUMN leaf TYPE bytea USING 'forged'::bytea`,
    ],
    [
      'rewrite leaf and hash together, the check still standing',
      `ALTER TABLE audit_entry ALTER COLUMN leaf TYPE bytea USING 'forged'::bytea, ALTER COLUMN hash TYPE bytea USING sha256('\\x00'::bytea || 'forged'::bytea)`,
    ],
    ['drop the table', 'DROP TABLE audit_entry CASCADE'],
    ['grant the application what it has not', 'GRANT ALL ON audit_entry TO cordon_app'],
    ['add a forged entry with the next seq', insert('', '')],
    [
      'choose an identity',
      insert(', id', ', -1').replace('\n   SELECT', ' OVERRIDING SYSTEM VALUE\n   SELECT'),
    ],
  ])('%s', async (_, sql) => {
    expect(await outcome(superuser, sql)).toBe('done');
  });

  test('shed the role of the application, where the application logs in as the owner', async () => {
    const shed =
      'SET LOCAL ROLE NONE; ALTER TABLE audit_entry DISABLE TRIGGER ALL; UPDATE audit_entry SET at = now()';
    expect(await outcome(app, shed)).toBe('done');
  });
});
