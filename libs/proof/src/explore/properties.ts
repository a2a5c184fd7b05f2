/**
 * What is proved of a playbook: its own list, and what the author adds. A property is taken apart into obligations,
 * each about as few steps as possible; it holds when all of them do.
 */
import type { IncidentState } from '@cordon/engine';
import { evaluate, isDone, type Plan, type StepRecord } from '@cordon/playbook';
import { closure, duties, personalData } from './duty-properties.js';
import type { Notice } from './model.js';
import { isClosing, type Edge, type Named, type Obligation, type Part } from './obligation.js';
import { opens, recordsOf, taken } from './outcome.js';
import { refusals } from './refusal-property.js';
import type { Structure } from './structure.js';
import { unlocks } from './unlocking-property.js';
import { settlersOf } from './world.js';

/** All that is asked of one playbook. */
export interface Properties {
  readonly named: readonly Named[];
  readonly obligations: readonly Obligation[];
  readonly notices: readonly Notice[];
}

/** Everything that is asked of this playbook; whether locked steps are `explained` only if wanted. A new kind of property is added here and nowhere else. O(steps²). */
export function propertiesOf(structure: Structure, explained: boolean): Properties {
  const parts = [
    closes(structure),
    mandatory(structure),
    systems(structure),
    duties(structure),
    closure(structure),
    refusals(structure),
    personalData(structure),
    authors(structure),
    ...(explained ? [unlocks(structure)] : []),
  ];
  return {
    named: parts.flatMap(({ named }) => named),
    obligations: parts.flatMap(({ obligations }) => obligations),
    notices: parts.flatMap(({ notices }) => notices ?? []),
  };
}

/** `closes` and `dead-end`, step by step, duty by duty, and once for the conditions of closing alone. */
function closes({ plan }: Structure): Part {
  const inFlow = [...plan.steps].filter(([, { anytime }]) => !anytime).map(([id]) => [id]);
  const settling = plan.playbook.duties.map(({ id }) => settlersOf(plan.steps, id));
  const obligations = [...inFlow, ...settling, []].flatMap((steps): Obligation[] => {
    const at = steps.length === 0 ? '' : ` (${steps.join()} is in the way)`;
    return [
      {
        property: 'closes',
        breaks: `from here no run leads to closed${at}`,
        steps,
        guards: [],
        ask: { kind: 'closes' },
      },
      {
        property: 'dead-end',
        breaks: `nothing is left that anybody could do${at}`,
        steps,
        guards: [],
        ask: { kind: 'goes-on', factsStand: false },
      },
    ];
  });
  return {
    named: [
      { id: 'closes', title: 'From every state some run leads to closed' },
      { id: 'dead-end', title: 'In every state there is something to do' },
    ],
    obligations,
  };
}

function mandatory(structure: Structure): Part {
  const { plan, places } = structure;
  const obligations = [...plan.steps]
    .filter(([, { step, anytime }]) => step.mandatory && !anytime)
    .map(([id, { step, each }]): Obligation => {
      const owners = places.get(id)?.owners ?? [];
      const leftOut = (state: IncidentState, record: StepRecord | undefined): boolean =>
        !isOver(plan, id, record) &&
        (!step.when || evaluate(step.when, state.facts) !== 'no') &&
        owners.every((owner) => taken(structure, state, owner));
      const broken = (edge: Edge): boolean =>
        isClosing(edge) && recordsOf(edge.after, id, each).some((record) => leftOut(edge.after, record));
      return {
        property: 'mandatory',
        breaks: `the incident closes while the mandatory step ${id} is left out`,
        steps: [id],
        guards: step.when ? [step.when] : [],
        ask: { kind: 'never', broken, atClose: true },
      };
    });
  return { named: [{ id: 'mandatory', title: 'No mandatory step can be left out' }], obligations };
}

/** Completed, or failed where the playbook says what follows. */
function isOver(plan: Plan, id: string, record: StepRecord | undefined): boolean {
  return record?.status === 'completed' || (record?.status === 'failed' && mayFail(plan, id));
}

function mayFail(plan: Plan, id: string): boolean {
  const step = plan.steps.get(id)?.step;
  return plan.steps.get(id)?.failable === true || (step?.kind === 'approval' && step.refused === undefined);
}

/** What surrounds an incident and must be through before it closes. Obligations and affected parties belong here as well. */
function systems({ plan }: Structure): Part {
  const obligations = [...plan.steps]
    .filter(([, { each }]) => each !== undefined)
    .map(([id, { step }]): Obligation => {
      const open = (state: IncidentState): boolean =>
        Object.values(state.systems).some(
          ({ steps }) => !isDone(steps[id], step.when ? evaluate(step.when, state.facts) : 'yes'),
        );
      return {
        property: 'systems',
        breaks: `the incident closes while ${id} is not done for an affected system`,
        steps: [id],
        guards: step.when ? [step.when] : [],
        ask: { kind: 'never', broken: (edge) => isClosing(edge) && open(edge.after), atClose: true },
      };
    });
  if (obligations.length === 0) return { named: [], obligations };
  return { named: [{ id: 'systems', title: 'Closing waits for every affected system' }], obligations };
}

/** The author's own: when `at` is reached, what it needs is completed, or was left out by a person. */
function authors({ plan }: Structure): Part {
  const { properties } = plan.playbook;
  const isMet = (state: IncidentState, id: string): boolean =>
    recordsOf(state, id, plan.steps.get(id)?.each).every(
      (record) => record?.status === 'completed' || (record?.status === 'skipped' && !record.notApplicable),
    );
  return {
    named: properties.map(({ id }) => ({ id: `property:${id}`, title: `What the author asks: ${id}` })),
    obligations: properties.map(({ id, at, needs, when }) => {
      const missing = ({ facts, ...state }: IncidentState): boolean =>
        (!when || evaluate(when, facts) !== 'no') && needs.some((need) => !isMet({ facts, ...state }, need));
      const broken = (edge: Edge): boolean =>
        (at === 'close' ? isClosing(edge) : opens(plan, edge, at)) && missing(edge.after);
      return {
        property: `property:${id}`,
        breaks: `${at} is reached before ${needs.join(' and ')} ${needs.length > 1 ? 'are' : 'is'} done`,
        steps: at === 'close' ? needs : [at, ...needs],
        guards: when ? [when] : [],
        ask: { kind: 'never', broken, ...(at === 'close' ? { atClose: true as const } : {}) },
      };
    }),
  };
}
