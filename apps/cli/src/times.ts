/** Times as people at a terminal read them. Programs read RFC 3339 from `--json`. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Day, time of day and offset in the time zone of this machine; a text that is no time is its own day. */
export function localParts(iso: string): { day: string; time: string; offset: string } {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return { day: iso, time: '', offset: '' };
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * MINUTE_MS).toISOString();
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map(twoDigits);
  return {
    day: local.slice(0, 10),
    time: local.slice(11, 19),
    offset: `${offset < 0 ? '-' : '+'}${hours}:${minutes}`,
  };
}

/** `2026-03-24 10:00 +08:00`, in the time zone of this machine, its offset beside it. */
export function localTime(iso: string): string {
  const { day, time, offset } = localParts(iso);
  return time === '' ? iso : `${day} ${time.slice(0, 5)} ${offset}`;
}

/** `in 18 min`, `41 min ago`. */
export function fromNow(iso: string, now: number): string {
  const ms = new Date(iso).getTime() - now;
  return ms < 0 ? `${span(-ms)} ago` : `in ${span(ms)}`;
}

/** `in 18 min`, or `11 min late`. */
export function untilDue(iso: string, now: number): string {
  const ms = new Date(iso).getTime() - now;
  return ms < 0 ? `${span(-ms)} late` : `in ${span(ms)}`;
}

/** Two units at the most, and hours for the first week only; rounded down: a deadline never looks further away than it is. */
function span(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS)
    return together(Math.floor(ms / HOUR_MS), 'h', Math.floor((ms % HOUR_MS) / MINUTE_MS), 'min');
  if (ms >= 7 * DAY_MS) return `${Math.floor(ms / DAY_MS)} d`;
  return together(Math.floor(ms / DAY_MS), 'd', Math.floor((ms % DAY_MS) / HOUR_MS), 'h');
}

function together(many: number, unit: string, rest: number, smaller: string): string {
  return rest === 0 ? `${many} ${unit}` : `${many} ${unit} ${rest} ${smaller}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
