/** An approval that was refused or has lapsed never leads where an approved one does. */
import { instanceId, isOpen, type IncidentState } from '@cordon/engine';
import { isJsonObject } from '@cordon/kernel';
import { evaluate, type Step } from '@cordon/playbook';
import type { Edge, Obligation, Part } from './obligation.js';
import { statusAt, taken } from './outcome.js';
import { nextAfter, onlyAfter, type Structure } from './structure.js';

/**
 * While an approval stands refused, or has lapsed, and applies, nothing that comes only after it is open, or is done by the machine; nor
 * is the flow over. In a graph a refusal is an end of its own, and each step that only an approved end leads to is asked.
 */
export function refusals(structure: Structure): Part {
  const { plan } = structure;
  const approvals = [...plan.steps.values()].flatMap(({ step }) => (step.kind === 'approval' ? [step] : []));
  const obligations = approvals.flatMap((step): Obligation[] => {
    const after = onlyAfter(structure, step.id);
    const broken = (edge: Edge): boolean =>
      (!step.when || evaluate(step.when, edge.after.facts) !== 'no') &&
      edge.refused.some((refused) => goesOn(structure, edge, refused, step, after));
    const about = {
      property: 'refusal',
      guards: [],
      verdicts: true,
      ask: { kind: 'never', broken },
    } as const;
    if (step.refused !== undefined)
      return [
        {
          ...about,
          breaks: `the flow goes on although the approval ${step.id} was refused or has lapsed`,
          steps: [step.id],
        },
      ];
    return nextAfter(structure, step.id).map((next) => ({
      ...about,
      breaks: `${next} goes on although the approval ${step.id} was refused or has lapsed`,
      steps: [step.id, next],
    }));
  });
  if (approvals.length === 0) return { named: [], obligations };
  return {
    named: [
      {
        id: 'refusal',
        title: 'An approval that was refused or has lapsed never leads where an approved one does',
      },
    ],
    obligations,
  };
}

function goesOn(
  structure: Structure,
  edge: Edge,
  refused: string,
  approval: Extract<Step, { kind: 'approval' }>,
  after: readonly string[],
): boolean {
  const { plan, places } = structure;
  const [step, system] = refused.split('@');
  if (step !== approval.id) return false;
  const onItsWay = (places.get(step)?.owners ?? []).every((owner) => taken(structure, edge.after, owner));
  if (approval.refused !== undefined && onItsWay && isOverFor(edge.after, system)) return true;
  return after.some((id) => {
    const each = plan.steps.get(id)?.each;
    // A gate that an approval has opened stays open, ADR 0002; what counts is that a refusal opens none.
    if (each !== undefined && system === undefined)
      return edge.after.gates.includes(each) && edge.before?.gates.includes(each) === false;
    const one = system === undefined ? id : instanceId(id, system);
    const now = statusAt(plan, edge.after, one);
    const was = edge.before ? statusAt(plan, edge.before, one) : 'cannot_start';
    if (isOpen(now)) return true;
    // What was open before was not opened by this, though the machine end it now.
    return now === 'completed' && was !== 'completed' && !isOpen(was) && edge.event?.step !== one;
  });
}

/** Nothing is left to do: on the incident, or on one of its systems. */
function isOverFor({ value, status, systems: all }: IncidentState, system: string | undefined): boolean {
  if (status === 'closed') return true;
  const of = system === undefined ? value : all[system]?.value;
  return isJsonObject(of) && of.open === (system === undefined ? 'ready-to-close' : 'through');
}
