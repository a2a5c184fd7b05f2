/** Which parts of the machine are explored: obligations that look at the same steps share a slice. */
import type { Machines } from '@cordon/engine';
import type { Guard } from '@cordon/playbook';
import type { Names } from './canonical.js';
import type { Obligation } from './obligation.js';
import { dependenciesOf, type Structure } from './structure.js';
import { sliceOf, wholeOf, type Apart, type World } from './world.js';

/** Obligations that are asked together, and what they look at. */
export interface Slice {
  readonly obligations: readonly Obligation[];
  readonly steps: readonly string[];
  readonly guards: readonly Guard[];
  readonly verdicts: boolean;
  readonly apart: Apart;
  readonly open: boolean;
}

/** What worlds of one exploration share. */
export interface Ground {
  readonly machines: Machines;
  readonly structure: Structure;
  readonly names: Names;
  readonly systems: number;
  /** False: nothing is passed over or remembered; see `Seed`. */
  readonly shortcuts?: boolean;
}

/** The slices of these obligations, the smallest first. O(obligations × steps). */
export function slicesOf({ structure }: Ground, obligations: readonly Obligation[]): readonly Slice[] {
  const groups = new Map<string, Obligation[]>();
  for (const obligation of obligations) {
    const steps = [...dependenciesOf(structure, obligation.steps)].sort();
    const { verdicts = false, open = false } = obligation;
    const key = JSON.stringify([steps, verdicts, open, apartOf(obligation)]);
    groups.set(key, [...(groups.get(key) ?? []), obligation]);
  }
  const slices = [...groups].map(([key, group]): Slice => {
    const [steps] = JSON.parse(key) as [string[]];
    return { obligations: group, steps, ...together(group) };
  });
  return slices.sort((a, b) => a.steps.length - b.steps.length);
}

function together(group: readonly Obligation[]): Omit<Slice, 'obligations' | 'steps'> {
  return {
    guards: group.flatMap(({ guards }) => guards),
    verdicts: group.some(({ verdicts }) => verdicts),
    // Alike in one slice; the whole machine tells all combinations apart anyway.
    apart: group[0] ? apartOf(group[0]) : 'none',
    open: group.every(({ open }) => open),
  };
}

/** What a known fact is turned into matters, or which fact of a step is missing: then they are not put together. */
function apartOf({ ask }: Obligation): Apart {
  if (ask.kind === 'unlocks') return 'own';
  return ask.kind === 'goes-on' && ask.factsStand ? 'all' : 'none';
}

/** Throws `TooManyCombinations` when the slice reads too many facts. */
export function worldOf(ground: Ground, slice: Slice): World {
  return sliceOf({ ...ground, ...slice });
}

/** The machine without reduction. Throws `TooManyCombinations`. */
export function wholeWorldOf(ground: Ground, obligations: readonly Obligation[]): World {
  return wholeOf({ ...ground, ...together(obligations) });
}
