import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { genesisHash, sealEntry } from '@cordon/audit';
import { TamperError, toIso } from '@cordon/kernel';
import { FeedTail, type IncidentId, type LogStore } from '@cordon/runtime';
import { aNewIncident, anEntry, aPlaybook, aWrite, noon, sequenceAll } from '@cordon/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { openStore, type Store } from '../open-store.js';

let database: TestDatabase;
let store: Store;
let superuser: pg.Client;

async function prepare(): Promise<void> {
  database = await testDatabase();
  store = await openStore({ url: database.url, applicationName: 'log-store.spec' });
  superuser = new pg.Client(database.url);
  await superuser.connect();
}
async function leave(): Promise<void> {
  await store.close();
  await superuser.end();
  await database.drop();
}

/** An incident with so many entries. */
async function anIncident(entries: number): Promise<IncidentId> {
  const { id } = await store.open(aNewIncident());
  const incident = (await store.load([id], [])).incidents[0];
  if (!incident) throw new Error('it was opened');
  const rows = Array.from({ length: entries - 1 }, (_, i) =>
    anEntry({ seq: i + 2, revision: i + 2, prev: incident.head }),
  );
  await store.commit([aWrite(incident, { entries: rows, revision: entries })]);
  return id;
}

/** Everything in the tree, a page after the other. */
async function readAll(log: LogStore, page: number): Promise<number> {
  const { size } = await log.head();
  let read = 0;
  while (read < size) read += (await log.entries(read, size, page)).length;
  return read;
}

