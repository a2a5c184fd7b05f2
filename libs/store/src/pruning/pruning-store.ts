/**
 * Rows of closed incidents go when their retention is over: all that belongs to them, found by asking the database itself,
 * in one transaction in which the triggers that guard the history are off. Only the owner of the tables may do this.
 */
import { OperationalError, toIso, type EpochMs } from '@cordon/kernel';
import {
  headsOf,
  PruningRefusedError,
  type IncidentId,
  type IncidentSpan,
  type PruningOrder,
  type PruningStore,
} from '@cordon/runtime';
import pg, { type Client } from 'pg';
import { altered, difference, ENABLE, inOrder, ranMigrations, triggersOf } from '../backup/catalogue.js';
import { idOf } from '../door-store.js';
import { faultOf } from '../errors.js';
import { withOwner } from '../owner-session.js';
import {
  addPrunedIncidents,
  addPruning,
  deleteActs,
  deleteJobs,
  listGoing,
  queueIsKnown,
  readColumnsOfIncidents,
  readDeploymentHolds,
  readFilesOf,
  readGrounds,
  readSpans,
} from '../sql/prune.sql.js';

/** Whoever waits for the tables longer than this waits behind something that hangs. */
const SETTINGS = [`SET LOCAL lock_timeout = '10s'`, `SET LOCAL statement_timeout = 0`];

const OWNS = `SELECT FROM pg_class WHERE oid = 'audit_entry'::regclass AND pg_has_role(current_user, relowner, 'USAGE')`;

/** Somebody wrote, and one of the two had to give way: then nothing was done, and it is done again. */
const GAVE_WAY: ReadonlySet<string | undefined> = new Set(['40P01', '55P03']);
const ATTEMPTS = 5;

interface SpanRecord {
  readonly id: string;
  readonly uid: string;
  readonly seq: number;
  readonly head: Buffer;
  readonly closed_at: Date | null;
  readonly status: 'open' | 'closed';
  readonly first_entry: string;
  readonly last_entry: string;
  readonly holds: readonly string[];
}

interface Column {
  readonly table: string;
  readonly column: string;
}

/** See `PruningStore`. Each method has a connection of its own, with the rights of the URL's login. */
export class PostgresPruningStore implements PruningStore {
  private constructor(private readonly url: string) {}

  /** Rejects with an OperationalError where the database is not that of this version, or the login does not own it. */
  static async open(url: string): Promise<PostgresPruningStore> {
    await withOwner(url, async (client) => {
      const other = difference(await ranMigrations(client));
      if (other !== undefined)
        throw new OperationalError(
          `This database is that of another version of Cordon (${other}): use the version that runs on it, or start this one's server once.`,
          false,
        );
      if ((await client.query(OWNS)).rowCount === 0)
        throw new OperationalError(
          'This database login may not remove anything of the history: use the one that owns the tables, which is the one that migrates.',
          false,
        );
    });
    return new PostgresPruningStore(url);
  }

  async spans(): Promise<readonly IncidentSpan[]> {
    const rows = await this.rows<SpanRecord>(readSpans);
    return rows.map(({ id, uid, seq, head, closed_at, status, first_entry, last_entry, holds }) => ({
      ...{ id: idOf(id), uid, seq, head, holds },
      ...{ firstEntry: Number(first_entry), lastEntry: Number(last_entry) },
      ...(status === 'closed' && closed_at !== null && { closedAt: closed_at.getTime() }),
    }));
  }

  async deploymentHolds(): Promise<readonly string[]> {
    return (await this.rows<{ id: string }>(readDeploymentHolds)).map(({ id }) => id);
  }

  async filesOf(incidents: readonly IncidentId[]): Promise<readonly string[]> {
    return (await this.rows<{ sha256: string }>(readFilesOf, [incidents])).map(({ sha256 }) => sha256);
  }

  async login(): Promise<string> {
    return (await this.rows<{ login: string }>('SELECT session_user AS login'))[0]?.login ?? '';
  }

