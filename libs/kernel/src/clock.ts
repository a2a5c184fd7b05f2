/** A moment, in whole milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** Where time comes from. The decision core never reads it: time reaches it as an argument. */
export interface Clock {
  now(): EpochMs;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** RFC 3339 in UTC, always with milliseconds, so that instants sort as text. */
export function toIso(at: EpochMs): string {
  if (at !== lastAt) {
    lastIso = new Date(at).toISOString();
    lastAt = at;
  }
  return lastIso;
}

/** Entries that are written together have one moment, twice each. */
let lastAt: EpochMs = 0;
let lastIso = new Date(lastAt).toISOString();

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 date-time that carries its offset; seconds may be left out, and what is finer than a millisecond
 * is cut off. Returns undefined for anything else: a local time without an offset names no moment, nor does 30
 * February, which `Date.parse` takes for 2 March.
 */
export function fromIso(text: string): EpochMs | undefined {
  const parts = RFC3339.exec(text);
  if (!parts || !isCalendarDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Whether the text is a day of the calendar, as `2026-03-24` (RFC 3339 full-date). */
export function isIsoDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts !== null && isCalendarDay(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isCalendarDay(year: number, month: number, day: number): boolean {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
  return day >= 1 && day <= days;
}
