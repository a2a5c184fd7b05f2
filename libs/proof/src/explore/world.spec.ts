import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { compileMachines, decide, type IncidentState } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import fc from 'fast-check';
import { Names } from './canonical.js';
import { NONE_REFUSED } from './refusals.js';
import { structureOf } from './structure.js';
import { openings, project, sliceOf, spotKey, steps, wholeOf, type Spot, type World } from './world.js';

const { playbook } = parsePlaybook(readFileSync('playbooks/ransomware/playbook.yaml', 'utf8'));
if (!playbook) throw new Error('a shipped playbook parses');
const machines = compileMachines(playbook, 'digest');
const ground = {
  machines,
  structure: structureOf(machines.plan),
  names: new Names(),
  systems: 1,
  guards: [],
  verdicts: false,
};

/** Goes where the numbers say, for as long as they last. */
function wander(world: World, rolls: readonly number[], each: (before: Spot, after: Spot) => void): void {
  const opened = [...openings(world)].at((rolls[0] ?? 0) % 2);
  if (!opened) throw new Error('an incident opens');
  let spot: Spot = opened;
  for (const roll of rolls) {
    const all = [...steps(world, spot)];
    const next = all[roll % all.length];
    if (!next) throw new Error('there is always something to do');
    each(spot, next.after);
    spot = next.after;
  }
}

const rolls = fc.array(fc.nat({ max: 10_000 }), { minLength: 5, maxLength: 15 });

test('the machine stands where its records say: entering the flow anew changes nothing', () => {
  const slice = sliceOf({
    ...ground,
    steps: ['sign-off', 'giro-phone', 'tell-people', 'crime-known'],
  });
  const entered = (state: IncidentState): IncidentState => {
    const closed = { ...state, status: 'closed', value: 'closed', closedAt: 0 } as const;
    const decision = decide(
      machines,
      closed,
      { type: 'incident.reopen', data: { reason: 'r' } },
      slice.people.doer,
      0,
    );
    if (decision.outcome === 'rejected') throw new Error('a closed incident is opened again');
    return decision.state;
  };
  fc.assert(
    fc.property(rolls, (drawn) => {
      wander(slice, drawn, (_before, after) => {
        if (after.state.status === 'closed') return;
        const again = project(slice, entered(after.state), NONE_REFUSED);
        expect(spotKey(slice, again)).toBe(spotKey(slice, after));
      });
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

/** A step that was ready and waits for the flow to come by again is as one that has not been reached. */
const softly = (key: string): string => key.replaceAll('r.', '-');

test('what the whole machine does, a slice of it does as well, or does not see', () => {
  const whole = wholeOf({ ...ground, guards: [] });
  const phases = [...machines.plan.phases.keys()];
  const slice = { ...sliceOf({ ...ground, steps: ['triage', 'confirm-incident', 'stop-spread'] }), phases };
  fc.assert(
    fc.property(rolls, (drawn) => {
      wander(whole, drawn, (before, after) => {
        const seen = project(slice, before.state, NONE_REFUSED);
        const then = softly(spotKey(slice, project(slice, after.state, NONE_REFUSED)));
        const reached = new Set([
          softly(spotKey(slice, seen)),
          ...[...steps(slice, seen)].map((one) => softly(spotKey(slice, one.after))),
        ]);
        expect(reached).toContain(then);
      });
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
