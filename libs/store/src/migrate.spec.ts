import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { emptyDatabase, testDatabase, type TestDatabase } from '../../../test/support/database.js';
import { makeDataSource } from './data-source.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';

/** What a database says about its own schema, as text that can be compared. */
const CATALOGUE = `
SELECT format('%s: %s %s%s', class.relname, attribute.attname, format_type(atttypid, atttypmod),
              CASE WHEN attnotnull THEN ' not null' ELSE '' END) ||
       coalesce(' default ' || pg_get_expr(adbin, adrelid), '') || coalesce(' identity ' || nullif(attidentity::text, ''), '')
       || coalesce(' collate ' || collname, '') AS line
  FROM pg_attribute AS attribute
  JOIN pg_class AS class ON class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  LEFT JOIN pg_collation ON pg_collation.oid = attcollation AND collname <> 'default'
 WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) || ' ' || conname
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
 ORDER BY 1`;

/** Seen by no decorator, so only in migrations. */
const BEYOND_TYPEORM = [
  /schema_migration/,
  /timer_claim_idx/,
  /task_roles_idx/,
  /audit_entry_journal_type_idx/,
];

async function catalogue(url: string): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(CATALOGUE);
    return rows
      .map(({ line }) => line)
      .filter((line) => !BEYOND_TYPEORM.some((pattern) => pattern.test(line)));
  } finally {
    await client.end();
  }
}

async function withDataSource<T>(
  url: string,
  work: (source: ReturnType<typeof makeDataSource>) => Promise<T>,
) {
  const dataSource = makeDataSource({ url, applicationName: 'migrate.spec', poolSize: 1 });
  await dataSource.initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

describe('migrations and entities describe one schema', () => {
  let migrated: TestDatabase;
  beforeAll(async () => {
    migrated = await testDatabase();
  });
  afterAll(() => migrated.drop());

  test('TypeORM finds nothing to change in a migrated database', async () => {
    const statements = await withDataSource(migrated.url, (source) =>
      source.driver.createSchemaBuilder().log(),
    );
    expect(statements.upQueries.map(({ query }) => query)).toEqual([]);
  });

  test('a schema made from the entities has the same columns, constraints and indexes to the letter', async () => {
    const fromEntities = await emptyDatabase();
    try {
      await withDataSource(fromEntities.url, (source) => source.synchronize());
      expect(await catalogue(fromEntities.url)).toEqual(await catalogue(migrated.url));
    } finally {
      await fromEntities.drop();
    }
  });

  test('a column that only the database has is noticed', async () => {
    const altered = await testDatabase();
    try {
      const client = new pg.Client(altered.url);
      await client.connect();
      await client.query('ALTER TABLE task ADD COLUMN forgotten text');
      await client.end();
      const statements = await withDataSource(altered.url, (source) =>
        source.driver.createSchemaBuilder().log(),
      );
      expect(statements.upQueries.map(({ query }) => query)).toEqual([
        'ALTER TABLE "task" DROP COLUMN "forgotten"',
      ]);
    } finally {
      await altered.drop();
    }
  });
});

describe('migrate', () => {
  test('several processes at once: one migrates, the others find nothing to do', async () => {
    const database = await emptyDatabase();
    try {
      const reports = await Promise.all([1, 2, 3, 4].map(() => migrate({ url: database.url })));
      const applied = reports.flatMap((report) => report.applied);
      expect(applied).toEqual(migrations.map((migration) => new migration().name));
      expect(reports.flatMap((report) => report.warnings)).toEqual([]);
    } finally {
      await database.drop();
    }
  });
});
