/** An approval as people see it: what it covers, who has given it, and in words why it is asked for again. */
import { inLanguage, instanceId, type IncidentState, type Instance } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import { factValue, type ApprovalStep, type Plan } from '@cordon/playbook';
import type { TextContext } from './texts.js';
import type { ApprovalView } from './views.js';

type Lapse = NonNullable<IncidentState['lapsed']>[string];

export function approvalView(
  plan: Plan,
  state: IncidentState,
  instance: Instance,
  step: ApprovalStep,
  texts: TextContext,
): ApprovalView {
  const lapse = state.lapsed?.[instance.id];
  return {
    needed: step.count,
    ...(step.oneOfEach ? { oneOfEach: true } : {}),
    covers: coversOf(plan, state, instance, texts),
    given: givenOf(instance, texts),
    ...(lapse ? { lapsed: lapsedOf(lapse, texts) } : {}),
  };
}

function coversOf(
  plan: Plan,
  state: IncidentState,
  { planned, system }: Instance,
  texts: TextContext,
): ApprovalView['covers'] {
  const binding = plan.bindings.get(planned.step.id);
  const restorePoint = binding?.restorePoint === true && system !== undefined;
  const chosen = restorePoint ? state.systems[system]?.restorePoint : undefined;
  return {
    steps: (binding?.steps ?? []).map((id) => {
      const perSystem = plan.steps.get(id)?.each !== undefined;
      return { id: instanceId(id, perSystem ? system : undefined), title: stepTitle(id, texts) };
    }),
    facts: (binding?.facts ?? []).map((id) => ({
      id,
      title: factTitle(id, texts),
      value: factValue(state.facts, id) ?? 'unknown',
    })),
    ...(chosen === undefined ? {} : { restorePoint: chosen }),
  };
}

/** Approvals with when and why; of those given before these were kept, only by whom. */
function givenOf({ record }: Instance, { nameOf }: TextContext): ApprovalView['given'] {
  return (record?.approvals ?? []).map(({ at, ...approval }) => {
    const name = nameOf(approval.by);
    return { ...approval, at: toIso(at), ...(name === undefined ? {} : { name }) };
  });
}

function lapsedOf(
  { at, by, because, approvers }: Lapse,
  texts: TextContext,
): NonNullable<ApprovalView['lapsed']> {
  const said = { at: toIso(at), ...(by === undefined ? {} : { by }), because, approvers };
  return { ...said, text: sentence(said, texts) };
}

/** Why the approval is void. Ids that nobody has a title for are shown as they are. */
function sentence(
  {
    at,
    by,
    because,
    approvers,
  }: Pick<NonNullable<ApprovalView['lapsed']>, 'at' | 'by' | 'because' | 'approvers'>,
  texts: TextContext,
): string {
  const chinese = texts.language === 'zh-Hant';
  const who = by === undefined ? undefined : (texts.nameOf(by) ?? by);
  const names = approvers.map((id) => texts.nameOf(id) ?? id);
  const what = because.map((cause) => causeIn(chinese, cause, texts));
  if (chinese) {
    const given = names.length > 0 ? `${names.join('、')}先前的批准已失效` : '先前的決定已失效';
    return `${given}：${what.join('、')}已於 ${at} ${who === undefined ? '' : `由${who}`}更改。須重新批准。`;
  }
  const given =
    names.length > 0
      ? `The approval by ${names.join(', ')} has lapsed`
      : 'What was decided before has lapsed';
  return `${given}: ${what.join(', ')} changed at ${at}${who === undefined ? '' : ` by ${who}`}. It has to be approved again.`;
}

function causeIn(
  chinese: boolean,
  { kind, id }: { readonly kind: string; readonly id: string },
  texts: TextContext,
): string {
  switch (kind) {
    case 'fact':
      return chinese ? `「${factTitle(id, texts)}」` : `“${factTitle(id, texts)}”`;
    case 'step':
      return chinese ? `步驟「${stepTitle(id, texts)}」` : `the step “${stepTitle(id, texts)}”`;
    case 'restore_point': {
      const system = texts.systemName(id) ?? id;
      return chinese ? `${system}的還原點` : `the restore point of ${system}`;
    }
    default:
      return chinese ? `應變計劃（版本 ${id}）` : `the playbook (version ${id})`;
  }
}

function stepTitle(id: string, { plan, language, systemName }: TextContext): string {
  const [name = '', system] = id.split('@');
  const step = plan.steps.get(name)?.step;
  const of = system === undefined ? '' : ` (${systemName(system) ?? system})`;
  return (step ? inLanguage(step.title, language) : name) + of;
}

function factTitle(id: string, { plan, language }: TextContext): string {
  const fact = plan.playbook.facts.find((one) => one.id === id);
  return fact ? inLanguage(fact.title, language) : id;
}
