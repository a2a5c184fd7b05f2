/** Processes that share one database: any of them may die, and what it was about to do is done all the same. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { until } from '../support/until.js';
import type { System } from './system.js';
import { everyClockOnce } from './working.js';

const PEOPLE = 20;
const NOTES = 15;
/** The API dies when so many of the notes have been taken. */
const ENOUGH = 60;
const BOUND_MS = 90_000;

export function itFailsOver(system: () => System): void {
  test(
    'an API process is killed under load: everybody goes on at the other with the same keys, and nothing is lost',
    async () => {
      const { ref } = await system().open();
      let taken = 0;
      let killed: Promise<void> | undefined;
      const person = async (who: number): Promise<string[]> => {
        const hashes: string[] = [];
        for (let i = 0; i < NOTES; i += 1) {
          const reply = await system().submit(ref, { type: 'note.add', data: { text: `${who}/${i}` } });
          expect(reply.status).toBe(200);
          hashes.push((reply.body['transition'] as { hash: string }).hash);
          taken += 1;
          if (taken >= ENOUGH) killed ??= system().kill('api');
        }
        return hashes;
      };
      const acknowledged = (
        await Promise.all(Array.from({ length: PEOPLE }, (_, who) => person(who)))
      ).flat();
      await killed;
      await system().launch('api');
      const notes = (await system().history(ref)).filter(({ event }) => event.type === 'note.add');
      expect(notes.map(({ hash }) => hash).sort()).toEqual(acknowledged.sort());
      expect(new Set(notes.map(({ event }) => event.data?.['text'])).size).toBe(PEOPLE * NOTES);
    },
    BOUND_MS,
  );

  test(
    'a worker is killed with effects under way: another one delivers them all',
    async () => {
      const { sink } = system();
      const opened = await Promise.all(Array.from({ length: 10 }, () => system().open()));
      sink.hold();
      for (const { ref } of opened)
        await system().accepted(ref, { type: 'step.complete', step: 'work', data: { output: {} } });
      await until('deliveries are under way', BOUND_MS, () =>
        Promise.resolve(sink.held() > 0 ? true : undefined),
      );
      await system().kill('worker');
      sink.release();
      await system().launch('worker');
      for (const { ref } of opened) {
        const succeeded = async () => {
          const entries = (await system().history(ref)).filter(
            ({ event }) => event.type === 'action.succeeded',
          );
          return entries.length > 0 ? entries : undefined;
        };
        expect(await until(`${ref} knows that its alert was sent`, BOUND_MS, succeeded)).toHaveLength(1);
        expect(sink.received.get(`${ref}/action:tell#0`)).toBeGreaterThan(0);
      }
    },
    BOUND_MS,
  );

  test(
    'two workers over one database fire each timer once',
    async () => {
      await system().launch('worker');
      await everyClockOnce(system());
      // The second one's end is nobody's business: the first goes on.
      await system().kill('worker');
      const { ref } = await system().open();
      const key = randomUUID();
      expect(
        (await system().submit(ref, { type: 'note.add', data: { text: 'Still here.' } }, key)).status,
      ).toBe(200);
    },
    BOUND_MS,
  );
}
