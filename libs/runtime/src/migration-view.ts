/** What moving an incident to another version of its playbook would do, before anybody asks for it. */
import {
  inLanguage,
  instances,
  isOpen,
  mapSteps,
  migrated,
  statusOf,
  type IncidentState,
  type Machines,
  type Unmapped,
} from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import { refOf, type MigrationView } from './views.js';
import type { IncidentRow } from './ports.js';

type Sentences = Readonly<Record<Unmapped['reason'], (step: string) => string>>;

const ENGLISH: Sentences = {
  gone: (step) => `“${step}” has been worked on and does not exist there.`,
  other_kind: (step) => `“${step}” has been worked on and is a step of another kind there.`,
  other_place: (step) =>
    `“${step}” has been worked on and stands elsewhere there: in the flow, per system, or open at any time.`,
  other_answers: (step) => `“${step}” has an answer that does not exist there.`,
  twice: (step) => `“${step}” has the counterpart of another step.`,
};

const CHINESE: Sentences = {
  gone: (step) => `「${step}」已有進展，而新版本沒有此步驟。`,
  other_kind: (step) => `「${step}」已有進展，而在新版本屬另一類步驟。`,
  other_place: (step) => `「${step}」已有進展，而在新版本的位置不同：在流程中、按系統進行，或隨時可做。`,
  other_answers: (step) => `「${step}」的答案在新版本並不存在。`,
  twice: (step) => `「${step}」與另一步驟對應同一步驟。`,
};

/** Steps left without a counterpart are shown as if they were left behind. `at` is now. */
export function migrationView(
  row: IncidentRow,
  from: Machines,
  to: Machines,
  state: IncidentState,
  language: string,
  at: number,
): MigrationView {
  const proposal = state.migration?.digest === to.digest ? state.migration : undefined;
  const { steps, unmapped } = mapSteps(from, to, state, proposal?.map ?? {});
  const leftBehind = Object.fromEntries(unmapped.map(({ step }) => [step, null]));
  const after = migrated(to, state, { ...steps, ...leftBehind }, at).state;
  const title = ({ plan }: Machines, step: string): string => {
    const found = plan.steps.get(step)?.step.title;
    return found ? inLanguage(found, language) : step;
  };
  const openBefore = new Set(openSteps(from, state).map((step) => steps[step] ?? step));
  return {
    ref: refOf(row.id),
    from: { version: row.playbookVersion, digest: from.digest },
    to: { version: to.plan.playbook.version, digest: to.digest },
    ...(proposal ? { proposal: { by: proposal.by, at: toIso(proposal.at), map: proposal.map } } : {}),
    mapped: Object.entries(steps).map(([step, target]) => ({
      step,
      title: title(from, step),
      to: target,
      ...(target === null ? {} : { toTitle: title(to, target) }),
    })),
    unmapped: unmapped.map(({ step, reason }) => ({
      step,
      title: title(from, step),
      reason,
      text: (language === 'zh-Hant' ? CHINESE : ENGLISH)[reason](title(from, step)),
    })),
    opens: openSteps(to, after)
      .filter((step) => !openBefore.has(step))
      .map((step) => ({ step, title: title(to, step) })),
    factsLost: Object.keys(state.facts).filter((fact) => !Object.hasOwn(after.facts, fact)),
  };
}

function openSteps({ plan }: Machines, state: IncidentState): readonly string[] {
  const open = instances(plan, state).filter(({ record }) => isOpen(statusOf(record)));
  return [...new Set(open.map(({ planned }) => planned.step.id))];
}
