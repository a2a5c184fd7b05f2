/** What the records say of a step, of the branch it stands on and of its becoming ready: asked of them, not of the machine. */
import {
  findInstance,
  instanceId,
  isOpen,
  statusOf,
  type IncidentState,
  type StepStatus,
} from '@cordon/engine';
import type { After, Plan, StepRecord } from '@cordon/playbook';
import type { Edge } from './obligation.js';
import type { Owner, Structure } from './structure.js';

/** The step's record; per system, the record of each. */
export function recordsOf(
  state: IncidentState,
  id: string,
  each: string | undefined,
): readonly (StepRecord | undefined)[] {
  if (each === undefined) return [state.steps[id]];
  return Object.values(state.systems).map(({ steps }) => steps[id]);
}

/** Whether the flow goes by this branch, this failure or this block of a graph: asked of the records, not of the machine. */
export function taken(structure: Structure, state: IncidentState, owner: Owner): boolean {
  if (owner.kind === 'node') {
    const { after } = owner.node;
    return after.length === 0 || after.some((end) => endTaken(structure, state, end));
  }
  const record = state.steps[owner.step];
  return owner.kind === 'answer'
    ? record?.status === 'completed' && record.answer === owner.answer
    : record?.status === 'failed' && record.answer !== 'refused';
}

/** Read here a second time on purpose: what judges a run does not ask the code that it judges. */
function endTaken(structure: Structure, state: IncidentState, { step, outcome, answer }: After): boolean {
  const node = structure.nodes.get(step);
  if (node && node.after.length > 0 && !node.after.some((end) => endTaken(structure, state, end)))
    return false;
  const record = state.steps[step];
  if (!record) return !structure.plan.steps.has(step);
  const refused = record.status === 'failed' && record.answer === 'refused';
  switch (outcome) {
    case 'done':
      return record.status !== 'failed' && (answer === undefined || record.answer === answer);
    case 'approved':
      return record.status === 'completed';
    case 'refused':
      return refused;
    case 'failed':
      return record.status === 'failed' && !refused;
  }
}

/** The status of a step instance, as people see it. */
export function statusAt(plan: Plan, state: IncidentState, id: string): StepStatus {
  return statusOf(findInstance(plan, state, id)?.record);
}

/** The step becomes ready, for the incident or for one of its systems; taking it up again after a pause is not that. */
export function opens(plan: Plan, { before, after }: Edge, step: string): boolean {
  const perSystem = plan.steps.get(step)?.each !== undefined;
  const ids = perSystem ? Object.keys(after.systems).map((system) => instanceId(step, system)) : [step];
  return ids.some((id) => {
    const was = before && findInstance(plan, before, id)?.record;
    return isOpen(statusAt(plan, after, id)) && !(was && isOpen(was.status));
  });
}
