/** The inbox at 10⁵ open tasks of 10³ people: each list beside a look-up by primary key in the same run. */
import { withOwner, type Store } from '@cordon/store';
import type { TaskFilter, VisibleTo } from '@cordon/runtime';
import { percentile } from './load.js';

const TASKS = 100_000;
const PEOPLE = 1_000;
const TASKS_A_INCIDENT = 20;
/** Turns of each measurement, in rounds that alternate so that all meet the same weather. */
const ROUNDS = 5;
const TURNS = 60;

export interface InboxRow {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** p99 over the p99 of the look-up. */
  readonly ratio: number;
}

export interface InboxReport {
  readonly rows: readonly InboxRow[];
  /** By list, the plan of its last query. */
  readonly plans: ReadonlyMap<string, readonly string[]>;
}

/** Fills the scratch database with copies of its first incident, then measures. */
export async function benchInbox(
  url: string,
  store: Store,
  tell: (line: string) => void,
): Promise<InboxReport> {
  tell(`growing to ${TASKS} open tasks of ${PEOPLE} people`);
  await grow(url);
  const lists = listsOf(Date.now());
  const times = new Map<string, number[]>([...lists.keys(), LOOKUP].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    tell(`round ${round + 1} of ${ROUNDS}`);
    for (let turn = 0; turn < TURNS; turn += 1) {
      const person = personNumber(1 + Math.floor(Math.random() * PEOPLE));
      await timed(times, LOOKUP, () => lookUp(store));
      for (const [name, list] of lists) await timed(times, name, () => list(store, person));
    }
  }
  const base = percentile(times.get(LOOKUP) ?? [], 0.99);
  const rows = [...times].map(([name, taken]): InboxRow => {
    const p99Ms = percentile(taken, 0.99);
    return { name, p50Ms: percentile(taken, 0.5), p99Ms, ratio: p99Ms / base };
  });
  const plans = new Map<string, readonly string[]>();
  for (const [name, list] of lists) plans.set(name, await planOf(store, () => list(store, personNumber(7))));
  return { rows, plans };
}

const LOOKUP = 'look-up by primary key';

type List = (store: Store, person: string) => Promise<unknown>;

/** What a responder who sees what is amber asks for, a page each. */
function listsOf(now: number): ReadonlyMap<string, List> {
  const tasks =
    (filter: (person: string) => Partial<TaskFilter>): List =>
    (store, person) =>
      store.tasks({ limit: 51, visibleTo: seenBy(person), ...filter(person) });
  return new Map<string, List>([
    ['everything', tasks(() => ({}))],
    ['mine', tasks((assignee) => ({ assignee }))],
    ['mine, standing in for two', tasks((me) => ({ assignees: [me, personNumber(3), personNumber(4)] }))],
    ['unaccepted', tasks(() => ({ unaccepted: true }))],
    ['unassigned', tasks(() => ({ unassigned: true }))],
    ['overdue', tasks(() => ({ overdueAt: now }))],
    ['waiting on others', tasks((assignedBy) => ({ assignedBy }))],
    ['my team', tasks((me) => ({ team: { people: teamOf(me), roles: ['privacy-officer'] } }))],
    ['a common role', tasks(() => ({ roles: ['responder'] }))],
    ['a rare role', tasks(() => ({ roles: ['system-owner'] }))],
    ['a role that nobody needs', tasks(() => ({ roles: ['communications'] }))],
    ['urgent', tasks(() => ({ priority: 'urgent' }))],
    ['one incident', tasks(() => ({ incidentId: 7 as TaskFilter['incidentId'] & number }))],
    ['mine, seen only as a member', tasks((me) => ({ visibleTo: { markings: [], person: me } }))],
    ['the last page', tasks(() => ({ after: { dueAt: now + 9e9, incidentId: 1 as never, step: '' } }))],
    [
      'workload',
      (store, person) => store.workload({ now, limit: 51, after: person, visibleTo: seenBy(person) }),
    ],
  ]);
}

function seenBy(person: string): VisibleTo {
  return { markings: ['clear', 'green', 'amber'], person };
}

function personNumber(n: number): string {
  return `person-${String(n).padStart(4, '0')}`;
}

function teamOf(person: string): readonly string[] {
  const first = Math.floor((Number(person.slice(-4)) - 1) / 10) * 10;
  return Array.from({ length: 10 }, (_, i) => personNumber(first + i + 1));
}

