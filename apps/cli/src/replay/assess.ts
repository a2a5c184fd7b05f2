/** After a drive: what became of the incident, whether it is what the scenario expects, and whether its export holds it all. */
import type { Json } from '@cordon/kernel';
import { type ApiClient, pages } from '../api/client.js';
import type { Entry, Incident, Page, Step } from '../api/shapes.js';
import { verifyChain } from '../audit/chain.js';
import { reasonOf } from '../exit-codes.js';
import type { DriveResult } from './drive.js';

export interface Check {
  readonly name: string;
  readonly expected: Json;
  /** Absent where it was not looked at. */
  readonly actual?: Json;
  readonly result: 'met' | 'not met' | 'not checked';
}

export interface ExportCheck {
  /** `unread`: the server did not give it, so that nothing is known. */
  readonly result: 'verified' | 'failed' | 'unread';
  readonly entries: number;
  readonly head?: string;
  readonly problem?: string;
}

export interface Assessment {
  /** Steps by status. */
  readonly steps: Readonly<Record<string, number>>;
  readonly systems: { readonly all: readonly string[]; readonly returned: readonly string[] };
  readonly transitions: number;
  readonly rejections: number;
  readonly checks: readonly Check[];
  readonly export: ExportCheck;
}

export async function assess(api: ApiClient, drive: DriveResult): Promise<Assessment> {
  const incident = await api.get<Incident>(`/incidents/${drive.ref}`);
  const { items: steps } = await api.get<Page<Step>>(`/incidents/${drive.ref}/steps`);
  const entries: Entry[] = [];
  for await (const page of pages<Entry>(api, `/incidents/${drive.ref}/transitions?limit=200`))
    entries.push(...page);
  const returned = incident.systems.filter(({ state }) => state.startsWith('returned')).map(({ id }) => id);
  const rejections = entries.filter(({ kind }) => kind === 'rejection').length;
  return {
    steps: countBy(steps.map(({ status }) => status)),
    systems: { all: incident.systems.map(({ id }) => id), returned },
    transitions: entries.length - rejections,
    rejections,
    checks: checksOf(drive.scenario.expect, {
      phasesVisited: drive.visited,
      systemsReturnedToService: returned,
      finalState: incident.status,
    }),
    export: await checkExport(api, drive.ref, entries),
  };
}

/** Lists are compared as sets. An expectation that nothing here measures is never taken as met. */
export function checksOf(
  expect: Readonly<Record<string, Json>>,
  measured: Readonly<Record<string, Json>>,
): Check[] {
  return Object.entries(expect).map(([name, expected]): Check => {
    const actual = measured[name];
    if (actual === undefined) return { name, expected, result: 'not checked' };
    return { name, expected, actual, result: sorted(expected) === sorted(actual) ? 'met' : 'not met' };
  });
}

/** The export must verify by itself and hold every entry that the API lists, with the same hash. */
async function checkExport(api: ApiClient, ref: string, entries: readonly Entry[]): Promise<ExportCheck> {
  const exported = new Map<number, string>();
  try {
    const stream = await api.stream(`/incidents/${ref}/export?format=jsonl`);
    const report = await verifyChain(stream, (seq, hash) => exported.set(seq, hash));
    const counted = { entries: report.entries, ...(report.head === undefined ? {} : { head: report.head }) };
    if (report.bad)
      return { result: 'failed', ...counted, problem: `entry ${report.bad.line}: ${report.bad.reason}` };
    const missing = entries.find(({ seq, hash }) => exported.get(seq) !== hash);
    if (missing)
      return {
        result: 'failed',
        ...counted,
        problem: `entry ${missing.seq} of the history is not in the export as listed`,
      };
    return { result: 'verified', ...counted };
  } catch (error) {
    return {
      result: 'unread',
      entries: exported.size,
      problem: `the export could not be read: ${reasonOf(error)}`,
    };
  }
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

function sorted(value: Json): string {
  return JSON.stringify(
    Array.isArray(value) ? (value as Json[]).map((item) => JSON.stringify(item)).sort() : value,
  );
}
