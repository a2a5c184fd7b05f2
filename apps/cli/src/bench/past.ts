/** What was known when: the past of an incident of 10,000 entries beside its present, in the same run. */
import { createCordon, type IncidentId } from '@cordon/runtime';
import type { Store } from '@cordon/store';
import { hotIncident, openIncidents } from './drivers.js';
import { percentile } from './load.js';

const ENTRIES = 10_000;
const WRITERS = 32;
const INSTANTS = 1_000;
const READER = {
  type: 'person' as const,
  id: '00000000-0000-7000-8000-000000000001',
  roles: ['administrator'],
};

export interface PastReport {
  readonly entries: number;
  /** The first time that somebody asks, with nothing kept yet but what was kept along the way. */
  readonly firstMs: number;
  readonly present: { readonly p50Ms: number; readonly p99Ms: number };
  readonly past: { readonly p50Ms: number; readonly p99Ms: number };
  /** p99 of the past over p99 of the present. */
  readonly ratio: number;
}

/** Opens an incident, lets it live through 10,000 entries, and asks for both in turn. Each answer is held against the log. */
export async function benchPast(store: Store, tell: (line: string) => void): Promise<PastReport> {
  const cordon = createCordon({ store, vault: store.vault, log: store.logName });
  const [id] = await openIncidents(cordon, store, 1);
  if (id === undefined) throw new Error('no incident was opened');
  tell(`one incident, ${ENTRIES} entries`);
  await live(cordon, id);
  const row = await store.incident(id);
  if (!row) throw new Error('the incident is gone');
  const past = async (): Promise<void> => {
    const time = new Date(row.openedAt + Math.random() * (row.updatedAt - row.openedAt)).toISOString();
    const found = await cordon.at(id, READER, { time }, 'en');
    if (!found || found === 'before_opening') throw new Error(`nothing is known of ${time}`);
  };
  const firstMs = await timed(past);
  tell('filling the gaps between the states that are kept');
  await cordon.at(id, READER, { revision: row.revision }, 'en');
  const times = { present: [] as number[], past: [] as number[] };
  for (let asked = 0; asked < INSTANTS; asked += 1) {
    times.present.push(await timed(async () => void (await cordon.incident(id, READER, 'en'))));
    times.past.push(await timed(past));
  }
  const of = (all: readonly number[]) => ({ p50Ms: percentile(all, 0.5), p99Ms: percentile(all, 0.99) });
  const report = { entries: row.seq, firstMs, present: of(times.present), past: of(times.past) };
  return { ...report, ratio: report.past.p99Ms / report.present.p99Ms };
}

async function live(cordon: Parameters<typeof hotIncident>[0], id: IncidentId): Promise<void> {
  const call = hotIncident(cordon, id);
  let left = ENTRIES;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, caller) => {
      for (let turn = 0; left > 0; turn += 1) {
        left -= 1;
        await call(caller, turn);
      }
    }),
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

export function pastText({ entries, firstMs, present, past, ratio }: PastReport): string {
  const ms = (figure: number): string => `${figure.toFixed(2)} ms`;
  return [
    `${entries} entries; ${INSTANTS} instants by chance, in turn with the present`,
    `present   p50 ${ms(present.p50Ms)}, p99 ${ms(present.p99Ms)}`,
    `past      p50 ${ms(past.p50Ms)}, p99 ${ms(past.p99Ms)}: ${ratio.toFixed(1)} times the present at p99`,
    `the first time somebody asked: ${ms(firstMs)}`,
  ].join('\n');
}