describe('an owner who changes the history under the tree', () => {
  let one: IncidentId;
  let two: IncidentId;
  beforeAll(async () => {
    await prepare();
    // Numbers with room between them.
    await superuser.query('ALTER SEQUENCE audit_entry_id_seq INCREMENT BY 10');
    await store.playbooks.publish(aPlaybook());
    // 256 and 512 lie on the borders of tiles; the last 88 have no full tile.
    one = await anIncident(300);
    two = await anIncident(300);
    await sequenceAll(store.log);
    for (const table of ['audit_entry', 'log_tile']) {
      await superuser.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await superuser.query(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`);
    }
    await superuser.query('ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_hash_check');
  });
  afterEach(async () => {
    for (const table of ['audit_entry', 'log_tile']) {
      await superuser.query(`DELETE FROM ${table}`);
      await superuser.query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_${table}`);
    }
  });
  afterAll(leave);

  const idAt = async (place: number): Promise<number> =>
    (await store.log.entries(place, place + 1, 1))[0]?.id ?? 0;

  /** By whoever reads the whole, in whatever pages, and by whoever reads only what lies around it. */
  async function expectFound(place: number): Promise<void> {
    for (const page of [100, 256, 1_000]) await expect(readAll(store.log, page)).rejects.toThrow(TamperError);
    const around = [place - 1, place, place + 1].filter((one) => one >= 0 && one < 600);
    const reads = await Promise.allSettled(around.map((index) => store.log.entries(index, index + 1, 1)));
    const faults = reads.flatMap((read) => (read.status === 'rejected' ? [read.reason as unknown] : []));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.every((fault) => fault instanceof TamperError)).toBe(true);
  }

  test('before that everything is read, in whatever pages', async () => {
    for (const page of [7, 100, 256, 1_000]) expect(await readAll(store.log, page)).toBe(600);
    const ids = (await store.log.entries(0, 600, 600)).map(({ id }) => id);
    expect(ids.every((id, i) => i === 0 || id === (ids[i - 1] ?? 0) + 10)).toBe(true);
  });

  test.each([0, 10, 255, 256, 300, 511, 512, 599])(
    'swaps the entry at place %i with another: it is found',
    async (place) => {
      const [a, b] = [await idAt(place), await idAt(150)];
      await superuser.query(
        `UPDATE audit_entry SET leaf = other.leaf, hash = other.hash FROM audit_entry AS other
          WHERE audit_entry.id IN ($1, $2) AND other.id IN ($1, $2) AND audit_entry.id <> other.id`,
        [a, b],
      );
      await expectFound(place);
      await expect(store.log.entries(place, place + 1, 1)).rejects.toThrow(
        new RegExp(`entry ${a} .*place ${place} `),
      );
      const chain = place < 300 ? one : two;
      await expect(store.log.chainEntries(chain, 0, 300, 300)).rejects.toThrow(TamperError);
    },
  );

  test('changes a leaf and lets its old hash stand: the bytes are what counts', async () => {
    const id = await idAt(7);
    await superuser.query(`UPDATE audit_entry SET leaf = '{}' WHERE id = $1`, [id]);
    await expect(store.log.entries(0, 9, 9)).rejects.toThrow(new RegExp(`entry ${id} .*place 7 `));
  });

  test.each([0, 10, 255, 256, 511, 512, 599])(
    'takes away the entry at place %i: it is found',
    async (place) => {
      await superuser.query('DELETE FROM audit_entry WHERE id = $1', [await idAt(place)]);
      await expectFound(place);
      const [id, seq] = place < 300 ? [one, place] : [two, place - 300];
      const chain = store.log.chainEntries(id, seq, 300, 9);
      // Of a chain that ends before its end only its head tells.
      if (place === 599) expect(await chain).toEqual([]);
      else
        await expect(chain).rejects.toThrow(
          new RegExp(`entry ${seq + 1} of chain ${id} is missing|would be at place`),
        );
    },
  );

  test('gives the last entry another number: it is found', async () => {
    const last = await idAt(599);
    await superuser.query(
      `WITH gone AS (DELETE FROM audit_entry WHERE id = $1 RETURNING *)
       INSERT INTO audit_entry (id, incident_id, at, seq, revision, prev, hash, leaf) OVERRIDING SYSTEM VALUE
       SELECT id - 1, incident_id, at, seq + 1, revision, prev, hash, leaf FROM gone`,
      [last],
    );
    await expectFound(599);
    await expect(store.log.entries(599, 600, 1)).rejects.toThrow(
      new RegExp(`entry ${last - 1} is at place 599 .* ends with entry ${last}`),
    );
  });

  test('takes away everything: it is found', async () => {
    await superuser.query('DELETE FROM audit_entry');
    await expect(readAll(store.log, 100)).rejects.toThrow(/place 0 of the log is missing/);
  });

  test.each([0, 10, 255, 256, 511, 512, 599])(
    'puts an entry in before place %i: it is found',
    async (place) => {
      const forged = anEntry({ seq: 301, revision: 301, prev: new Uint8Array(32) });
      await superuser.query(
        `INSERT INTO audit_entry (id, incident_id, at, seq, revision, prev, hash, leaf)
         OVERRIDING SYSTEM VALUE VALUES ($1, $2, now(), 301, 301, $3, $4, $5)`,
        [(await idAt(place)) - 5, one, forged.prev, forged.hash, forged.leaf],
      );
      await expectFound(place);
      await expect(store.log.chainEntries(one, 300, 301, 9)).rejects.toThrow(TamperError);
    },
  );

  test('changes a hash in a tile, or takes the tile away: it is found', async () => {
    await superuser.query(
      'UPDATE log_tile SET hashes = set_byte(hashes, 32 * 9, 0) WHERE level = 0 AND index = 1',
    );
    await expect(store.log.entries(256, 300, 99)).rejects.toThrow(/place 265 /);
    await superuser.query('DELETE FROM log_tile WHERE level = 0 AND index = 1');
    await expect(store.log.entries(0, 600, 600)).rejects.toThrow(/tile 1 of level 0 of the log is missing/);
    await expect(store.log.chainEntries(two, 0, 300, 300)).rejects.toThrow(TamperError);
  });
});

