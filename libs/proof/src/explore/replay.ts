/** A case is a test: its events are sent through `decide()`, and the property is asked again. */
import type { IncidentState, Machines } from '@cordon/engine';
import { Names } from './canonical.js';
import type { Case } from './model.js';
import type { Edge, Obligation } from './obligation.js';
import { propertiesOf } from './properties.js';
import { after, opened } from './run.js';
import { isBad } from './search.js';
import { worldOf, slicesOf, type Ground } from './slices.js';
import { structureOf } from './structure.js';

/** What came of a replay. */
export interface Replayed {
  /** The run does what the case says: every event is accepted, and the property is broken at its end. */
  readonly breaks: boolean;
  /** Events that were accepted. */
  readonly accepted: number;
  /** Why it does not break the property. */
  readonly reason?: string;
}

/** States that may be looked at to show that nothing leads on from the end of a run. */
const MAX_STATES = 200_000;

/**
 * Sends the events of the case as they stand and asks whether they break its property. Pure; never throws for a case
 * that does not fit the playbook, but says why. O(events) decisions, and one slice for `closes` and `dead-end`.
 */
export function replayCase(machines: Machines, given: Case): Replayed {
  if (given.playbook.digest !== machines.digest) {
    return {
      breaks: false,
      accepted: 0,
      reason: `the case is of the playbook with the digest ${given.playbook.digest}, this one has ${machines.digest}`,
    };
  }
  const structure = structureOf(machines.plan);
  const obligations = propertiesOf(structure, true).obligations.filter(
    ({ property }) => property === given.property,
  );
  if (obligations.length === 0)
    return { breaks: false, accepted: 0, reason: `there is no property ${given.property} in this playbook` };
  let standing = opened(machines, given.opening);
  const asked = (edge: Edge): boolean =>
    obligations.some(({ ask }) => ask.kind === 'never' && ask.broken(edge));
  let broken = asked({ after: standing.state, refused: standing.refused });
  for (const [at, sent] of given.events.entries()) {
    const next = after(machines, standing, sent);
    if (!next)
      return { breaks: false, accepted: at, reason: `event ${at + 1}, ${sent.event.type}, is not accepted` };
    broken ||= asked({ before: standing.state, event: sent.event, after: next.state, refused: next.refused });
    standing = next;
  }
  const accepted = given.events.length;
  const ground = {
    machines,
    structure,
    names: new Names(),
    systems: Math.max(1, Object.keys(standing.state.systems).length),
  };
  if (broken || isStuck(ground, obligations, given, standing.state)) return { breaks: true, accepted };
  return { breaks: false, accepted, reason: `the run does not break ${given.property}` };
}

/** From the end of the run nothing leads to where the property wants it to; shown in the slice of the steps that it is about. */
function isStuck(
  ground: Ground,
  obligations: readonly Obligation[],
  { about, breaks }: Case,
  state: IncidentState,
): boolean {
  const budget = { states: 0, transitions: 0, maxStates: MAX_STATES, expired: () => false };
  const ofStates = obligations
    .filter(({ ask, ...one }) => ask.kind !== 'never' && (ask.kind !== 'unlocks' || one.breaks === breaks))
    .slice(0, 1);
  return slicesOf(
    ground,
    ofStates.map((one) => ({ ...one, steps: about })),
  ).some((slice) => {
    const world = worldOf(ground, slice);
    return slice.obligations.some((obligation) => isBad(world, obligation, state, budget));
  });
}
