/**
 * Time that counts only while somebody works. Every moment whose local clock reads a working day and a time within the
 * working hours counts, and no other: an hour that the clock skips in spring does not exist, one that it shows twice in
 * autumn counts twice.
 *
 * Between two changes of the clock the offset from UTC is fixed, and working time is arithmetic on weeks. So the work is
 * one step for each change of the clock that is passed, and one search at the end.
 */
import { invariant, InvariantError, isIsoDate, toIso, type EpochMs } from '@cordon/kernel';
import { Temporal } from 'temporal-polyfill';

/** A day of the week, as playbooks write it. */
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** When time counts. Times are HH:MM in the time zone, `to` up to 24:00; holidays are local dates, YYYY-MM-DD. */
export interface WorkingHours {
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  readonly holidays: readonly string[];
}

const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** A thousand years: far beyond any deadline, and near enough that its changes of the clock can be gone through. */
const HORIZON = 365_250 * DAY;
/** The last moment that a Date can hold. */
const LAST_MOMENT = 8.64e15;

/** Working hours in numbers. Days are counted from 1970-01-01, a Thursday. */
interface Calendar {
  /** Within a day, in milliseconds from its midnight. */
  readonly from: number;
  readonly to: number;
  /** By day of the week, Monday first. */
  readonly works: readonly boolean[];
  /** Working days of the week before each of its days. */
  readonly before: readonly number[];
  readonly perWeek: number;
  /** Days off that would be working days, in order. */
  readonly holidays: readonly number[];
}

/**
 * The first moment at which so much working time has passed after `fromMs`. It never lies after a pause: nine hours from
 * 09:00 end at 18:00, not the next morning. No time at all has passed at once, so zero gives `fromMs`, even at night.
 *
 * Throws an InvariantError for hours in which `workingHoursProblem` finds something, for a duration that is not a whole
 * number of milliseconds, and where the moment lies more than a thousand years after `fromMs`. O(changes of the clock on
 * the way), which is two a year at most places: a hundred years of the calendar take 3 ms in New York and 0.1 ms in Hong
 * Kong, after some 50 ms once per zone and process in which the polyfill learns the changes of New York.
 */
export function addWorkingTime(fromMs: EpochMs, durationMs: number, hours: WorkingHours): EpochMs {
  const problem = workingHoursProblem(hours);
  invariant(problem === undefined, `working hours: ${problem}`);
  invariant(Number.isInteger(fromMs) && Math.abs(fromMs) <= LAST_MOMENT, `${fromMs} is no moment`);
  invariant(Number.isSafeInteger(durationMs) && durationMs >= 0, `${durationMs} ms is no duration`);
  if (durationMs === 0) return fromMs;
  const calendar = calendarOf(hours);
  const horizon = Math.min(fromMs + HORIZON, LAST_MOMENT);
  let left = durationMs;
  let at = fromMs;
  while (at < horizon) {
    const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(hours.timeZone);
    const offset = zoned.offsetNanoseconds / 1e6;
    const change = zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? horizon;
    const until = Math.min(change, horizon);
    const passed = worked(calendar, until + offset) - worked(calendar, at + offset);
    if (passed >= left) return moment(calendar, at + offset, until + offset, left) - offset;
    left -= passed;
    at = until;
  }
  const asked = `${Math.ceil(durationMs / MINUTE)} minutes of working time after ${toIso(fromMs)}`;
  throw new InvariantError(`${asked} end more than a thousand years later: ask for less, or work more`);
}

/**
 * What is wrong with the hours, in a sentence that names it and the fix; undefined when they can be counted with. The
 * first finding only, in the order zone, days, times, holidays. O(days + holidays).
 */
export function workingHoursProblem(hours: WorkingHours): string | undefined {
  return (
    zoneProblem(hours.timeZone) ??
    daysProblem(hours.days) ??
    timesProblem(hours.from, hours.to) ??
    holidaysProblem(hours.holidays)
  );
}

function zoneProblem(timeZone: string): string | undefined {
  try {
    new Temporal.ZonedDateTime(0n, timeZone);
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `timeZone "${timeZone}" is not known: use a name of the IANA time zone database, such as Asia/Hong_Kong`;
  }
}

function daysProblem(days: readonly string[]): string | undefined {
  if (days.length === 0)
    return 'days names no working day, so no time would ever pass: name at least one, such as mon';
  const known: readonly string[] = WEEK;
  const odd = days.find((day) => !known.includes(day));
  if (odd !== undefined) return `days names "${odd}": use ${WEEK.join(', ')}`;
  const twice = days.find((day, at) => days.indexOf(day) !== at);
  return twice === undefined ? undefined : `days names ${twice} twice: leave one of them out`;
}

function timesProblem(from: string, to: string): string | undefined {
  const start = timeOfDay(from);
  const end = timeOfDay(to);
  if (start === undefined) return `from is "${from}": write a time of the day such as 09:00`;
  if (end === undefined) return `to is "${to}": write a time of the day such as 18:00, at most 24:00`;
  if (start < end) return undefined;
  return `from ${from} is not before to ${to}: hours end on the day on which they begin, at 24:00 at the latest`;
}

function holidaysProblem(holidays: readonly string[]): string | undefined {
  const odd = holidays.find((day) => !isIsoDate(day));
  return odd === undefined
    ? undefined
    : `holidays names "${odd}": write a day of the calendar such as 2026-12-25`;
}

/** Milliseconds from midnight of HH:MM, up to 24:00; undefined for anything else. */
function timeOfDay(text: string): number | undefined {
  const parts = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
  if (!parts) return undefined;
  return text === '24:00' ? DAY : (Number(parts[1]) * 60 + Number(parts[2])) * MINUTE;
}

function calendarOf(hours: WorkingHours): Calendar {
  const works = WEEK.map((day) => hours.days.includes(day));
  const before = works.map((_, at) => works.slice(0, at).filter(Boolean).length);
  const off = new Set(hours.holidays.map((day) => Date.parse(day) / DAY));
  return {
    from: timeOfDay(hours.from) ?? 0,
    to: timeOfDay(hours.to) ?? DAY,
    works,
    before,
    perWeek: hours.days.length,
    holidays: [...off].filter((day) => works[weekday(day)]).sort((a, b) => a - b),
  };
}

function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** Working time from a fixed moment long ago to this local time, in a week that no clock changes. O(log holidays). */
function worked(calendar: Calendar, local: number): number {
  const day = Math.floor(local / DAY);
  const { from, to, works, before, perWeek, holidays } = calendar;
  const inWeek = weekday(day);
  const offBefore = firstFrom(holidays, day);
  const days = Math.floor((day + 3) / 7) * perWeek + (before[inWeek] ?? 0) - offBefore;
  const today = works[inWeek] === true && holidays[offBefore] !== day;
  const soFar = Math.min(Math.max(local - day * DAY, from), to) - from;
  return days * (to - from) + (today ? soFar : 0);
}

/** How many of the sorted numbers lie before `day`. */
function firstFrom(sorted: readonly number[], day: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? day) < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first local time in the stretch at which `left` has been worked since its start; by its end it has. */
function moment(calendar: Calendar, start: number, end: number, left: number): number {
  const goal = worked(calendar, start) + left;
  let low = start;
  let high = end;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (worked(calendar, middle) < goal) low = middle;
    else high = middle;
  }
  return high;
}
