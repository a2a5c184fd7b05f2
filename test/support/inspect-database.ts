/**
 * Holds everything a database keeps of its incidents against their logs: the chains, the states, the inbox, the timers,
 * and what the log says was asked of the outside world. One snapshot, so it may run beside a working server.
 */
import { canonicalJson } from '@cordon/kernel';
import { armedTimers, changedTaskRows, compileMachines, type Machines } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { machineDigestOf } from '@cordon/runtime';
import pg from 'pg';
import { ENTRIES, entryOf, OPEN_TASKS, PAGE, taskOf, type RawEntry, type RawTask } from './stored-rows.js';
import { LogWalk } from './walk-log.js';

export interface InspectedIncident {
  readonly ref: string;
  readonly seq: number;
  readonly revision: number;
  readonly head: string;
  /** Key of the opening, as the client sent it. */
  readonly openKey: string;
  /** `timer@moment` of every timer that took effect. */
  readonly fired: readonly string[];
  /** Keys of the effects that its transitions asked for. */
  readonly effects: readonly string[];
  /** Every entry that holds an idempotency key. */
  readonly keyed: readonly KeyedEntry[];
  /** What does not agree, in sentences. Empty is what a test wants. */
  readonly faults: readonly string[];
}

export interface KeyedEntry {
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
  /** Who and the key they sent: `person:key`. */
  readonly eventKey: string;
}

interface IncidentRow {
  readonly id: string;
  readonly uid: string;
  readonly digest: string;
  readonly seq: number;
  readonly revision: number;
  readonly head: Buffer;
  readonly state: string;
  readonly status: string;
  readonly open_key: string;
}

const INCIDENTS = `SELECT id, uid, playbook_digest AS digest, seq, revision, head, state, status, open_key FROM incident ORDER BY id`;

/** Reads a whole database. Entries are read in pages, incidents one after the other. */
export async function inspectDatabase(url: string): Promise<readonly InspectedIncident[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const machines = await machinesIn(client);
    const { rows } = await client.query<IncidentRow>(INCIDENTS);
    const inspected: InspectedIncident[] = [];
    for (const row of rows) {
      inspected.push(await inspectIncident(client, machines, row));
    }
    return inspected;
  } finally {
    await client.end();
  }
}

async function machinesIn(client: pg.Client): Promise<ReadonlyMap<string, Machines>> {
  const { rows } = await client.query<{ digest: string; source: string }>(
    'SELECT digest, source FROM playbook',
  );
  return new Map(
    rows.map(({ digest, source }) => {
      const { playbook } = parsePlaybook(source);
      if (!playbook) throw new Error(`the playbook ${digest} does not parse`);
      return [digest, compileMachines(playbook, digest)];
    }),
  );
}

async function inspectIncident(
  client: pg.Client,
  published: ReadonlyMap<string, Machines>,
  row: IncidentRow,
): Promise<InspectedIncident> {
  const machinesOf = (digest: string): Machines => {
    const compiled = published.get(digest);
    if (!compiled) throw new Error(`the playbook ${digest} is not there`);
    return compiled;
  };
  const { rows: first } = await client.query<RawEntry>(ENTRIES, [row.id, 0, 1]);
  const [opening] = first.map(entryOf);
  if (!opening) throw new Error(`INC-${row.id} has no history`);
  const walk = new LogWalk(machinesOf(machineDigestOf(opening.stored)), row.uid, machinesOf);
  const machines = machinesOf(row.digest);
  const keyed: KeyedEntry[] = [];
  for (let after = 0; ;) {
    const { rows } = await client.query<RawEntry>(ENTRIES, [row.id, after, PAGE]);
    for (const raw of rows) {
      const kind = walk.next(entryOf(raw));
      if (raw.event_key !== null)
        keyed.push({ seq: raw.seq, hash: raw.hash.toString('hex'), kind, eventKey: raw.event_key });
      after = raw.seq;
    }
    if (rows.length < PAGE) break;
  }
  const faults = [
    ...walk.faults,
    ...rowFaults(row, walk),
    ...(await listFaults(client, machines, row, walk)),
  ];
  return {
    ref: `INC-${row.id}`,
    seq: row.seq,
    revision: row.revision,
    head: row.head.toString('hex'),
    openKey: row.open_key,
    fired: walk.fired,
    effects: walk.effects,
    keyed,
    faults: faults.map((fault) => `INC-${row.id}: ${fault}`),
  };
}

function rowFaults(row: IncidentRow, walk: LogWalk): string[] {
  const state = walk.state === undefined ? '' : canonicalJson(walk.state);
  return [
    ...(walk.count === row.seq ? [] : [`the row is at entry ${row.seq}, the log at ${walk.count}`]),
    ...(walk.head === row.head.toString('hex')
      ? []
      : ['the head of the row is not the hash of the last entry']),
    ...(walk.revision === row.revision
      ? []
      : [`the row is at revision ${row.revision}, the log at ${walk.revision}`]),
    ...(state === row.state ? [] : ['the stored state is not the one that the log leads to']),
    ...(walk.state?.status === row.status ? [] : [`the row is ${row.status}`]),
  ];
}

/** Inbox and timers are functions of the state; whatever else their tables hold was half applied. */
async function listFaults(
  client: pg.Client,
  { plan }: Machines,
  { id }: IncidentRow,
  walk: LogWalk,
): Promise<string[]> {
  if (!walk.state) return ['it has no state'];
  const open = changedTaskRows(plan, undefined, walk.state).filter(({ status }) =>
    ['ready', 'in_progress', 'problem'].includes(status),
  );
  const tasks = await client.query<RawTask>(OPEN_TASKS, [id]);
  const timers = await client.query<{ id: string; fire_at: Date }>(
    'SELECT id, fire_at FROM timer WHERE incident_id = $1',
    [id],
  );
  return [
    ...difference(
      'task',
      open.map((task) => canonicalJson(task)),
      tasks.rows.map((task) => canonicalJson(taskOf(task))),
    ),
    ...difference(
      'timer',
      [...armedTimers(plan, walk.state).values()].map((timer) => `${timer.id}@${timer.fireAt}`),
      timers.rows.map((timer) => `${timer.id}@${timer.fire_at.getTime()}`),
    ),
  ];
}

function difference(what: string, wanted: readonly string[], found: readonly string[]): string[] {
  return [
    ...wanted.filter((one) => !found.includes(one)).map((one) => `the ${what} ${one} is missing`),
    ...found.filter((one) => !wanted.includes(one)).map((one) => `the ${what} ${one} should not be there`),
  ];
}
