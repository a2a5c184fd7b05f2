import { describe, expect, test } from '@jest/globals';
import { OperationalError } from '@cordon/kernel';
import { Bench, type MakeStore } from './setup.js';

/** Resolves when the signal is given, with its reason. */
const lostOf = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Leads as soon as nobody else does: a lock of a connection that broke goes when the server has noticed. */
async function leadSoon<T>(
  log: { lead<R>(work: (lost: AbortSignal) => Promise<R>): Promise<{ readonly result: R } | undefined> },
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const led = await log.lead(work);
    if (led) return led.result;
  }
}

export function leadConformance(makeStore: MakeStore): void {
  describe('the lead of the log', () => {
    const bench = new Bench(makeStore);

    test('is had by one at a time, and is free again when the work is done or has failed', async () => {
      const [one, two] = [bench.store.log, (await bench.underTest.another()).log];
      const [begun, done] = [gate(), gate()];
      const first = one.lead(async (lost) => {
        begun.open();
        await done.opened;
        return lost.aborted;
      });
      await begun.opened;
      expect([await one.isLed(), await two.isLed()]).toEqual([true, true]);
      expect(await two.lead(async () => 'both')).toBeUndefined();
      expect(await one.lead(async () => 'twice')).toBeUndefined();
      done.open();
      expect(await first).toEqual({ result: false });
      expect([await one.isLed(), await two.isLed()]).toEqual([false, false]);
      const fault = new Error('of the work');
      await expect(two.lead(() => Promise.reject(fault))).rejects.toBe(fault);
      expect(await one.lead(async () => 'again')).toEqual({ result: 'again' });
    });

    test('is lost with its connection: the work learns of it, and another one leads', async () => {
      const [one, two] = [bench.store.log, (await bench.underTest.another()).log];
      const [begun, seen] = [gate(), gate()];
      const first = one.lead(async (lost) => {
        const gone = lostOf(lost);
        begun.open();
        const reason = await gone;
        await seen.opened;
        return reason;
      });
      await begun.opened;
      await bench.underTest.cutLead();
      expect(await leadSoon(two, async () => 'next')).toBe('next');
      const [holding, over] = [gate(), gate()];
      const next = leadSoon(two, async () => {
        holding.open();
        await over.opened;
      });
      await holding.opened;
      seen.open();
      expect((await first)?.result).toBeInstanceOf(OperationalError);
      // The work that ended late did not take the lead away from the next.
      expect(await one.lead(async () => 'both')).toBeUndefined();
      over.open();
      await next;
    });

    test('hints reach whoever listens, in every process, until it stops', async () => {
      const [one, two] = [bench.store.log, (await bench.underTest.another()).log];
      let heard = 0;
      const [first, second] = [gate(), gate()];
      const ear = await one.onAsked(() => {
        heard += 1;
        first.open();
      });
      const other = await two.onAsked(second.open);
      await two.askForCheckpoint();
      await Promise.all([first.opened, second.opened]);
      await ear.stop();
      const before = heard;
      const third = gate();
      const last = await one.onAsked(third.open);
      await one.askForCheckpoint();
      await third.opened;
      expect(heard).toBe(before);
      await last.stop();
      await other.stop();
      await other.stop();
    });
  });
}
