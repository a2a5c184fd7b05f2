/** Blocks that stand elsewhere, or come in another order. */
import type { Playbook } from '@cordon/playbook';
import type { Change } from './model.js';
import { placesOf, type Place } from './places.js';
import { afterText, asJson } from './words.js';

/** Moves between places, changes of order within one, parallels that came or went, and changed edges of graphs. */
export function moveChanges(before: Playbook, after: Playbook): readonly Change[] {
  const [old, now] = placesOf(before, after);
  const was = whereabouts(old);
  const is = whereabouts(now);
  const changes: Change[] = [];
  for (const [key, { place }] of is) {
    const from = was.get(key)?.place;
    if (from && from.name !== place.name) changes.push(movedTo(key, from, place));
    else if (!from && isParallel(key)) changes.push(parallelChange('added', key, place));
  }
  for (const [key, { place }] of was)
    if (isParallel(key) && !is.has(key)) changes.push(parallelChange('removed', key, place));
  for (const place of now) {
    const from = old.find(({ name }) => name === place.name);
    if (from) changes.push(...reordered(from, place), ...edgesChanged(from, place));
  }
  return changes;
}

function whereabouts(places: readonly Place[]): ReadonlyMap<string, { readonly place: Place }> {
  return new Map(places.flatMap((place) => place.items.map((key) => [key, { place }] as const)));
}

function isParallel(key: string): boolean {
  return key.startsWith('parallel:');
}

function named(key: string): {
  readonly element: 'step' | 'block';
  readonly id: string;
  readonly words: string;
} {
  const [sort = '', ...rest] = key.split(':');
  const id = rest.join(':');
  if (sort === 'step') return { element: 'step', id, words: `the step ${id}` };
  return { element: 'block', id, words: sort === 'parallel' ? `the parallel with ${id}` : `the block ${id}` };
}

function movedTo(key: string, from: Place, to: Place): Change {
  const { element, id, words } = named(key);
  return {
    ...{
      kind: `${element}.moved`,
      where: to.phase,
      id,
      before: from.name,
      after: to.name,
      weight: 'procedure',
    },
    text: sentence(`${words} moves from ${from.words} to ${to.words}.`),
  };
}

function parallelChange(aspect: 'added' | 'removed', key: string, { phase, words }: Place): Change {
  const { id, words: name } = named(key);
  const text = aspect === 'added' ? `${name} is new in ${words}.` : `${name} is no more in ${words}.`;
  return { kind: `block.${aspect}`, where: phase, id, weight: 'procedure', text: sentence(text) };
}

/** The fewest blocks that have to be taken out for the rest to stand in the same order. */
function reordered(from: Place, to: Place): readonly Change[] {
  const common = to.items.filter((key) => from.items.includes(key));
  const old = from.items.filter((key) => to.items.includes(key));
  const kept = new Set(longestCommon(old, common));
  return common
    .filter((key) => !kept.has(key))
    .map((key): Change => {
      const { element, id, words } = named(key);
      const [was, is] = [follows(old, key), follows(common, key)];
      return {
        ...{ kind: `${element}.order`, where: to.phase, id, before: was, after: is, weight: 'procedure' },
        text: sentence(`${words} comes ${is} in ${to.words}, and no longer ${was}.`),
      };
    });
}

function follows(items: readonly string[], key: string): string {
  const previous = items[items.indexOf(key) - 1];
  return previous === undefined ? 'first' : `after ${named(previous).words}`;
}

function edgesChanged(from: Place, to: Place): readonly Change[] {
  if (!from.after || !to.after) return [];
  return [...to.after].flatMap(([key, after]): readonly Change[] => {
    const old = from.after?.get(key);
    const [was, is] = [JSON.stringify(asJson(old ?? null)), JSON.stringify(asJson(after))];
    if (!old || was === is) return [];
    const { element, id, words } = named(key);
    const text = `${words} comes after ${afterText(after)} in ${to.words}, and no longer after ${afterText(old)}.`;
    return [
      {
        ...{ kind: `${element}.after`, where: to.phase, id, weight: 'procedure', text: sentence(text) },
        ...{ before: asJson(old), after: asJson(after) },
      },
    ];
  });
}

/** Longest common subsequence; O(n × m). */
function longestCommon(a: readonly string[], b: readonly string[]): readonly string[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const common: string[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      common.push(a[i] ?? '');
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return common;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
