import { fromIso } from '@cordon/kernel';

/** RFC 3339 with a time of day. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** Moments as they are printed: `2026-03-24 10:40:00 +08:00`. */
export class Moments {
  private readonly format: Intl.DateTimeFormat;

  /** Throws a RangeError for a zone that nobody knows. */
  constructor(timeZone = 'UTC') {
    this.format = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
        timeZoneName: 'longOffset',
      },
    });
  }

  /** Date, time of day and offset of a moment. */
  parts(moment: string | number): { readonly date: string; readonly time: string; readonly offset: string } {
    const at = typeof moment === 'number' ? moment : (fromIso(moment) ?? Number.NaN);
    const parts = Object.fromEntries(this.format.formatToParts(at).map(({ type, value }) => [type, value]));
    const offset = (parts.timeZoneName ?? '').replace('GMT', '');
    return {
      date: `${parts.year}-${parts.month}-${parts.day}`,
      time: `${parts.hour}:${parts.minute}:${parts.second}`,
      offset: offset === '' || offset === '+00:00' ? 'UTC' : offset,
    };
  }

  full(moment: string | number): string {
    const { date, time, offset } = this.parts(moment);
    return `${date} ${time} ${offset}`;
  }

  /** The moment where the text is one, else the text. */
  maybe(text: string): string {
    return MOMENT.test(text) && fromIso(text) !== undefined ? this.full(text) : text;
  }
}
