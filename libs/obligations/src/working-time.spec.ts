import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromIso, InvariantError, toIso } from '@cordon/kernel';
import { Temporal } from 'temporal-polyfill';
import { addWorkingTime, workingHoursProblem, type Weekday, type WorkingHours } from './working-time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const OFFICE: WorkingHours = {
  timeZone: 'Asia/Hong_Kong',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '18:00',
  holidays: ['2026-12-25'],
};

function at(text: string): number {
  const moment = fromIso(text);
  if (moment === undefined) throw new Error(`${text} is no moment`);
  return moment;
}

const after = (from: string, ms: number, hours: Partial<WorkingHours> = {}) =>
  toIso(addWorkingTime(at(from), ms, { ...OFFICE, ...hours }));
const iso = (text: string) => toIso(at(text));

test.each([
  ['within a day', '2026-12-21T10:00+08:00', 2 * HOUR, '2026-12-21T12:00+08:00'],
  ['to the very end of a day', '2026-12-21T09:00+08:00', 9 * HOUR, '2026-12-21T18:00+08:00'],
  ['over the night', '2026-12-21T17:00+08:00', 2 * HOUR, '2026-12-22T10:00+08:00'],
  ['over the weekend', '2026-12-18T17:00+08:00', 2 * HOUR, '2026-12-21T10:00+08:00'],
  ['over a holiday and a weekend', '2026-12-24T17:00+08:00', 2 * HOUR, '2026-12-28T10:00+08:00'],
  ['from before the working day', '2026-12-21T03:00+08:00', HOUR, '2026-12-21T10:00+08:00'],
  ['from the end of the working day', '2026-12-21T18:00+08:00', 1, '2026-12-22T09:00:00.001+08:00'],
  ['from the weekend', '2026-12-19T12:00+08:00', 9 * HOUR, '2026-12-21T18:00+08:00'],
  ['from a holiday', '2026-12-25T12:00+08:00', HOUR, '2026-12-28T10:00+08:00'],
  ['before 1970', '1969-12-31T17:00+08:00', 2 * HOUR, '1970-01-01T10:00+08:00'],
])('working time %s', (_name, from, ms, to) => {
  expect(after(from, ms)).toBe(iso(to));
});

test('no working time ends where it starts, also at night', () => {
  expect(after('2026-12-20T03:00+08:00', 0)).toBe(iso('2026-12-20T03:00+08:00'));
});

const NEW_YORK = { timeZone: 'America/New_York', days: WEEK, holidays: [] };
const LONDON = { ...NEW_YORK, timeZone: 'Europe/London' };
const NIGHT = { from: '01:00', to: '03:00' };
const ROUND_THE_CLOCK = { from: '00:00', to: '24:00' };

test.each<[string, Partial<WorkingHours>, string, number, string]>([
  [
    'round the clock is elapsed time in spring',
    ROUND_THE_CLOCK,
    '2026-03-08T00:00-05:00',
    DAY,
    '2026-03-09T01:00-04:00',
  ],
  [
    'round the clock is elapsed time in autumn',
    ROUND_THE_CLOCK,
    '2026-11-01T00:00-04:00',
    DAY,
    '2026-11-01T23:00-05:00',
  ],
  [
    'an hour that the clock skips is not worked',
    NIGHT,
    '2026-03-08T00:00-05:00',
    2 * HOUR,
    '2026-03-09T02:00-04:00',
  ],
  [
    'an hour that the clock shows twice is worked twice',
    NIGHT,
    '2026-11-01T00:00-04:00',
    3 * HOUR,
    '2026-11-01T03:00-05:00',
  ],
  [
    'half of such an hour is worked in two pieces',
    { from: '01:30', to: '03:00' },
    '2026-11-01T00:00-04:00',
    90 * MINUTE,
    '2026-11-01T02:30-05:00',
  ],
  [
    'hours that lie wholly in the gap are not worked',
    { from: '02:00', to: '03:00' },
    '2026-03-08T00:00-05:00',
    HOUR,
    '2026-03-09T03:00-04:00',
  ],
])('in New York %s', (_name, hours, from, ms, to) => {
  expect(after(from, ms, { ...NEW_YORK, ...hours })).toBe(iso(to));
});

