/** Runs without what they do not need. */
import type { Machines } from '@cordon/engine';
import type { Lifted } from './lift.js';
import type { CaseEvent } from './model.js';
import type { Edge } from './obligation.js';
import { walk, type Opening, type Walked } from './run.js';
import { everyDomain } from './world.js';

/**
 * Leaves out what can be left out: pieces of the run, then single events and pairs, and facts that may as well be known
 * from the start. `breaks` says whether a walk still does what it is to show. O(events²) decisions in the worst case.
 */
export function shrink(
  machines: Machines,
  lifted: Lifted,
  ask: (edge: Edge) => boolean,
  breaks: (walked: Walked) => boolean,
): Lifted {
  const attempt = (opening: Opening, events: readonly CaseEvent[]): Lifted | undefined => {
    const walked = walk(machines, opening, events, ask);
    return breaks(walked) ? { opening, events: walked.events } : undefined;
  };
  let best = attempt(lifted.opening, lifted.events) ?? lifted;
  for (let improved = true; improved;) {
    const before = best.events.length;
    best = withoutPieces(best, attempt);
    best = withFacts(machines, best, attempt);
    improved = best.events.length < before;
  }
  return withoutPairs(best, attempt);
}

type Attempt = (opening: Opening, events: readonly CaseEvent[]) => Lifted | undefined;

function withoutPieces(start: Lifted, attempt: Attempt): Lifted {
  let best = start;
  for (let size = Math.ceil(best.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.events.length;) {
      const { opening, events } = best;
      const shorter = attempt(opening, [...events.slice(0, at), ...events.slice(at + size)]);
      if (shorter && shorter.events.length < events.length) best = shorter;
      else at += size;
    }
  }
  return best;
}

/** With another value of a fact, or none, at the opening, and nobody setting it later. */
function withFacts(machines: Machines, start: Lifted, attempt: Attempt): Lifted {
  let best = start;
  for (const { fact, values } of everyDomain(machines, [])) {
    for (const value of values) {
      const { [fact]: _was, ...others } = best.opening.facts;
      const facts = value === undefined ? others : { ...others, [fact]: value };
      const events = best.events.filter(
        ({ event }) => event.type !== 'fact.set' || event.data?.fact !== fact,
      );
      const shorter = attempt({ ...best.opening, facts }, events);
      if (shorter && shorter.events.length < best.events.length) best = shorter;
    }
  }
  return best;
}

/** Beyond this many events pairs are not tried: they grow with the square. */
const MAX_PAIRED = 40;

function withoutPairs(start: Lifted, attempt: Attempt): Lifted {
  let best = start;
  for (let i = 0; i < best.events.length && best.events.length <= MAX_PAIRED; i += 1) {
    for (let j = i + 1; j < best.events.length; j += 1) {
      const { opening, events } = best;
      const shorter = attempt(
        opening,
        events.filter((_event, at) => at !== i && at !== j),
      );
      if (!shorter || shorter.events.length >= events.length) continue;
      best = shorter;
      j = i;
    }
  }
  return best;
}