describe('beside a database that goes its way', () => {
  beforeAll(prepare);
  afterAll(leave);

  test('the type of an event is read from a leaf as JSON would read it, whatever people typed', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '"type":"x"},"from":',
        '"event":{',
        '\\"event":{"type":"y"},"from":',
        '陳大文 🛟',
        '\\',
        '"',
      ),
    );
    const leaf = fc
      .record({ id: text, role: text, step: text, subject: text, type: fc.stringMatching(/^[a-z_.]{1,30}$/) })
      .map(({ id, role, step, subject, type }) => ({
        type,
        leaf: sealEntry(
          {
            ...{ kind: 'transition', log: 'l', incident: 'i', seq: 1, revision: 1 },
            ...{ at: toIso(noon), occurredAt: toIso(noon), from: { step }, to: { [step]: id } },
            actor: { id, type: 'person', roles: [role] },
            event: { type, step, subject },
            ...{ machineDigest: '00', stateDigest: '00', committed: {} },
          },
          genesisHash('i'),
          () => 'salt',
        ).leaf,
      }));
    await fc.assert(
      fc.asyncProperty(leaf, async (given) => {
        const sql = 'SELECT cordon_event_type($1) AS type';
        const { rows } = await superuser.query<{ type: string }>(sql, [given.leaf]);
        expect(rows[0]?.type).toBe(given.type);
      }),
      { numRuns: 300 },
    );
    for (const odd of ['', '{}', '{"event":{', '},"from":"event":{', 'x'.repeat(65_535)]) {
      const { rows } = await superuser.query('SELECT cordon_event_type($1) AS type', [Buffer.from(odd)]);
      expect(rows).toEqual([{ type: '' }]);
    }
  });

  test('a tail over the log that starts where the tree ends waits for a number on its way', async () => {
    const { lastEntry } = await store.log.head();
    const tail = new FeedTail(store.log, lastEntry);
    const slow = new pg.Client(database.url);
    await slow.connect();
    await slow.query('BEGIN');
    const insert = `INSERT INTO audit_entry (incident_id, seq, revision, at, prev, hash, leaf)
      VALUES ($4, 1, 1, now(), $1, $2, $3) RETURNING id`;
    const values = (incident: number): unknown[] => {
      const { prev, hash, leaf } = anEntry({ seq: 1, revision: 1, prev: new Uint8Array(32) });
      return [prev, hash, leaf, incident];
    };
    const { rows } = await slow.query<{ id: string }>(insert, values(1_000_001));
    await superuser.query(insert, values(1_000_002));
    expect((await tail.advance()).entries).toEqual([]);
    await slow.query('COMMIT');
    await slow.end();
    const ids = (await tail.advance()).entries.map(({ id }) => id);
    expect(ids).toEqual([Number(rows[0]?.id), Number(rows[0]?.id) + 1]);
  });

  test('an ear whose connection broke listens again, and hears at once that it may have missed something', async () => {
    let hear = (): void => undefined;
    const heard = () => new Promise<void>((resolve) => (hear = resolve));
    const ear = await store.log.onAsked(() => hear());
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%' AND application_name = 'log-store.spec'`;
    const again = heard();
    expect((await superuser.query(cut)).rowCount).toBe(1);
    await again;
    const asked = heard();
    await store.log.askForCheckpoint();
    await asked;
    await ear.stop();
  });

  test('closing the store tells whoever leads, and leaves the lead to others', async () => {
    const closing = await openStore({ url: database.url });
    await closing.log.onAsked(() => undefined);
    let begun = (): void => undefined;
    const leading = new Promise<void>((resolve) => (begun = resolve));
    const led = closing.log.lead(
      (lost) =>
        new Promise<string>((resolve) => {
          lost.addEventListener('abort', () => resolve('told'));
          begun();
        }),
    );
    await leading;
    await closing.close();
    expect(await led).toEqual({ result: 'told' });
    expect(await store.log.lead(async () => 'next')).toEqual({ result: 'next' });
    await expect(closing.log.lead(async () => 'late')).rejects.toThrow(/store is closed/);
    await expect(closing.log.onAsked(() => undefined)).rejects.toThrow(/store is closed/);
  });
});
