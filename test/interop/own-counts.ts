/** What a miner finds in a log, counted here from the records themselves and from no view. */
import type { HistoryRecord } from '@cordon/exchange';

/** One line of a case: what happened, and when. */
export interface Happening {
  readonly activity: string;
  readonly at: number;
}

export const happening = ({ leaf }: HistoryRecord): Happening => ({
  activity: leaf.event.type,
  at: Date.parse(leaf.occurredAt),
});

/** The happenings of each case, in the order of the log; of records that belong to no case, nothing. */
export function casesBy(
  records: readonly HistoryRecord[],
  caseOf: (record: HistoryRecord) => string | undefined,
  happeningOf: (record: HistoryRecord) => Happening = happening,
): ReadonlyMap<string, readonly Happening[]> {
  const cases = new Map<string, Happening[]>();
  for (const record of records) {
    const id = caseOf(record);
    if (id !== undefined) cases.set(id, [...(cases.get(id) ?? []), happeningOf(record)]);
  }
  return cases;
}

export function countBy<T>(items: Iterable<T>, nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}

/** What follows what, how often, and with how many seconds between them in all. */
export function directlyFollows(cases: Iterable<readonly Happening[]>): {
  readonly activities: Record<string, number>;
  readonly startActivities: Record<string, number>;
  readonly endActivities: Record<string, number>;
  readonly pathsFrequency: Record<string, number>;
  readonly seconds: Record<string, number>;
} {
  const all = [...cases];
  const pairs = all.flatMap((one) =>
    one.slice(1).map((next, i) => ({ from: one[i] as Happening, to: next })),
  );
  const pathOf = ({ from, to }: (typeof pairs)[number]): string => `${from.activity},${to.activity}`;
  const seconds: Record<string, number> = {};
  for (const pair of pairs)
    seconds[pathOf(pair)] = (seconds[pathOf(pair)] ?? 0) + (pair.to.at - pair.from.at) / 1000;
  return {
    activities: countBy(all.flat(), ({ activity }) => activity),
    startActivities: countBy(all, (one) => one[0]?.activity ?? ''),
    endActivities: countBy(all, (one) => one.at(-1)?.activity ?? ''),
    pathsFrequency: countBy(pairs, pathOf),
    seconds,
  };
}
