import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import type { StoredCheckpoint } from '@cordon/runtime';
import { sha256 } from '../builders.js';
import { Bench, plain, type MakeStore } from './setup.js';

const at = (time: string): number => Date.parse(`2026-03-${time}Z`);

function aCheckpoint(
  size: number,
  time: string,
  overrides: Partial<StoredCheckpoint> = {},
): StoredCheckpoint {
  const note = `cordon-log/x\n${size}\n\n— é ${time}\n`;
  return { epoch: 1, size, root: sha256(note), note, at: at(time), ...overrides };
}

export function signedConformance(makeStore: MakeStore): void {
  describe('what was signed of the log', () => {
    const bench = new Bench(makeStore);
    const log = () => bench.store.log;

    async function signed(...checkpoints: StoredCheckpoint[]): Promise<void> {
      for (const checkpoint of checkpoints) await log().addCheckpoint(checkpoint);
    }

    test('comes back newest first, by its size, or from a size on', async () => {
      expect(await log().checkpoint()).toBeUndefined();
      const again = aCheckpoint(7, '02T10:10:00.001');
      const last = aCheckpoint(9, '02T10:20:00.000');
      await signed(aCheckpoint(0, '02T09:00:00.000'), aCheckpoint(7, '02T10:00:00.000'), again, last);
      expect(plain(await log().checkpoint())).toEqual(plain(last));
      expect(plain(await log().checkpoint(8))).toEqual(plain(last));
      expect(await log().checkpoint(10)).toBeUndefined();
      expect(plain(await log().checkpointOf(7))).toEqual(plain(again));
      expect((await log().checkpointOf(0))?.size).toBe(0);
      expect(await log().checkpointOf(8)).toBeUndefined();
    });

    test('is kept once when it is added again, and never beside another of the same moment', async () => {
      const checkpoint = aCheckpoint(7, '02T10:00:00.000');
      await signed(checkpoint, checkpoint);
      await expect(log().addCheckpoint({ ...checkpoint, note: 'another' })).rejects.toThrow(InvariantError);
      expect(plain(await log().checkpointOf(7))).toEqual(plain(checkpoint));
      expect(await log().dailyCheckpoints(9)).toHaveLength(1);
    });

    test('comes back as the last of each UTC day, oldest first, so many of the newest', async () => {
      expect(await log().dailyCheckpoints(9)).toEqual([]);
      const firstDay = aCheckpoint(3, '01T23:59:59.999');
      const secondDay = aCheckpoint(5, '02T12:00:00.000');
      const later = aCheckpoint(5, '05T00:00:00.000');
      await signed(aCheckpoint(2, '01T00:00:00.000'), firstDay, aCheckpoint(4, '02T00:00:00.000'));
      await signed(secondDay, later);
      expect(plain(await log().dailyCheckpoints(9))).toEqual(plain([firstDay, secondDay, later]));
      expect(plain(await log().dailyCheckpoints(2))).toEqual(plain([secondDay, later]));
      expect(await log().dailyCheckpoints(0)).toEqual([]);
    });

    test('has its time-stamps beside it', async () => {
      expect(await log().timestamps(9)).toEqual([]);
      const stamp = (size: number, time: string) => ({
        ...{ epoch: 1, size, note: `note ${size}`, reply: sha256(time), at: at(time) },
      });
      const [one, two, three] = [
        ...[stamp(7, '01T10:00:00.000'), stamp(7, '02T10:00:00.000'), stamp(9, '02T10:00:00.000')],
      ];
      for (const each of [three, one, two, one]) if (each) await log().addTimestamp(each);
      expect(plain(await log().timestamps(9))).toEqual(plain([one, two, three]));
      expect(plain(await log().timestamps(2))).toEqual(plain([two, three]));
    });

    test('is of the present epoch', async () => {
      await signed(aCheckpoint(7, '02T10:00:00.000'));
      await log().addTimestamp({
        epoch: 1,
        size: 7,
        note: 'n',
        reply: sha256('r'),
        at: at('02T10:00:00.000'),
      });
      await log().beginEpoch(1, 'cordon-log/x/r2');
      expect(await log().checkpoint()).toBeUndefined();
      expect(await log().checkpointOf(7)).toBeUndefined();
      expect(await log().dailyCheckpoints(9)).toEqual([]);
      expect(await log().timestamps(9)).toEqual([]);
      await signed(aCheckpoint(1, '03T10:00:00.000', { epoch: 2 }));
      expect(await log().checkpoint()).toMatchObject({ epoch: 2, size: 1 });
    });
  });
}
