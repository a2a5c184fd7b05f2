/** `npm run bench`: durable transitions per second, beside PostgreSQL's own load generator in the same run. */
import { parseArgs } from 'node:util';
import { createCordon } from '@cordon/runtime';
import { hotIncident, inProcess, Laps, openIncidents, overHttp } from './drivers.js';
import { openFloor, type Floor, type FloorKind } from './floor.js';
import { grow } from './growth.js';
import { startHttp } from './http-server.js';
import { benchInbox, inboxText } from './inbox.js';
import { median, runLoad, type Load } from './load.js';
import { asTable, type Report, type Row } from './report.js';
import { openScratch } from './scratch.js';

const HELP = `Usage: npm run bench -- [options]

  --seconds N      length of one measurement (3)
  --rounds N       rounds, ours and the floor in turn; medians are shown (3)
  --callers LIST   concurrent callers (1,8,32,64,128)
  --only LIST      of spread,hot,http,growth,inbox (all but inbox, which prints its own table)
  --json           one JSON object on standard output

DATABASE_URL names a PostgreSQL server where a scratch database may be created; without it an embedded one is started.
The floor needs pgbench on the PATH; without it there are no ratios.
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    callers: { type: 'string', default: '1,8,32,64,128' },
    only: { type: 'string', default: 'spread,hot,http,growth' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** A server that has just started is slow until its code is compiled. */
const WARM_UP_S = 4;

const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const callerCounts = values.callers.split(',').map(Number);
const only = new Set(values.only.split(','));
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Ours and the floor in turn, so that both meet the same weather; medians of the rounds. */
async function measure(
  name: string,
  callers: number,
  floor: Floor | undefined,
  second: FloorKind | undefined,
  ours: () => Promise<Load>,
): Promise<Row> {
  const loads: Load[] = [];
  const floors: number[] = [];
  const secondFloors: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    tell(`${name}, ${callers} callers, round ${round} of ${rounds}`);
    loads.push(await ours());
    if (floor) floors.push(await floor.measure(callers, seconds, 'spread'));
    if (floor && second) secondFloors.push(await floor.measure(callers, seconds, second));
  }
  const of = (pick: (load: Load) => number): number => median(loads.map(pick));
  const load: Load = {
    perSecond: of((one) => one.perSecond),
    p50Ms: of((one) => one.p50Ms),
    p99Ms: of((one) => one.p99Ms),
    cpuUs: of((one) => one.cpuUs),
    calls: loads.reduce((sum, one) => sum + one.calls, 0),
  };
  return {
    name,
    callers,
    load,
    ...(floors.length > 0 ? { floor: median(floors) } : {}),
    ...(secondFloors.length > 0 ? { secondFloor: median(secondFloors) } : {}),
  };
}

/** HTTP and in process in turn, and the median of their ratios. */
async function besideInProcess(
  callers: number,
  http: () => Promise<Load>,
  inside: () => Promise<Load>,
): Promise<[Row, number]> {
  const shares: number[] = [];
  const row = await measure('over HTTP', callers, undefined, undefined, async () => {
    const beside = await inside();
    const load = await http();
    shares.push(load.perSecond / beside.perSecond);
    return load;
  });
  return [row, median(shares)];
}

const FLOOR_NOTE =
  'Floor: pgbench, five plain statements over 1,000 rows. Second floor: all that our transition writes, as plain statements; for the hot incident, the five statements on one row.';

async function main(): Promise<void> {
  const scratch = await openScratch(process.env.DATABASE_URL);
  const floor = await openFloor(scratch.url);
  const rows: Row[] = [];
  const notes: string[] = [floor ? FLOOR_NOTE : 'pgbench is not on this machine: no floor, no ratios.'];
  try {
    const cordon = createCordon({ store: scratch.store, log: 'bench' });
    if (only.has('inbox')) {
      await openIncidents(cordon, scratch.store, 1);
      const inbox = await benchInbox(scratch.url, scratch.store, tell);
      process.stdout.write(`${values.json ? JSON.stringify(inbox.rows) : inboxText(inbox)}\n`);
      if (only.size === 1) return;
    }
    tell('opening 1,000 incidents');
    const incidents = await openIncidents(cordon, scratch.store, 1_000);
    const laps = new Laps(incidents);
    const spread = (callers: number) => () => runLoad(callers, seconds, inProcess(cordon, laps, callers));
    await runLoad(8, 1, inProcess(cordon, laps, 8));
    if (only.has('spread'))
      for (const callers of callerCounts)
        rows.push(await measure('1,000 incidents', callers, floor, 'work', spread(callers)));
    const [hotId] = await openIncidents(cordon, scratch.store, 1);
    if (only.has('hot') && hotId !== undefined) {
      for (const callers of callerCounts) {
        rows.push(
          await measure('one hot incident', callers, floor, 'hot', () =>
            runLoad(callers, seconds, hotIncident(cordon, hotId)),
          ),
        );
      }
    }
    if (only.has('http')) {
      // Incidents of its own: two processes that write to the same ones would get in each other's way.
      const httpLaps = new Laps(await openIncidents(cordon, scratch.store, 1_000));
      const server = await startHttp(scratch.url);
      try {
        tell('warming up the server');
        const http = (callers: number) => () =>
          runLoad(callers, seconds, overHttp(server.url, server.token, httpLaps, callers));
        await runLoad(32, WARM_UP_S, overHttp(server.url, server.token, httpLaps, 32));
        for (const callers of callerCounts.filter((one) => one >= 8)) {
          const [row, share] = await besideInProcess(callers, http(callers), spread(callers));
          rows.push(row);
          notes.push(
            `Over HTTP, ${callers} callers: ${share.toFixed(2)} of what is reached in process, in turn.`,
          );
        }
      } finally {
        await server.stop();
      }
    }
    if (only.has('growth')) {
      const before = await measure('10³ incidents', 8, undefined, undefined, spread(8));
      tell('growing to 100,000 incidents and 1,000,000 entries');
      await grow(scratch.url, 99_000, 990_000);
      await runLoad(8, 2, inProcess(cordon, laps, 8));
      const after = await measure('10⁵ incidents, 10⁶ entries', 8, undefined, undefined, spread(8));
      rows.push(before, after);
      notes.push(
        `p50 at 10⁵ incidents is ${(after.load.p50Ms / before.load.p50Ms).toFixed(2)} times that at 10³.`,
      );
    }
    await cordon.drained();
  } finally {
    await floor?.close();
    await scratch.drop();
  }
  const report: Report = { server: scratch.server, node: process.version, seconds, rounds, rows, notes };
  process.stdout.write(`${values.json ? JSON.stringify(report) : asTable(report)}\n`);
}

if (values.help) process.stdout.write(HELP);
else await main();
