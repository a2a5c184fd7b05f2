/** Blockers as sentences a responder reads, in English and Traditional Chinese. */
import type { Blocker, BlockerCode, IncidentState, Wanted } from '@cordon/engine';
import { inLanguage } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import type { Plan, Text } from '@cordon/playbook';
import type { ColleaguesOf } from './directory.js';
import { helpFor } from './help.js';
import type { BlockerView } from './views.js';

export interface TextContext {
  readonly language: string;
  readonly plan: Plan;
  readonly nameOf: (id: string) => string | undefined;
  readonly systemName: (id: string) => string | undefined;
  /** Where it stands now: without it, blockers do not say what to do next. */
  readonly state?: IncidentState;
  /** Who has which role; without it, roles are named alone. */
  readonly colleagues?: ColleaguesOf;
}

interface Words {
  readonly step: string;
  readonly role: string;
  readonly fact: string;
  readonly system: string;
  readonly phase: string;
  readonly who: string | undefined;
  readonly status: string;
  readonly since: string | undefined;
  readonly duty: string;
  readonly condition: string;
  readonly count: number;
  readonly of: number;
}

type Sentence = (words: Words) => string;

const sinceEn = (w: Words): string => (w.since ? ` since ${w.since}` : '');
const sinceZh = (w: Words): string => (w.since ? `（自 ${w.since} 起）` : '');
const byEn = (w: Words): string => (w.who ? ` by ${w.who}` : '');

const ENGLISH: Readonly<Record<BlockerCode, Sentence>> = {
  step_open: (w) =>
    w.status === 'cannot_start'
      ? `“${w.step}” has to be done first (${w.role}).`
      : `“${w.step}” is still open${sinceEn(w)}: ${w.who ?? w.role} can finish it.`,
  step_done: (w) =>
    `“${w.step}” was ${w.status === 'skipped' ? 'skipped' : 'completed'}${byEn(w)}${w.since ? ` at ${w.since}` : ''}.`,
  step_underway: (w) =>
    `“${w.step}” is already ${w.status === 'problem' ? 'marked as a problem' : 'in progress'}${byEn(w)}${sinceEn(w)}.`,
  step_not_open: (w) => `“${w.step}” is not open now.`,
  other_kind: (w) => `“${w.step}” is a step of kind ${w.status} and does not take this event.`,
  branch_not_taken: (w) =>
    w.fact
      ? `“${w.step}” led elsewhere because of “${w.fact}”, and would again while that stands as it is.`
      : `“${w.step}” led elsewhere; a coordinator can open it again.`,
  not_applicable: (w) => `It does not apply while “${w.fact}” stands as it is.`,
  fact_unknown: (w) => `It waits for an answer: “${w.fact}” is not known yet. Anyone responding can set it.`,
  already_approved: (w) =>
    `${w.who ?? 'This person'} has approved “${w.step}” already; another person is needed.`,
  own_work: (w) =>
    `${w.who ?? 'This person'} did “${w.step}” and so cannot approve it; another person is needed.`,
  own_fact: (w) =>
    `${w.who ?? 'This person'} set “${w.fact}”, which this approval covers; another person is needed.`,
  own_request: (w) =>
    `${w.who ?? 'This person'} asked for “${w.step}” by finishing the step before it; another person is needed.`,
  role_missing: (w) => `This needs the role ${w.role}.`,
  mandatory: (w) => `“${w.step}” is mandatory and cannot be skipped.`,
  system_open: (w) => `${w.system} is not back in service: it is ${w.status}${sinceEn(w)}.`,
  system_known: (w) => `${w.system} is on the list already${sinceEn(w)}.`,
  other_restore_point: (w) =>
    `Another restore point was chosen and approved for ${w.system}; choose again to change it.`,
  phase_not_done: (w) => `The phase “${w.phase}” is not completed, so there is nothing to reopen.`,
  incident_closed: (w) => `The incident is closed${sinceEn(w)}; a coordinator can reopen it.`,
  incident_open: () => 'The incident is open already.',
  assigned_to_other: (w) => `“${w.step}” is with ${w.who ?? 'somebody else'}.`,
  not_assigned: (w) => `“${w.step}” is not assigned to this person.`,
  timer_gone: () => 'The incident no longer waits for this moment.',
  own_proposal: (w) =>
    `${w.who ?? 'This person'} proposed this${sinceEn(w)}; another coordinator must sign it off.`,
  limit_reached: (w) =>
    `“${w.step}” has led back ${w.count} of ${w.of} times: answer otherwise, or have a coordinator reopen it.`,
  evidence_missing: (w) =>
    `“${w.step}” needs evidence before it can be completed: ${w.count} of ${w.of} items are with it.`,
  duty_open: (w) =>
    `The duty “${w.duty}” is neither performed nor waived by a decision${w.step ? `: see “${w.step}”` : ''}.`,
  closure_condition: (w) => `“${w.condition}” does not hold yet, and closing asks for it.`,
  member_known: (w) => `${w.who ?? 'This person'} is a member of the incident already.`,
  member_unknown: (w) => `${w.who ?? 'This person'} is not a member of the incident.`,
  holds_tasks: (w) =>
    `${w.who ?? 'This person'} has “${w.step}”: hand it over first, then the person can leave.`,
};

