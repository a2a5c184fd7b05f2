/** A step as people see it: what it asks, who may do it, what it waits for. */
import {
  acceptedBy,
  type Actor,
  dueAt,
  EVENTS,
  type EventType,
  formSchema,
  inLanguage,
  instances,
  instanceTurns,
  isOpen,
  mayDo,
  statusOf,
  whyLocked,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import type { Answer, DecisionStep, Step, Text } from '@cordon/playbook';
import { approvalView } from './approval-view.js';
import { blockerView, type TextContext } from './texts.js';
import type { OptionView, RefusalView, StepView } from './views.js';

/**
 * Every step instance in flow order, locked ones with what is missing; to a viewer also which of the events that it takes
 * they may not bring, and why.
 */
export function stepViews(
  { plan }: Machines,
  state: IncidentState,
  texts: TextContext,
  now: number,
  viewer?: Actor,
): readonly StepView[] {
  const context = { ...texts, state };
  return instances(plan, state).map((instance) => ({
    ...stepView(plan, state, instance, context, now),
    ...(viewer ? { refusals: refusalsFor(plan, state, instance, context, viewer) } : {}),
  }));
}

/** Asked of the code that would refuse them. */
function refusalsFor(
  plan: Machines['plan'],
  state: IncidentState,
  instance: Instance,
  texts: TextContext,
  viewer: Actor,
): readonly RefusalView[] {
  const types = acceptedBy(instance, state).filter((type): type is EventType => type in EVENTS);
  return types.flatMap((type) => {
    const why = mayDo(plan, state, instance, type, viewer);
    const wanted = { event: type, step: instance.id };
    return why ? [{ event: type, blockedBy: blockerView(why, texts, wanted) }] : [];
  });
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
      ? { options: optionViews(answersLeft(state, instance, step), language) }
      : {}),
    ...boundsOf(state, instance, language),
    ...(step.kind === 'approval' ? { approval: approvalView(plan, state, instance, step, texts) } : {}),
    blockedBy: whyLocked(plan, state, instance).map((blocker) =>
      blockerView(blocker, texts, { event: firstEvent(step), step: instance.id }),
    ),
    ...outcomeOf(record),
  };
}

/** By which a step that was locked begins. */
function firstEvent({ kind }: Step): string {
  return kind === 'approval' ? 'approval.approve' : 'step.start';
}

/** A decision's answers that may still be given: one that has led back as often as it may is gone. */
function answersLeft(state: IncidentState, instance: Instance, { answers }: DecisionStep): readonly Answer[] {
  const count = instanceTurns(state, instance);
  return answers.filter(({ max }) => max === undefined || count < max);
}

/** What the playbook sets bounds to: leaving the step out, its evidence, its way back. */
function boundsOf(
  state: IncidentState,
  instance: Instance,
  language: string,
): Pick<StepView, 'skip' | 'evidence' | 'round' | 'duty' | 'anytime'> {
  const { step, anytime } = instance.planned;
  const { skip, evidence, duty } = step;
  const count = instanceTurns(state, instance);
  const most = longestWayBack(step);
  return {
    ...(skip ? { skip: { roles: skip.roles, reasons: optionViews(skip.reasons, language) } } : {}),
    ...(evidence
      ? {
          evidence: {
            count: state.evidence?.[instance.id] ?? 0,
            of: evidence.min,
            ...(evidence.title ? { title: inLanguage(evidence.title, language) } : {}),
          },
        }
      : {}),
    ...(count > 0 || most !== undefined
      ? { round: { count, ...(most === undefined ? {} : { of: most }) } }
      : {}),
    ...(duty === undefined ? {} : { duty }),
    ...(anytime ? { anytime } : {}),
  };
}

function longestWayBack(step: Step): number | undefined {
  if (step.kind === 'approval') return step.max;
  const failed = step.failed && 'repeat' in step.failed ? [step.failed.max] : [];
  const answers = step.kind === 'decision' ? step.answers.map(({ max }) => max) : [];
  const known = [...failed, ...answers].filter((max) => max !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function optionViews(
  options: readonly { readonly id: string; readonly title: Text }[],
  language: string,
): readonly OptionView[] {
  return options.map(({ id, title }) => ({ id, title: inLanguage(title, language) }));
}

/** How a step ended, as far as it has. */
function outcomeOf(
  record: Instance['record'],
): Pick<StepView, 'answer' | 'doneBy' | 'doneAt' | 'notApplicable'> {
  if (!record || !['completed', 'skipped', 'failed'].includes(record.status)) return {};
  return {
    ...(record.answer === undefined ? {} : { answer: record.answer }),
    ...(record.by === undefined ? {} : { doneBy: record.by }),
    doneAt: toIso(record.at),
    ...(record.notApplicable ? { notApplicable: true } : {}),
  };
}
