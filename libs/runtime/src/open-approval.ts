/** An approval that can be given now: what it covers in words and values, and who of some people may give it. */
import {
  coveredDigest,
  coveredRecords,
  findInstance,
  inLanguage,
  isOpen,
  mayDo,
  statusOf,
  type Actor,
  type IncidentState,
  type Instance,
} from '@cordon/engine';
import { toIso, type EpochMs, type Json } from '@cordon/kernel';
import { factValue, type Binding, type Plan, type Step, type StepRecord } from '@cordon/playbook';
import type { TextContext } from './texts.js';

/** One thing that is approved. */
export interface CoveredLine {
  readonly kind: 'fact' | 'step' | 'restore_point';
  /** Of the fact, of the step (`step@system`) or of the system. */
  readonly id: string;
  readonly title: string;
  /** What it is now, as a person reads it. */
  readonly value: string;
}

export interface OpenApproval {
  readonly ref: string;
  readonly revision: number;
  /** `step` or `step@system`. */
  readonly step: string;
  readonly title: string;
  readonly roles: readonly string[];
  readonly readyAt: EpochMs;
  /** Hex SHA-256 of what it covers now. */
  readonly digest: string;
  readonly covers: readonly CoveredLine[];
  /** Ids of those who may give it, of the people asked about. */
  readonly may: readonly string[];
}

/** Undefined where the step is no approval, or none that can be given now. O(covers × systems + people). */
export function openApproval(
  { plan, state }: { readonly plan: Plan; readonly state: IncidentState },
  id: string,
  people: readonly Actor[],
  texts: TextContext,
): Omit<OpenApproval, 'ref' | 'revision'> | undefined {
  const instance = findInstance(plan, state, id);
  const { record, planned } = instance ?? {};
  if (state.status === 'closed' || !instance || !record || planned?.step.kind !== 'approval')
    return undefined;
  if (!isOpen(statusOf(record))) return undefined;
  const may = people.filter((one) => mayDo(plan, state, instance, 'approval.approve', one) === undefined);
  return {
    step: id,
    title: titleOf(id, texts),
    roles: planned.step.roles,
    readyAt: record.readyAt,
    digest: coveredDigest(plan, state, instance),
    covers: linesOf(plan, state, instance, texts),
    may: may.map((one) => one.id),
  };
}

function linesOf(
  plan: Plan,
  state: IncidentState,
  { planned, system }: Instance,
  texts: TextContext,
): readonly CoveredLine[] {
  const binding = plan.bindings.get(planned.step.id);
  if (!binding) return [];
  const steps = coveredRecords(plan, state, binding, system).map(({ id, record }): CoveredLine => {
    const step = plan.steps.get(id.split('@')[0] ?? id)?.step;
    return { kind: 'step', id, title: titleOf(id, texts), value: outcome(step, record, texts) };
  });
  const facts = binding.facts.map((id) => factLine(plan, state, id, texts));
  return [...restorePoints(state, binding, system, texts), ...facts, ...steps];
}

function restorePoints(
  state: IncidentState,
  { restorePoint }: Binding,
  system: string | undefined,
  texts: TextContext,
): readonly CoveredLine[] {
  if (!restorePoint) return [];
  const systems = system === undefined ? Object.keys(state.systems) : [system];
  const words = { en: 'Restore point of ', 'zh-Hant': '還原點：' };
  return systems.map((id) => ({
    kind: 'restore_point',
    id,
    title: inLanguage(words, texts.language) + (texts.systemName(id) ?? id),
    value: state.systems[id]?.restorePoint ?? wordsFor(texts, 'unknown'),
  }));
}

function factLine(plan: Plan, state: IncidentState, id: string, texts: TextContext): CoveredLine {
  const fact = plan.playbook.facts.find((one) => one.id === id);
  const option = (value: Json): string | undefined => {
    const found = fact?.options.find((one) => one.id === value);
    return found && inLanguage(found.title, texts.language);
  };
  const inWords = (value: Json): string => option(value) ?? wordsFor(texts, value);
  const value = factValue(state.facts, id) ?? 'unknown';
  return {
    kind: 'fact',
    id,
    title: fact ? inLanguage(fact.title, texts.language) : id,
    value: Array.isArray(value)
      ? value.map(inWords).join(texts.language === 'zh-Hant' ? '、' : ', ')
      : inWords(value),
  };
}

/** How a covered step ended, with which answer, by whom and when. */
function outcome(step: Step | undefined, record: StepRecord | undefined, texts: TextContext): string {
  const { status, at, by, answer, notApplicable } = record ?? {};
  const word = STATUS[notApplicable ? 'not_applicable' : (status ?? 'open')] ?? STATUS.open;
  if (notApplicable || status === undefined || word === STATUS.open) return inLanguage(word, texts.language);
  const chosen = step?.kind === 'decision' ? step.answers.find(({ id }) => id === answer) : undefined;
  const said = chosen ? inLanguage(chosen.title, texts.language) : answer;
  const who = by === undefined ? undefined : (texts.nameOf(by) ?? by);
  const parts = [inLanguage(word, texts.language), said, who, at === undefined ? undefined : toIso(at)];
  return parts.filter((part) => part !== undefined).join(' · ');
}

const OPEN = { en: 'not done yet', 'zh-Hant': '尚未完成' };
const STATUS: Readonly<Record<string, Readonly<Record<string, string>>>> & { readonly open: typeof OPEN } = {
  open: OPEN,
  completed: { en: 'done', 'zh-Hant': '已完成' },
  skipped: { en: 'skipped', 'zh-Hant': '已略過' },
  failed: { en: 'failed', 'zh-Hant': '未能完成' },
  not_applicable: { en: 'does not apply', 'zh-Hant': '不適用' },
};

const VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  yes: { en: 'yes', 'zh-Hant': '是' },
  no: { en: 'no', 'zh-Hant': '否' },
  true: { en: 'yes', 'zh-Hant': '是' },
  false: { en: 'no', 'zh-Hant': '否' },
  unknown: { en: 'not known yet', 'zh-Hant': '未知' },
};

function wordsFor({ language }: TextContext, value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const found = Object.hasOwn(VALUES, text) ? VALUES[text] : undefined;
  return found ? inLanguage(found, language) : text;
}

function titleOf(id: string, { plan, language, systemName }: TextContext): string {
  const [name = '', system] = id.split('@');
  const step = plan.steps.get(name)?.step;
  const of = system === undefined ? '' : ` (${systemName(system) ?? system})`;
  return (step ? inLanguage(step.title, language) : name) + of;
}
