/** Milliseconds as an ISO 8601 duration. */
import { MAX_DURATION_MS } from '@cordon/kernel';

const UNITS = [
  ['D', 86_400],
  ['H', 3_600],
  ['M', 60],
  ['S', 1],
] as const;

/** Rounded up to whole seconds, because a playbook counts in seconds, and at most a hundred years. */
export function durationText(ms: number): string {
  let seconds = Math.min(Math.ceil(ms / 1000), MAX_DURATION_MS / 1000);
  if (seconds <= 0) return 'PT0S';
  let days = '';
  let time = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count === 0) continue;
    if (unit === 'D') days = `${count}D`;
    else time += `${count}${unit}`;
  }
  return `P${days}${time === '' ? '' : `T${time}`}`;
}