  async prune(order: PruningOrder, announced: number, at: EpochMs): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withOwner(this.url, (client) => pruneOnce(client, order, announced, at));
      } catch (error) {
        const { code } = faultOf(error instanceof OperationalError ? error.cause : error);
        if (!GAVE_WAY.has(code) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private rows<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return withOwner(this.url, async (client) => (await client.query<Row>(sql, [...values])).rows);
  }
}

async function pruneOnce(client: Client, order: PruningOrder, announced: number, at: EpochMs): Promise<void> {
  await client.query('BEGIN');
  const tables = await prunedIn(client, order, announced, at);
  await client.query('COMMIT');
  // What was deleted lies in the files until then.
  for (const table of tables) await client.query(`VACUUM (ANALYZE) ${pg.escapeIdentifier(table)}`);
}

/** Names of the tables from which rows went. */
async function prunedIn(
  client: Client,
  order: PruningOrder,
  announced: number,
  at: EpochMs,
): Promise<readonly string[]> {
  for (const setting of SETTINGS) await client.query(setting);
  const columns = await columnsOfIncidents(client);
  const names = [...new Set(['incident', ...columns.map(({ table }) => table)])];
  await client.query(`LOCK TABLE ${names.map(pg.escapeIdentifier).join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  await client.query(listGoing, [order.incidents]);
  await mustHold(client, order);
  const { epoch, lastEntry, said } = order;
  await client.query(addPruning, [epoch, said.to, lastEntry, announced, new Date(at)]);
  const gone = await client.query<{ uid: string; seq: number; head: Buffer }>(addPrunedIncidents, [
    epoch,
    said.to,
  ]);
  const chains = headsOf([...gone.rows].sort((a, b) => (a.uid < b.uid ? -1 : 1)));
  if (chains.heads !== said.heads || chains.incidents !== said.incidents)
    throw new PruningRefusedError('The incidents are no longer as they were announced: make a new plan.');
  const guards = (await triggersOf(client)).filter(
    ({ table, enabled }) => enabled !== 'D' && names.includes(table),
  );
  for (const guard of guards) await client.query(altered(guard, 'DISABLE'));
  // What refers to a row goes before it.
  const sorted = await inOrder(
    client,
    names.map((name) => ({ name })),
  );
  for (const { name } of [...sorted].reverse())
    for (const { column } of columns.filter(({ table }) => table === name))
      await client.query(
        `DELETE FROM ${pg.escapeIdentifier(name)} WHERE ${pg.escapeIdentifier(column)} IN (SELECT id FROM going)`,
      );
  await client.query('DELETE FROM incident WHERE id IN (SELECT id FROM going)');
  await client.query(deleteActs);
  const [queue] = (await client.query<{ known: boolean }>(queueIsKnown)).rows;
  if (queue?.known === true) await client.query(deleteJobs);
  for (const guard of guards)
    if (guard.enabled !== 'D') await client.query(altered(guard, ENABLE[guard.enabled]));
  return names;
}

async function columnsOfIncidents(client: Client): Promise<readonly Column[]> {
  return (await client.query<Column>(readColumnsOfIncidents)).rows;
}

/** Nobody writes any more: what was true when the plan was made is true still, or nothing goes. */
async function mustHold(
  client: Client,
  { epoch, said, lastEntry, before, incidents }: PruningOrder,
): Promise<void> {
  const { rows } = await client.query<Record<string, string | number>>(readGrounds, [
    new Date(before),
    lastEntry,
  ]);
  const now = Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
  const refuse = (what: string): never => {
    throw new PruningRefusedError(`${what}: nothing was removed. Make a new plan.`);
  };
  if (now['epoch'] !== epoch || now['from'] !== said.from)
    refuse('The log was pruned or recovered meanwhile');
  if (now['incidents'] !== incidents.length)
    refuse(
      `Of ${incidents.length} incidents only ${now['incidents']} are closed since before ${toIso(before)} and under no legal hold`,
    );
  if (now['others'] !== 0 || now['later'] !== 0)
    refuse('There are entries of other incidents before the boundary, or of these behind it');
  if (now['kept'] !== said.kept)
    refuse(
      `Before the boundary there are ${now['kept']} entries of the journal, and ${said.kept} were expected`,
    );
}
