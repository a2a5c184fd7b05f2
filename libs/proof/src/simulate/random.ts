/** Chance that a seed decides: the same seed, the same sequence. Not for secrets. */
export interface Chance {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** One of the items; the list is not empty. */
  pick<T>(items: readonly T[]): T;
  /** A new list of the same items in another order. */
  shuffled<T>(items: readonly T[]): readonly T[];
}

/** The generator mulberry32 (Tommy Ettinger, public domain): 32 bits of state, one multiplication round a number. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const shuffled = <T>(items: readonly T[]): readonly T[] =>
    items
      .map((item) => ({ item, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  return {
    next,
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
    shuffled,
  };
}
