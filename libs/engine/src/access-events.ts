/** Who needs to know of the incident, and how far it may be told: events that change nothing else. */
import { isOpen, recorded, statusOf } from './instances.js';
import type { Blocker, Decision, IncidentState } from './model.js';
import { TLP, USUAL_TLP, type Tlp } from './tlp.js';
import { accepted, invalid, textOf, type Request } from './verdicts.js';

/** More than this many people is no need to know. */
const MAX_MEMBERS = 500;

export const ACCESS_EVENTS: readonly string[] = ['incident.classify', 'member.add', 'member.remove'];

/** The decision, or what stands in its way. */
export function decideAccessEvent(request: Request): Decision | Blocker {
  switch (request.type) {
    case 'incident.classify':
      return classify(request);
    case 'member.add':
      return addMember(request);
    default:
      return removeMember(request);
  }
}

/** Whoever classifies it goes on seeing it. */
function classify(request: Request): Decision {
  const { state, data, actor } = request;
  const { tlp: before = USUAL_TLP, ...rest } = state;
  const tlp = textOf(data, 'tlp') as Tlp;
  if (tlp === before) return accepted(request, state);
  const seen = TLP.indexOf(tlp) > TLP.indexOf(before) ? withMember(rest, actor.id) : rest;
  return accepted(request, { ...seen, tlp });
}

function addMember(request: Request): Decision | Blocker {
  const { state, data } = request;
  const person = textOf(data, 'person');
  if (state.members.includes(person)) return { code: 'member_known', by: person };
  if (state.members.length >= MAX_MEMBERS)
    return invalid('/data/person', `an incident has at most ${MAX_MEMBERS} members`);
  return accepted(request, withMember(state, person));
}

/** Somebody who has tasks hands them over first; the last member stays. */
function removeMember(request: Request): Decision | Blocker {
  const { machines, state, data } = request;
  const person = textOf(data, 'person');
  if (!state.members.includes(person)) return { code: 'member_unknown', by: person };
  if (state.members.length === 1) return invalid('/data/person', 'an incident keeps at least one member');
  const held = recorded(machines.plan, state).find(
    ({ record }) => record?.assignee === person && isOpen(statusOf(record)),
  );
  if (held && state.status === 'open') return { code: 'holds_tasks', step: held.id, by: person };
  return accepted(request, { ...state, members: state.members.filter((id) => id !== person) });
}

/** Whoever is given a task needs to know what it is about. */
export function withMember(state: IncidentState, person: string): IncidentState {
  const { members } = state;
  if (members.includes(person) || members.length >= MAX_MEMBERS) return state;
  return { ...state, members: [...members, person] };
}