test.each([
  ['skips', '2026-03-29T00:00Z', 2 * HOUR, '2026-03-30T02:00+01:00'],
  ['repeats', '2026-10-25T00:00+01:00', 3 * HOUR, '2026-10-25T03:00Z'],
])('in London, working from one to three, the night that %s an hour', (_name, from, ms, to) => {
  expect(after(from, ms, { ...LONDON, ...NIGHT })).toBe(iso(to));
});

test('an office day has its full length on both sides of a change of the clock', () => {
  const office = { timeZone: 'America/New_York' };
  expect(after('2026-03-06T09:00-05:00', 18 * HOUR, office)).toBe(iso('2026-03-09T18:00-04:00'));
});

test('a holiday is a day of the place, not of UTC', () => {
  const christmas = { ...ROUND_THE_CLOCK, days: WEEK };
  expect(after('2026-12-24T23:00+08:00', 2 * HOUR, christmas)).toBe(iso('2026-12-26T01:00+08:00'));
});

test('a date that a place left out is no working day', () => {
  const apia = { timeZone: 'Pacific/Apia', days: WEEK, holidays: [] };
  expect(after('2011-12-29T09:00-10:00', 10 * HOUR, apia)).toBe(iso('2011-12-31T10:00+14:00'));
});

/** Looks at every minute. */
function minuteByMinute(fromMs: number, durationMs: number, hours: WorkingHours): number {
  let left = durationMs;
  let now = fromMs;
  while (left > 0) {
    const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(hours.timeZone);
    const time = local.toPlainTime().toString({ smallestUnit: 'minute' });
    const day = WEEK[local.dayOfWeek - 1] ?? 'mon';
    const open = hours.days.includes(day) && !hours.holidays.includes(local.toPlainDate().toString());
    now += MINUTE;
    if (open && time >= hours.from && time < hours.to) left -= MINUTE;
  }
  return now;
}

/** The nights on which a clock changes, or a date is left out. */
const PLACES: readonly (readonly [string, string])[] = [
  ['America/New_York', '2026-03-08T05:00Z'],
  ['America/New_York', '2026-11-01T05:00Z'],
  ['Europe/London', '2026-03-29T00:00Z'],
  ['Europe/London', '2026-10-25T00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T14:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:00Z'],
  ['Pacific/Apia', '2011-12-30T00:00Z'],
  ['Asia/Hong_Kong', '2026-12-24T16:00Z'],
];
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const times = fc
  .uniqueArray(fc.nat(96), { minLength: 2, maxLength: 2 })
  .map((quarters) => quarters.sort((a, b) => a - b).map((quarter) => clock(quarter * 15)));
const cases = fc
  .record({
    place: fc.constantFrom(...PLACES),
    days: fc.subarray([...WEEK], { minLength: 5 }),
    times,
    offDays: fc.array(fc.integer({ min: -2, max: 4 }), { maxLength: 2 }),
    startMinutes: fc.integer({ min: -1_500, max: 300 }),
  })
  .map(({ place: [timeZone, night], days, times: [from = '', to = ''], offDays, startMinutes }) => {
    const fromMs = at(night) + startMinutes * MINUTE;
    const holidays = offDays.map((off) => toIso(fromMs + off * DAY).slice(0, 10));
    return { fromMs, hours: { timeZone, days, from, to, holidays } };
  });

/** Two working days, so that the slow way stays within a few weeks. */
function twoDays({ from, to }: WorkingHours): number {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return 2 * (minutes(to) - minutes(from)) * MINUTE;
}

test('the result is that of looking at every minute', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 600 }), ({ fromMs, hours }, minutes) => {
      const ms = Math.min(minutes * MINUTE, twoDays(hours));
      expect(addWorkingTime(fromMs, ms, hours)).toBe(minuteByMinute(fromMs, ms, hours));
    }),
    { numRuns: 40 },
  );
});

