/** Milliseconds in the units an ISO 8601 duration may use here. Months and years have no fixed length and are refused. */
const MS = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 } as const;

const SHAPE = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** A hundred years. A moment plus any duration stays an instant that can be written down. */
export const MAX_DURATION_MS = 36_525 * MS.D;

/**
 * Length in milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds (`PT60M`, `P14D`).
 * Days are 24 elapsed hours. Returns undefined for anything else, the empty `P` and `PT` and what is longer than a
 * hundred years included.
 */
export function durationMs(text: string): number | undefined {
  const parts = SHAPE.exec(text);
  if (!parts || text === 'P' || text.endsWith('T')) return undefined;
  const [, weeks, days, hours, minutes, seconds] = parts;
  const ms =
    Number(weeks ?? 0) * MS.W +
    Number(days ?? 0) * MS.D +
    Number(hours ?? 0) * MS.H +
    Number(minutes ?? 0) * MS.M +
    Number(seconds ?? 0) * MS.S;
  return ms <= MAX_DURATION_MS ? ms : undefined;
}
