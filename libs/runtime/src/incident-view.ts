import { toIso, type Json } from '@cordon/kernel';
import {
  acceptedByIncident,
  closeBlockers,
  inLanguage,
  phaseStatuses,
  type IncidentState,
  type Machines,
} from '@cordon/engine';
import type { IncidentRow, Person } from './ports.js';
import { blockerView, type TextContext } from './texts.js';
import { refOf, type IncidentLine, type IncidentView, type PhaseView, type SystemView } from './views.js';

export function incidentView(
  row: IncidentRow,
  { plan }: Machines,
  state: IncidentState,
  texts: TextContext,
  people: readonly Person[],
): IncidentView {
  const { phases: _phases, ...line } = lineView(row);
  return {
    ...line,
    uid: row.uid,
    ...(row.organisation === undefined ? {} : { organisation: row.organisation }),
    seq: row.seq,
    state: state.value,
    phases: phaseViews(plan, state, texts.language),
    facts: factValues(plan, state),
    factSources: factSources(state),
    systems: systemViews(state),
    people: people.map(({ id, name, roles }) => ({ id, name, roles })),
    tlp: row.tlp,
    members: state.members,
    ...(state.onsetAt === undefined ? {} : { onsetAt: toIso(state.onsetAt) }),
    accepts: acceptedByIncident(plan, state),
    closeBlockedBy:
      state.status === 'closed' ? [] : closeBlockers(plan, state).map((one) => blockerView(one, texts)),
  };
}

export function lineView(row: IncidentRow): IncidentLine {
  return {
    ref: refOf(row.id),
    title: row.title,
    ...(row.summary === undefined ? {} : { summary: row.summary }),
    ...(row.severity === undefined ? {} : { severity: row.severity }),
    exercise: row.exercise,
    status: row.status,
    revision: row.revision,
    playbook: { id: row.playbookId, version: row.playbookVersion, digest: row.playbookDigest },
    phases: row.phases,
    awareAt: toIso(row.awareAt),
    openedAt: toIso(row.openedAt),
    updatedAt: toIso(row.updatedAt),
    ...(row.closedAt === undefined ? {} : { closedAt: toIso(row.closedAt) }),
  };
}

export function phaseViews(
  plan: Machines['plan'],
  state: IncidentState,
  language: string,
): readonly PhaseView[] {
  return [...phaseStatuses(plan, state.value)].map(([id, status]) => {
    const title = plan.phases.get(id)?.title;
    return { id, title: title ? inLanguage(title, language) : id, status };
  });
}

/** Who had said each fact, and when. */
export function factSources(state: IncidentState): IncidentView['factSources'] {
  return Object.fromEntries(
    Object.entries(state.facts).map(([id, { by, at }]) => [
      id,
      { ...(by === undefined ? {} : { by }), at: toIso(at) },
    ]),
  );
}

/** Every fact the playbook knows; `unknown` where nobody has said. */
export function factValues(plan: Machines['plan'], state: IncidentState): Readonly<Record<string, Json>> {
  return Object.fromEntries(plan.playbook.facts.map(({ id }) => [id, state.facts[id]?.value ?? 'unknown']));
}

export function systemViews(state: IncidentState): readonly SystemView[] {
  return Object.entries(state.systems).map(([id, { name, kind, life, restorePoint, foundLater }]) => ({
    id,
    name,
    ...(kind === undefined ? {} : { kind }),
    state: life,
    ...(restorePoint === undefined ? {} : { restorePoint }),
    foundLater: foundLater === true,
  }));
}
