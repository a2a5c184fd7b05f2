import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL_MS = 25;

/** Asks until the condition holds (true) or the time is up (false). What the condition throws, this throws. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= deadline) return false;
    await pause(INTERVAL_MS);
  }
}
