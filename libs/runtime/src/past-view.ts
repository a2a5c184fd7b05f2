/** An incident of the past as people and programs see it. */
import { dutyStatuses, inLanguage, instances, statusOf, type Machines } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import { factSources, factValues, phaseViews, systemViews } from './incident-view.js';
import type { IncidentId, Person } from './ports.js';
import type { Replayed } from './replay.js';
import { refOf, type PastView } from './views.js';

/** `people` are those whose ids the state holds, as they are called now. */
export function pastView(
  id: IncidentId,
  machines: Machines,
  replayed: Replayed,
  people: readonly Person[],
  language: string,
): PastView {
  const { plan } = machines;
  const { state, seq, revision, at } = replayed;
  return {
    ref: refOf(id),
    revision,
    seq,
    at,
    status: state.status,
    state: state.value,
    awareAt: toIso(state.awareAt),
    phases: phaseViews(plan, state, language),
    facts: factValues(plan, state),
    factSources: factSources(state),
    systems: systemViews(state),
    steps: stepsOf(machines, replayed),
    obligations: dutyStatuses(plan, state).map(({ duty, status }) => ({
      id: duty.id,
      title: inLanguage(duty.title, language),
      status,
    })),
    members: state.members,
    people: people.map(({ id: person, name }) => ({ id: person, name })),
  };
}

function stepsOf({ plan }: Machines, { state }: Replayed): PastView['steps'] {
  return instances(plan, state).map(({ id, system, record }) => ({
    id,
    status: statusOf(record),
    ...(system === undefined ? {} : { system }),
    ...(record?.answer === undefined ? {} : { answer: record.answer }),
    ...(record?.by === undefined ? {} : { by: record.by }),
    ...(record?.assignee === undefined ? {} : { assignee: record.assignee }),
    ...(record?.approvedBy === undefined ? {} : { approvedBy: record.approvedBy }),
  }));
}
