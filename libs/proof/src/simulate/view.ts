/** What a simulated incident shows: where it stands, what is open and asks for what, what is locked and why. */
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
  type Blocker,
  type Instance,
  type PhaseStatus,
  type StepStatus,
} from '@cordon/engine';
import type { EpochMs, Json, JsonObject } from '@cordon/kernel';
import { factValue, type PlannedStep, type StepKind } from '@cordon/playbook';
import { nextTimer, type Simulation } from './simulation.js';

/** An answer of a decision, and the step that it leads back to. */
export interface AnswerView {
  readonly id: string;
  readonly title: string;
  readonly repeat?: string;
}

/** A step instance that is open or locked. */
export interface StepView {
  readonly id: string;
  readonly title: string;
  readonly instructions?: string;
  readonly phase: string;
  readonly kind: StepKind;
  readonly status: StepStatus;
  readonly roles: readonly string[];
  readonly system?: string;
  readonly dueAt?: EpochMs;
  readonly anytime: boolean;
  /** JSON Schema of the output; absent when the step asks for nothing. */
  readonly form?: JsonObject;
  readonly options: readonly AnswerView[];
  /** Events that it takes now. */
  readonly accepts: readonly string[];
  /** Items of evidence there are, of those there must be. */
  readonly evidence?: { readonly count: number; readonly min: number };
  /** Of a locked step: what stands in the way. */
  readonly blockedBy: readonly Blocker[];
}

/** Where an incident stands, as a person would want to see it. Plain JSON. */
export interface SimulationView {
  readonly now: EpochMs;
  readonly status: 'open' | 'closed';
  readonly phases: readonly { readonly id: string; readonly title: string; readonly status: PhaseStatus }[];
  /** In flow order; those beside the flow last. */
  readonly open: readonly StepView[];
  readonly locked: readonly StepView[];
  readonly facts: readonly { readonly id: string; readonly title: string; readonly value?: Json }[];
  readonly systems: readonly { readonly id: string; readonly name: string; readonly life: string }[];
  readonly nextTimer?: { readonly id: string; readonly fireAt: EpochMs };
  /** Events on the incident as a whole that it takes now. */
  readonly accepts: readonly string[];
  readonly closeBlockers: readonly Blocker[];
}

/** Reads a simulation, in the wanted language where the playbook has it. Pure; O(steps² × systems) for the locked ones. */
export function viewOf(simulation: Simulation, language: string): SimulationView {
  const { machines, state, now } = simulation;
  const { plan } = machines;
  const all = instances(plan, state);
  const timer = nextTimer(simulation);
  const statuses = phaseStatuses(plan, state.value);
  const open = all.filter(({ record }) => isOpen(statusOf(record)));
  const ordered = [
    ...open.filter(({ planned }) => !planned.anytime),
    ...open.filter(({ planned }) => planned.anytime),
  ];
  return {
    now,
    status: state.status,
    phases: [...statuses].map(([id, status]) => ({
      id,
      title: inLanguage(plan.phases.get(id)?.title ?? {}, language),
      status,
    })),
    open: ordered.map((one) => stepView(simulation, one, language)),
    locked: all
      .filter(({ record }) => statusOf(record) === 'cannot_start')
      .map((one) => stepView(simulation, one, language)),
    facts: plan.playbook.facts.map(({ id, title }) => {
      const value = factValue(state.facts, id);
      return { id, title: inLanguage(title, language), ...(value === undefined ? {} : { value }) };
    }),
    systems: Object.entries(state.systems).map(([id, { name, life }]) => ({ id, name, life })),
    ...(timer ? { nextTimer: { id: timer.id, fireAt: timer.fireAt } } : {}),
    accepts: acceptedByIncident(plan, state),
    closeBlockers: closeBlockers(plan, state),
  };
}

function stepView({ machines: { plan }, state }: Simulation, one: Instance, language: string): StepView {
  const { planned, system } = one;
  const { step } = planned;
  const due = dueAt(plan, state, one);
  const form = formSchema(step, language);
  const name = system === undefined ? '' : ` (${state.systems[system]?.name ?? system})`;
  const evidence = step.evidence && {
    evidence: { count: state.evidence?.[one.id] ?? 0, min: step.evidence.min },
  };
  return {
    id: one.id,
    title: inLanguage(step.title, language) + name,
    ...(step.instructions ? { instructions: inLanguage(step.instructions, language) } : {}),
    ...{ phase: planned.phase, kind: step.kind, status: statusOf(one.record), roles: step.roles },
    ...(system === undefined ? {} : { system }),
    ...(due === undefined ? {} : { dueAt: due }),
    anytime: planned.anytime === true,
    ...(form ? { form } : {}),
    options: optionsOf(planned, language),
    accepts: acceptedBy(one, state),
    ...evidence,
    blockedBy: whyLocked(plan, state, one),
  };
}

function optionsOf({ step }: PlannedStep, language: string): readonly AnswerView[] {
  if (step.kind !== 'decision') return [];
  return step.answers.map(({ id, title, repeat }) => ({
    id,
    title: inLanguage(title, language),
    ...(repeat === undefined ? {} : { repeat }),
  }));
}