const CHINESE: Readonly<Record<BlockerCode, Sentence>> = {
  step_open: (w) =>
    w.status === 'cannot_start'
      ? `須先完成「${w.step}」（${w.role}）。`
      : `「${w.step}」尚未完成${sinceZh(w)}，可由${w.who ?? w.role}完成。`,
  step_done: (w) =>
    `「${w.step}」已${w.who ? `由${w.who}` : ''}${w.since ? `於 ${w.since} ` : ''}${w.status === 'skipped' ? '略過' : '完成'}。`,
  step_underway: (w) =>
    `「${w.step}」${w.status === 'problem' ? '已標示為有問題' : '正在進行'}${w.who ? `（${w.who}）` : ''}${sinceZh(w)}。`,
  step_not_open: (w) => `「${w.step}」現時並未開放。`,
  other_kind: (w) => `「${w.step}」不接受此事件。`,
  branch_not_taken: (w) =>
    w.fact
      ? `「${w.step}」因「${w.fact}」的情況而通往他處；該情況不變，重開亦然。`
      : `「${w.step}」的結果並不通往此步驟，統籌人員可重新開啟。`,
  not_applicable: (w) => `按「${w.fact}」現時的情況，此步驟不適用。`,
  fact_unknown: (w) => `等候答案：「${w.fact}」尚未知悉，任何應變人員均可填寫。`,
  already_approved: (w) => `${w.who ?? '此人'}已批准「${w.step}」，須由另一人批准。`,
  own_work: (w) => `${w.who ?? '此人'}執行了「${w.step}」，不可自行批准，須由另一人批准。`,
  own_fact: (w) => `${w.who ?? '此人'}填寫了此項批准所涵蓋的「${w.fact}」，須由另一人批准。`,
  own_request: (w) => `${w.who ?? '此人'}完成了前一步驟而提請「${w.step}」，須由另一人批准。`,
  role_missing: (w) => `須具備「${w.role}」角色。`,
  mandatory: (w) => `「${w.step}」屬必須步驟，不可略過。`,
  system_open: (w) => `${w.system}尚未恢復服務，現為 ${w.status}${sinceZh(w)}。`,
  system_known: (w) => `${w.system}已在清單上${sinceZh(w)}。`,
  other_restore_point: (w) => `${w.system}已選定並批准另一還原點；如需更改，請重新選擇。`,
  phase_not_done: (w) => `階段「${w.phase}」尚未完成，毋須重開。`,
  incident_closed: (w) => `事故已結束${sinceZh(w)}，統籌人員可重新開啟。`,
  incident_open: () => '事故現正開啟。',
  assigned_to_other: (w) => `「${w.step}」由${w.who ?? '其他人'}負責。`,
  not_assigned: (w) => `「${w.step}」並未指派予此人。`,
  timer_gone: () => '事故已不再等候此時限。',
  own_proposal: (w) => `此項由${w.who ?? '此人'}提出${sinceZh(w)}，須由另一名統籌人員簽核。`,
  limit_reached: (w) =>
    `「${w.step}」已返回 ${w.count} 次，上限為 ${w.of} 次：請選擇其他答案，或由統籌人員重新開啟。`,
  evidence_missing: (w) => `「${w.step}」須先附上證據方可完成：現有 ${w.count} 項，須有 ${w.of} 項。`,
  duty_open: (w) => `責任「${w.duty}」尚未履行，亦未有決定豁免${w.step ? `：見「${w.step}」` : ''}。`,
  closure_condition: (w) => `「${w.condition}」尚未符合，符合後方可結束事故。`,
  member_known: (w) => `${w.who ?? '此人'}已是事故成員。`,
  member_unknown: (w) => `${w.who ?? '此人'}並非事故成員。`,
  holds_tasks: (w) => `${w.who ?? '此人'}負責「${w.step}」：須先移交，方可離開。`,
};

