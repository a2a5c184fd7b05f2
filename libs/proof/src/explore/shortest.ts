/** A shorter run that breaks the same property, or the proof that there is none: the whole machine, level by level. */
import type { IncidentState } from '@cordon/engine';
import type { Move } from './moves.js';
import type { Edge, Obligation } from './obligation.js';
import type { Run } from './search.js';
import { openings, spotKey, steps, take, type Spot, type Via, type World } from './world.js';

/** What the runs in question break. */
export interface Goal {
  readonly obligations: readonly Obligation[];
  /** Whether the state breaks one of those that are asked of states. */
  readonly isBad: (state: IncidentState) => boolean;
}

/** `none` is a proof; `unknown` says that the effort was spent. */
export type Shorter = { readonly found: Run } | 'none' | 'unknown';

/** What may be spent: transitions, and time. */
export interface Effort {
  transitions: number;
  readonly expired: () => boolean;
}

interface Place {
  readonly spot: Spot;
  readonly parent?: Place;
  readonly via?: Via;
  readonly from: number;
}

/** The shortest run with fewer than `events` events. `world` is the whole machine. O(effort). */
export function shorterThan(world: World, goal: Goal, events: number, effort: Effort): Shorter {
  const seen = new Set<string>();
  let level: Place[] = [];
  for (const { from, ...spot } of openings(world)) {
    if (!spend(effort)) return 'unknown';
    const key = spotKey(world, spot);
    if (seen.has(key)) continue;
    seen.add(key);
    const place = { spot, from };
    if (hits(goal, { after: spot.state, refused: spot.refused })) return { found: runTo(place) };
    level.push(place);
  }
  const closing = goal.obligations.every(({ ask }) => ask.kind === 'never' && ask.atClose === true);
  for (let depth = 1; depth < events && level.length > 0; depth += 1) {
    const next: Place[] = [];
    for (const place of level) {
      for (const { via, after } of last(world, place.spot, closing && depth === events - 1)) {
        if (!spend(effort)) return 'unknown';
        const key = spotKey(world, after);
        const edge = {
          before: place.spot.state,
          event: via.move.event,
          after: after.state,
          refused: after.refused,
        };
        const there = { spot: after, parent: place, via, from: place.from };
        if (hits(goal, edge)) return { found: runTo(there) };
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(there);
      }
    }
    level = next;
  }
  return 'none';
}

function spend(effort: Effort): boolean {
  effort.transitions -= 1;
  return effort.transitions >= 0 && !effort.expired();
}

/** On the last level only closing can break what is asked of closing. */
function* last(
  world: World,
  spot: Spot,
  onlyClosing: boolean,
): Generator<{ readonly via: Via; readonly after: Spot }> {
  if (!onlyClosing) {
    yield* steps(world, spot);
    return;
  }
  const move: Move = {
    event: { type: 'incident.close', data: {} },
    actor: world.people.doer,
    direction: 'forward',
  };
  const via = { from: world.valuations.members[spot.facts]?.[0] ?? 0, move };
  const taken = spot.state.status === 'closed' ? undefined : take(world, spot, via);
  if (taken) yield { via, after: taken.after };
}

function hits({ obligations, isBad }: Goal, edge: Edge): boolean {
  return obligations.some(({ ask }) => ask.kind === 'never' && ask.broken(edge)) || isBad(edge.after);
}

function runTo(end: Place): Run {
  const vias: Via[] = [];
  let place: Place | undefined = end;
  let first = end;
  for (; place; place = place.parent) {
    if (place.via) vias.push(place.via);
    first = place;
  }
  return { from: end.from, systems: Object.keys(first.spot.state.systems).length, vias: vias.reverse() };
}
