/** Brings an incident to its end as helpful people would: what is open is done, and what stands in the way is settled. */
import {
  acceptedBy,
  closeBlockers,
  decide,
  findInstance,
  instances,
  type Blocker,
  type Decision,
  type IncidentEvent,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import type { Json } from '@cordon/kernel';
import type { Draw } from './random-blocks.js';
import { approvers, dataFor, lead, openInstances } from './wander.js';

const MOST_EVENTS = 1500;

/** The closed incident. Throws, and says where it stands, when there is no way to the end. */
export function finished(machines: Machines, from: IncidentState, draw: Draw, at: number): IncidentState {
  let state = from;
  for (let events = 0; events < MOST_EVENTS; events += 1) {
    if (state.status === 'closed') return state;
    const scene = { machines, state, draw };
    const anytime = ({ planned }: Instance): boolean => planned.anytime === true;
    const open = openInstances(scene).filter((one) => !anytime(one));
    const one = open[draw.between(0, open.length - 1)];
    const decision = one
      ? done(machines, state, one, draw, at + events)
      : settled(machines, state, draw, at + events);
    if (decision.outcome === 'rejected') {
      throw new Error(`no way to the end: ${JSON.stringify([one?.id, decision.rejection, state])}`);
    }
    state = decision.state;
  }
  throw new Error(`does not end: ${JSON.stringify(state)}`);
}

function done(machines: Machines, state: IncidentState, one: Instance, draw: Draw, at: number): Decision {
  const { step } = one.planned;
  const send = (event: IncidentEvent, actor = lead): Decision => decide(machines, state, event, actor, at);
  if (step.kind === 'approval') {
    const people = [...approvers, ...'efghijkl'.split('').map((id) => ({ ...lead, id }))];
    for (const actor of people) {
      const given = send({ type: 'approval.approve', step: one.id }, actor);
      if (given.outcome === 'accepted' || given.rejection.code !== 'forbidden') return given;
    }
  }
  const brought = state.evidence?.[one.id] ?? 0;
  if (step.evidence && brought < step.evidence.min) {
    return send({ type: 'evidence.add', step: one.id, data: { name: 'image' } });
  }
  return send({ type: 'step.complete', step: one.id, data: dataFor('step.complete', one, draw) });
}

/** Nothing is open: the incident closes, or what it misses is told. */
function settled(machines: Machines, state: IncidentState, draw: Draw, at: number): Decision {
  const send = (event: IncidentEvent): Decision => decide(machines, state, event, lead, at);
  const closing = send({ type: 'incident.close' });
  if (closing.outcome === 'accepted') return closing;
  const blockers = closeBlockers(machines.plan, state);
  const unknown = blockers.find(({ code, fact }) => code === 'fact_unknown' && fact !== undefined);
  if (unknown?.fact !== undefined) return send(telling(unknown.fact, draw));
  const condition = blockers.find(({ code }) => code === 'closure_condition');
  if (condition) return send(telling(factOfCondition(machines, condition), draw));
  const duty = blockers.find(({ code }) => code === 'duty_open');
  if (duty?.duty !== undefined) return waived(machines, state, duty.duty, at);
  throw new Error(`stuck: ${JSON.stringify([closing, blockers, state])}`);
}

const VALUES: Readonly<Record<string, readonly Json[]>> = {
  size: [1, 2, 3, 4],
  mood: ['calm', 'wild'],
  moment: ['2026-03-24T01:00:00Z'],
};

function telling(fact: string, draw: Draw): IncidentEvent {
  return { type: 'fact.set', data: { fact, value: draw.pick(VALUES[fact] ?? ['yes', 'no']) } };
}

function factOfCondition({ plan }: Machines, { condition }: Blocker): string {
  const found = plan.playbook.closure.find(({ id }) => id === condition);
  if (!found || !('fact' in found.when)) throw new Error(`there is no closure condition ${condition}`);
  return found.when.fact;
}

/** The decision that may waive the duty is taken again, and waives it. */
function waived(machines: Machines, state: IncidentState, duty: string, at: number): Decision {
  const of = instances(machines.plan, state).findLast(
    ({ planned: { step } }) => step.kind === 'decision' && step.answers.some(({ waives }) => waives === duty),
  );
  if (!of) throw new Error(`nothing waives ${duty}`);
  const { id } = of;
  if (!acceptedBy(of, state).includes('step.reopen')) throw new Error(`${id} waives ${duty} and is not done`);
  const event = { type: 'step.reopen', step: id, data: { reason: 'r' } };
  const reopened = decide(machines, state, event, lead, at);
  if (reopened.outcome === 'rejected') return reopened;
  const again = findInstance(machines.plan, reopened.state, id);
  if (!again || !acceptedBy(again, reopened.state).includes('step.complete')) return reopened;
  const answer = { type: 'step.complete', step: id, data: { output: { answer: 'leave' } } };
  return decide(machines, reopened.state, answer, lead, at);
}
