import { randomInt } from 'node:crypto';

/** Chance that can be had again: the same seed gives the same draws. */
export interface Chance {
  /** 0 inclusive to 1 exclusive. */
  next(): number;
  /** A whole number, both ends inclusive. */
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  /** True with this probability. */
  happens(probability: number): boolean;
}

/** Without `CORDON_SEED` the same commit draws the same, so that a build says the same twice. */
const USUAL_SEED = 20_260_324;

/** The seed of this run: `CORDON_SEED`, a fresh one where that is `random`, else the usual one. Print it. */
export function seedOfRun(): number {
  const given = process.env['CORDON_SEED'];
  if (given === 'random') return randomInt(1, 2 ** 31);
  return Number.isSafeInteger(Number(given)) && Number(given) > 0 ? Number(given) : USUAL_SEED;
}

/** mulberry32: small, and good enough to choose moments and events by. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    happens: (probability) => next() < probability,
  };
}