/**
 * The blocker with its sentence, who can help, and what to do next. Ids stay beside the words, for programs. `wanted` is
 * what it stands in the way of.
 */
export function blockerView(blocker: Blocker, context: TextContext, wanted?: Wanted): BlockerView {
  const sentences = context.language === 'zh-Hant' ? CHINESE : ENGLISH;
  const { code, step, role, fact, system, phase, by, since, duty } = blocker;
  return {
    code,
    text: sentences[code](wordsOf(blocker, context)),
    ...(step === undefined ? {} : { step }),
    ...(role === undefined ? {} : { role }),
    ...(fact === undefined ? {} : { fact }),
    ...(system === undefined ? {} : { system }),
    ...(phase === undefined ? {} : { phase }),
    ...(duty === undefined ? {} : { obligation: duty }),
    ...(by === undefined ? {} : { by }),
    ...(since === undefined ? {} : { since: toIso(since) }),
    ...(context.state ? helpFor(blocker, { ...context, state: context.state }, wanted) : {}),
  };
}

function wordsOf(blocker: Blocker, { plan, language, nameOf, systemName }: TextContext): Words {
  const { playbook } = plan;
  const [stepId = '', systemId] = (blocker.step ?? '').split('@');
  const step = plan.steps.get(stepId)?.step;
  const of = systemId === undefined ? '' : ` (${systemName(systemId) ?? systemId})`;
  const role = playbook.roles.find((one) => one.id === blocker.role);
  const fact = playbook.facts.find((one) => one.id === blocker.fact);
  const phase = blocker.phase === undefined ? undefined : plan.phases.get(blocker.phase);
  return {
    step: (step ? inLanguage(step.title, language) : stepId) + of,
    role: role ? inLanguage(role.title, language) : (blocker.role ?? ''),
    fact: fact ? inLanguage(fact.title, language) : (blocker.fact ?? ''),
    system: blocker.system === undefined ? '' : (systemName(blocker.system) ?? blocker.system),
    phase: phase ? inLanguage(phase.title, language) : (blocker.phase ?? ''),
    who: blocker.by === undefined ? undefined : (nameOf(blocker.by) ?? blocker.by),
    status: blocker.status ?? '',
    since: blocker.since === undefined ? undefined : toIso(blocker.since),
    ...boundsOf(blocker, playbook, language),
  };
}

function boundsOf(
  { duty, condition, count = 0, of = 0 }: Blocker,
  { duties, closure }: Plan['playbook'],
  language: string,
): Pick<Words, 'duty' | 'condition' | 'count' | 'of'> {
  return {
    duty: titled(duties, duty, language),
    condition: titled(closure, condition, language),
    count,
    of,
  };
}

function titled(
  items: readonly { readonly id: string; readonly title: Text }[],
  id: string | undefined,
  language: string,
): string {
  const found = items.find((item) => item.id === id);
  return found ? inLanguage(found.title, language) : (id ?? '');
}
