/** `npm run bench`: durable transitions per second, beside PostgreSQL's own load generator in the same run. */
import { parseArgs } from 'node:util';
import { createCordon, type Runtime } from '@cordon/runtime';
import { hotIncident, inProcess, Laps, openIncidents, overHttp } from './drivers.js';
import { benchExport, exportText } from './export.js';
import { openFloor, type Floor, type FloorKind } from './floor.js';
import { grow } from './growth.js';
import { startHttp } from './http-server.js';
import { benchInbox, inboxText } from './inbox.js';
import { benchMemory, memoryText } from './memory.js';
import { median, runLoad, type Load } from './load.js';
import { benchLog, logText } from './log.js';
import { benchPast, pastText } from './past.js';
import { startReplicas } from './replicas.js';
import { asTable, type Report, type Row } from './report.js';
import { openScratch, type Scratch } from './scratch.js';
import { benchVerify, verifyText } from './verify.js';

const HELP = `Usage: npm run bench -- [options]

  --seconds N      length of one measurement (3)
  --rounds N       rounds, ours and the floor in turn; medians are shown (3)
  --callers LIST   concurrent callers (1,8,32,64,128)
  --only LIST      of spread,hot,http,growth, and inbox,past,log,verify,export,memory, which print
                   tables of their own (spread,hot,http,growth)
  --processes N    with spread: the same once more from that many processes at a time (2)
  --entries N      entries of the log that is exported and verified (100000); memory: of a bundle that is made up
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
    processes: { type: 'string', default: '2' },
    entries: { type: 'string', default: '100000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** A server that has just started is slow until its code is compiled. */
const WARM_UP_S = 4;

const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const processes = Number(values.processes);
const entries = Number(values.entries);
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
    latencies: [],
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

/** Benchmarks that print a table of their own, in the order in which they run; each gives it as text and as data. */
const apart: Readonly<Record<string, (scratch: Scratch) => Promise<{ text: string; data: unknown }>>> = {
  async inbox({ url, store }) {
    await openIncidents(createCordon({ store, log: 'bench' }), store, 1);
    const inbox = await benchInbox(url, store, tell);
    return { text: inboxText(inbox), data: inbox.rows };
  },
  async log({ store, folder }) {
    const log = await benchLog({ store, folder, callers: callerCounts, seconds, rounds, tell });
    return { text: logText(log), data: log };
  },
  async verify({ url, store, folder }) {
    const verified = await benchVerify({ url, store, folder, entries, rounds, tell });
    return { text: verifyText(verified), data: verified };
  },
  async export({ url, store, folder }) {
    const exported = await benchExport({ url, store, folder, entries, tell });
    return { text: exportText(exported), data: exported };
  },
  async memory({ folder }) {
    const memory = await benchMemory({ folder, entries, tell });
    return { text: memoryText(memory), data: memory };
  },
  async past({ store }) {
    const past = await benchPast(store, tell);
    return { text: pastText(past), data: past };
  },
};

async function main(): Promise<void> {
  const scratch = await openScratch(process.env.DATABASE_URL);
  let report: Report | undefined;
  try {
    for (const [name, bench] of Object.entries(apart)) {
      if (!only.has(name)) continue;
      const { text, data } = await bench(scratch);
      process.stdout.write(`${values.json ? JSON.stringify(data) : text}\n`);
    }
    if ([...only].some((name) => !(name in apart))) report = await transitions(scratch);
  } finally {
    await scratch.drop();
  }
  if (report) process.stdout.write(`${values.json ? JSON.stringify(report) : asTable(report)}\n`);
}

/** Durable transitions per second, in the ways that were asked for. */
async function transitions(scratch: Scratch): Promise<Report> {
  const floor = await openFloor(scratch.url);
  const rows: Row[] = [];
  const notes: string[] = [floor ? FLOOR_NOTE : 'pgbench is not on this machine: no floor, no ratios.'];
  try {
    const cordon = createCordon({ store: scratch.store, log: 'bench' });
    tell('opening 1,000 incidents');
    const laps = new Laps(await openIncidents(cordon, scratch.store, 1_000));
    const spread = (callers: number) => () => runLoad(callers, seconds, inProcess(cordon, laps, callers));
    await runLoad(32, WARM_UP_S, inProcess(cordon, laps, 32));
    if (only.has('spread'))
      for (const callers of callerCounts)
        rows.push(await measure('1,000 incidents', callers, floor, 'work', spread(callers)));
    if (only.has('spread') && processes > 1) await fromReplicas(scratch, floor, rows);
    const [hotId] = await openIncidents(cordon, scratch.store, 1);
    if (only.has('hot') && hotId !== undefined) {
      const hot = (callers: number) => () => runLoad(callers, seconds, hotIncident(cordon, hotId));
      for (const callers of callerCounts)
        rows.push(await measure('one hot incident', callers, floor, 'hot', hot(callers)));
    }
    if (only.has('http')) await besideHttp(cordon, scratch, spread, { rows, notes });
    if (only.has('growth')) await grown(cordon, scratch, spread, laps, { rows, notes });
    await cordon.drained();
  } finally {
    await floor?.close();
  }
  return { server: scratch.server, node: process.version, seconds, rounds, rows, notes };
}

/** As many callers as before, shared out among several processes. */
async function fromReplicas(scratch: Scratch, floor: Floor | undefined, rows: Row[]): Promise<void> {
  tell(`starting ${processes} processes`);
  const replicas = await startReplicas(scratch, processes, 1_000);
  try {
    await replicas.run(32, WARM_UP_S);
    const name = `the same, ${processes} processes`;
    for (const callers of callerCounts.filter((one) => one >= processes))
      rows.push(await measure(name, callers, floor, undefined, () => replicas.run(callers, seconds)));
  } finally {
    await replicas.stop();
  }
}

type Spread = (callers: number) => () => Promise<Load>;
interface Gathered {
  readonly rows: Row[];
  readonly notes: string[];
}

async function besideHttp(
  cordon: Runtime,
  scratch: Scratch,
  spread: Spread,
  { rows, notes }: Gathered,
): Promise<void> {
  // Incidents of its own: two processes that write to the same ones would get in each other's way.
  const laps = new Laps(await openIncidents(cordon, scratch.store, 1_000));
  const server = await startHttp(scratch);
  try {
    tell('warming up the server');
    const http = (callers: number) => () =>
      runLoad(callers, seconds, overHttp(server.url, server.token, laps, callers));
    await runLoad(32, WARM_UP_S, overHttp(server.url, server.token, laps, 32));
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

async function grown(
  cordon: Runtime,
  scratch: Scratch,
  spread: Spread,
  laps: Laps,
  { rows, notes }: Gathered,
): Promise<void> {
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

if (values.help) process.stdout.write(HELP);
else await main();