async function lookUp(store: Store): Promise<unknown> {
  const id = 1 + Math.floor(Math.random() * (TASKS / TASKS_A_INCIDENT));
  return store.dataSource.query('SELECT title, status FROM incident WHERE id = $1', [id]);
}

async function timed(
  times: ReadonlyMap<string, number[]>,
  name: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const from = performance.now();
  await work();
  times.get(name)?.push(performance.now() - from);
}

/** Runs the list with every query explained instead of answered, and gives the plans' lines. */
async function planOf(store: Store, list: () => Promise<unknown>): Promise<readonly string[]> {
  const { dataSource } = store;
  const lines: string[] = [];
  const original = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = original(mode);
    const ask = runner.query.bind(runner) as (sql: string, ...rest: unknown[]) => Promise<unknown>;
    runner.query = (async (sql: string, values: unknown, ...rest: unknown[]) => {
      const rows = (await ask(`EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${sql}`, values)) as Record<
        string,
        string
      >[];
      lines.push(...rows.map((row) => row['QUERY PLAN'] ?? ''));
      return ask(sql, values, ...rest);
    }) as typeof runner.query;
    return runner;
  };
  try {
    await list();
  } finally {
    dataSource.createQueryRunner = original;
  }
  return lines;
}

/**
 * Copies of the first incident, one in a hundred of them for named people only. Every fifth task is nobody's; of the
 * others every third was given by somebody and every sixth not yet accepted.
 */
async function grow(url: string): Promise<void> {
  const incidents = TASKS / TASKS_A_INCIDENT;
  await withOwner(url, async (client) => {
    await client.query(`
      INSERT INTO incident (uid, playbook_id, playbook_version, playbook_digest, title, exercise, status, phases, aware_at,
                            opened_at, opened_by, updated_at, revision, seq, head, state, open_key, request_hash, tlp, members)
      SELECT gen_random_uuid(), playbook_id, playbook_version, playbook_digest, 'Copy ' || n, exercise, status, phases,
             aware_at, opened_at, opened_by, updated_at, 1, 1, head, state, 'inbox-' || n, request_hash,
             CASE WHEN n % 100 = 0 THEN 'red' ELSE 'amber' END,
             ARRAY['person-' || lpad((1 + n % ${PEOPLE})::text, 4, '0')]
        FROM generate_series(1, ${incidents}) AS n, (SELECT * FROM incident ORDER BY id LIMIT 1) AS one`);
    await client.query(`
      INSERT INTO task (incident_id, step, phase, kind, status, roles, assignee, accepted, due_at, assigned_by, priority)
      SELECT id, 'inbox-' || n, 'contain', 'task', 'ready',
             CASE WHEN k % 1000 = 0 THEN '{system-owner}' WHEN k % 20 = 0 THEN '{privacy-officer,coordinator}'
                  ELSE '{responder}' END::text[],
             CASE WHEN k % 5 = 0 THEN NULL ELSE 'person-' || lpad((1 + k % ${PEOPLE})::text, 4, '0') END,
             k % 6 <> 1,
             now() + (k % 100000 - 10000) * interval '1 minute',
             CASE WHEN k % 5 <> 0 AND k % 3 = 0 THEN 'person-' || lpad((1 + (k * 7) % ${PEOPLE})::text, 4, '0') END,
             CASE WHEN k % 50 = 0 THEN 'urgent' ELSE 'normal' END
        FROM (SELECT id, n, row_number() OVER (ORDER BY md5(id::text || '/' || n)) AS k
                FROM (SELECT id FROM incident WHERE open_key LIKE 'inbox-%') AS copy,
                     generate_series(1, ${TASKS_A_INCIDENT}) AS n) AS numbered`);
    await client.query('VACUUM ANALYZE');
  });
}

export function inboxText({ rows, plans }: InboxReport): string {
  const lines = rows.map(
    ({ name, p50Ms, p99Ms, ratio }) =>
      `${name.padEnd(30)} p50 ${p50Ms.toFixed(2).padStart(7)} ms  p99 ${p99Ms.toFixed(2).padStart(7)} ms  ${ratio.toFixed(1).padStart(5)} × the look-up`,
  );
  const explained = [...plans].flatMap(([name, plan]) => [
    '',
    `${name}:`,
    ...plan.map((line) => `  ${line}`),
  ]);
  return [`The inbox at ${TASKS} open tasks of ${PEOPLE} people.`, ...lines, ...explained].join('\n');
}