test('working time adds up: one stretch after another is both at once', () => {
  const ms = fc.integer({ min: 0, max: 400 * DAY });
  fc.assert(
    fc.property(cases, ms, ms, ({ fromMs, hours }, one, other) => {
      const inTwo = addWorkingTime(addWorkingTime(fromMs, one, hours), other, hours);
      expect(inTwo).toBe(addWorkingTime(fromMs, one + other, hours));
    }),
    { numRuns: 50 },
  );
});

test('a hundred years of elapsed time are counted in weeks, not in minutes', () => {
  const years = 36_525 * DAY;
  const round = { ...NEW_YORK, ...ROUND_THE_CLOCK };
  expect(after('2026-01-01T00:00Z', years, round)).toBe(toIso(at('2026-01-01T00:00Z') + years));
  expect(after('2026-01-05T09:00+08:00', 52 * 45 * HOUR, { holidays: [] })).toBe(
    iso('2027-01-01T18:00+08:00'),
  );
});

test.each<[string, Partial<WorkingHours>, RegExp]>([
  [
    'an unknown zone',
    { timeZone: 'Mars/Olympus' },
    /^timeZone "Mars\/Olympus" is not known: use .* Asia\/Hong_Kong$/,
  ],
  ['an empty zone', { timeZone: '' }, /^timeZone "" is not known/],
  ['no days', { days: [] }, /^days names no working day, .*: name at least one/],
  ['a day that is none', { days: ['monday' as Weekday] }, /^days names "monday": use mon, tue/],
  ['a day twice', { days: ['mon', 'tue', 'mon'] }, /^days names mon twice/],
  ['hours the wrong way round', { from: '18:00', to: '09:00' }, /^from 18:00 is not before to 09:00: /],
  ['hours of no length', { from: '09:00', to: '09:00' }, /^from 09:00 is not before to 09:00/],
  ['a start at the end of the day', { from: '24:00', to: '24:00' }, /^from 24:00 is not before/],
  ['a start that is no time', { from: '9am' }, /^from is "9am": write a time of the day such as 09:00$/],
  ['an end that is no time', { to: '24:01' }, /^to is "24:01": .* at most 24:00$/],
  ['a holiday that is no date', { holidays: ['2026-02-30'] }, /^holidays names "2026-02-30": write a day/],
])('%s is found, and nothing is counted with it', (_name, wrong, sentence) => {
  const hours = { ...OFFICE, ...wrong };
  expect(workingHoursProblem(hours)).toMatch(sentence);
  expect(() => addWorkingTime(0, HOUR, hours)).toThrow(InvariantError);
  expect(() => addWorkingTime(0, HOUR, hours)).toThrow(workingHoursProblem(hours) ?? 'nothing');
});

test.each<[string, Partial<WorkingHours>]>([
  ['office hours', {}],
  ['hours to the end of the day', { from: '00:00', to: '24:00' }],
  ['an offset instead of a place', { timeZone: '+08:00' }],
  ['a holiday named twice', { holidays: ['2026-12-25', '2026-12-25'] }],
])('nothing is wrong with %s', (_name, hours) => {
  expect(workingHoursProblem({ ...OFFICE, ...hours })).toBeUndefined();
  expect(addWorkingTime(0, HOUR, { ...OFFICE, ...hours })).toBeGreaterThan(0);
});

test.each([
  ['a negative duration', 0, -1],
  ['half a millisecond', 0, 0.5],
  ['a moment that is none', Number.NaN, HOUR],
  ['a moment that no date can hold', 9e15, HOUR],
  ['an end more than a thousand years away', 0, 1_000 * 365 * DAY],
])('%s is refused', (_name, fromMs, ms) => {
  expect(() => addWorkingTime(fromMs, ms, OFFICE)).toThrow(InvariantError);
});
