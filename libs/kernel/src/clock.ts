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
  return new Date(at).toISOString();
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 date-time that carries its offset.
 * Returns undefined for anything else: a local time without an offset names no moment.
 */
export function fromIso(text: string): EpochMs | undefined {
  if (!RFC3339.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
