import { toIso, type Json } from '@cordon/kernel';
import {
  acceptedBy,
  acceptedByIncident,
  closeBlockers,
  dueAt,
  formSchema,
  inLanguage,
  instances,
  isOpen,
  phaseStatuses,
  statusOf,
  whyLocked,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import type { IncidentRow, Person } from './ports.js';
import { blockerView, type TextContext } from './texts.js';
import {
  refOf,
  type IncidentLine,
  type IncidentView,
  type PhaseView,
  type StepView,
  type SystemView,
} from './views.js';

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
    factSources: Object.fromEntries(
      Object.entries(state.facts).map(([id, { by, at }]) => [
        id,
        { ...(by === undefined ? {} : { by }), at: toIso(at) },
      ]),
    ),
    systems: systemViews(state),
    people: people.map(({ id, name, roles }) => ({ id, name, roles })),
    ...(state.onsetAt === undefined ? {} : { onsetAt: toIso(state.onsetAt) }),
    accepts: acceptedByIncident(state),
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

/** Every step instance in flow order, locked ones with what is missing. */
export function stepViews(
  { plan }: Machines,
  state: IncidentState,
  texts: TextContext,
  now: number,
): readonly StepView[] {
  return instances(plan, state).map((instance) => stepView(plan, state, instance, texts, now));
}

function stepView(
  plan: Machines['plan'],
  state: IncidentState,
  instance: Instance,
  texts: TextContext,
  now: number,
): StepView {
  const { planned, record, system } = instance;
  const { step } = planned;
  const { language } = texts;
  const status = statusOf(record);
  const due = dueAt(plan, state, instance);
  const form = formSchema(step, language);
  return {
    id: instance.id,
    phase: planned.phase,
    kind: step.kind,
    title: inLanguage(step.title, language),
    ...(step.instructions ? { instructions: inLanguage(step.instructions, language) } : {}),
    status,
    mandatory: step.mandatory,
    role: step.roles[0] ?? '',
    roles: step.roles,
    ...(system === undefined ? {} : { system }),
    assignee: record?.assignee ?? null,
    accepted: record?.accepted === true,
    dueAt: due === undefined ? null : toIso(due),
    overdue: isOpen(status) && due !== undefined && due < now,
    accepts: acceptedBy(instance, state),
    ...(form ? { form } : {}),
    ...(step.kind === 'decision'
      ? { options: step.answers.map(({ id, title }) => ({ id, title: inLanguage(title, language) })) }
      : {}),
    blockedBy: whyLocked(plan, state, instance).map((blocker) => blockerView(blocker, texts)),
    ...outcomeOf(record),
  };
}

/** How a step ended, as far as it has. */
function outcomeOf(
  record: Instance['record'],
): Pick<StepView, 'answer' | 'doneBy' | 'doneAt' | 'notApplicable'> {
  if (record?.status !== 'completed' && record?.status !== 'skipped') return {};
  return {
    ...(record.answer === undefined ? {} : { answer: record.answer }),
    ...(record.by === undefined ? {} : { doneBy: record.by }),
    doneAt: toIso(record.at),
    ...(record.notApplicable ? { notApplicable: true } : {}),
  };
}
