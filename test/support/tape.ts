import fc from 'fast-check';
import type { Chance } from './random.js';

const SIDES = 1024;

/** Draws for chance to play back. A failure shrinks to a shorter tape with lower draws, and that to a simpler choice. */
export function tapes(most: number): fc.Arbitrary<readonly number[]> {
  return fc.noBias(fc.array(fc.nat({ max: SIDES - 1 }), { maxLength: most, size: 'max' }));
}

/** Chance that plays the tape back, and after its end takes the first, the least and the no of everything. */
export function chanceOf(tape: readonly number[]): Chance {
  let at = 0;
  const next = (): number => {
    const drawn = tape[at] ?? 0;
    at += 1;
    return drawn / SIDES;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    happens: (probability) => next() > 1 - probability,
  };
}
