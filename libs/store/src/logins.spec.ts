import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aNewIncident, aPlaybook } from '@cordon/testkit';
import pg from 'pg';
import { emptyDatabase, serverUrl, testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { clientConfig } from './connection.js';
import { migrations } from './migrations/index.js';
import { migrate } from './migrate.js';
import { openStore } from './open-store.js';
import { withOwner } from './owner-session.js';

/** A login of the test's own. Roles belong to the cluster, so it is dropped again. */
class Login {
  readonly name = `cordon_test_${randomBytes(6).toString('hex')}`;
  private readonly password = randomBytes(12).toString('hex');

  url(database: TestDatabase): string {
    const url = new URL(database.url);
    url.username = this.name;
    url.password = this.password;
    return url.href;
  }

  create(admin: string): Promise<unknown> {
    return withOwner(admin, (client) =>
      client.query(`CREATE ROLE ${this.name} LOGIN PASSWORD '${this.password}'`),
    );
  }
}

let database: TestDatabase;
let login: Login;

/** The store does its work: an incident opens and comes back. */
async function expectWorking(url: string): Promise<void> {
  const store = await openStore({ url });
  try {
    await store.playbooks.publish(aPlaybook());
    const { id } = await store.open(aNewIncident());
    expect((await store.load([id], [])).incidents).toHaveLength(1);
  } finally {
    await store.close();
  }
}

async function restricted(url: string): Promise<boolean> {
  const store = await openStore({ url });
  await store.close();
  return store.restricted;
}

afterEach(async () => {
  await withOwner(database.url, (client) => client.query(`DROP OWNED BY ${login.name}`));
  await database.drop();
  await withOwner(await serverUrl(), (client) => client.query(`DROP ROLE ${login.name}`));
});

describe('a login that owns the database but may neither create nor take on the role', () => {
  beforeEach(async () => {
    // A cluster in which the role exists: made by whoever migrated the template.
    await (await testDatabase()).drop();
    database = await emptyDatabase();
    login = new Login();
    await login.create(database.url);
    await withOwner(database.url, (client) =>
      client.query(
        `ALTER DATABASE ${client.database} OWNER TO ${login.name}; ALTER SCHEMA public OWNER TO ${login.name}`,
      ),
    );
  });

  test('is told so in one sentence, and works with its own rights', async () => {
    const url = login.url(database);
    const report = await migrate({ url });
    expect(report.applied).toHaveLength(migrations.length);
    expect(report.warnings).toEqual([expect.stringMatching(/^This database login may not .*cordon_app/)]);
    expect(await restricted(url)).toBe(false);
    await expectWorking(url);
  });
});

describe('a login that is only a member of the role', () => {
  beforeEach(async () => {
    database = await testDatabase();
    login = new Login();
    await login.create(database.url);
    await withOwner(database.url, (client) => client.query(`GRANT cordon_app TO ${login.name}`));
  });

  test('finds nothing to migrate, and works', async () => {
    const url = login.url(database);
    expect(await migrate({ url })).toEqual({ applied: [], warnings: [] });
    expect(await restricted(url)).toBe(true);
    await expectWorking(url);
  });

  test('has no more rights when it sheds the role', async () => {
    const client = new pg.Client(clientConfig({ url: login.url(database), applicationName: 'logins.spec' }));
    await client.connect();
    for (const sql of [
      'DELETE FROM audit_entry',
      'ALTER TABLE audit_entry DISABLE TRIGGER ALL',
      'DROP TABLE audit_entry CASCADE',
      'CREATE TABLE mine (id int)',
    ]) {
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
    await client.end();
  });
});
