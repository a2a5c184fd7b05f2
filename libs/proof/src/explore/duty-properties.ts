/** What must be done or hold before closing beside the steps: duties, conditions, and the regulator for personal data. */
import type { IncidentState } from '@cordon/engine';
import { evaluate, type Guard } from '@cordon/playbook';
import { isClosing, type Edge, type Named, type Obligation, type Part } from './obligation.js';
import { recordsOf } from './outcome.js';
import type { Structure } from './structure.js';
import { settlersOf } from './world.js';

const PERSONAL_DATA = 'personalData';
const REGULATOR_DUTY = 'privacy-regulator';

/** A step performs it, or an answer that stands waives it. */
function isSettled({ plan }: Structure, state: IncidentState, duty: string): boolean {
  return [...plan.steps].some(([id, { step, each }]) =>
    recordsOf(state, id, each).some((record) => {
      if (record?.status !== 'completed') return false;
      const answer =
        step.kind === 'decision' ? step.answers.find((one) => one.id === record.answer) : undefined;
      return step.duty === duty || answer?.waives === duty;
    }),
  );
}

/** Each duty is settled before closing, and the flow is never over while one stands. */
export function duties(structure: Structure): Part {
  const { playbook, steps } = structure.plan;
  const named: Named[] = [];
  const obligations = playbook.duties.flatMap((duty): Obligation[] => {
    const property = `duty:${duty.id}`;
    named.push({ id: property, title: `The duty ${duty.id} cannot be left out` });
    const stands = (state: IncidentState): boolean =>
      (!duty.when || evaluate(duty.when, state.facts) !== 'no') && !isSettled(structure, state, duty.id);
    const about = { property, steps: settlersOf(steps, duty.id), guards: duty.when ? [duty.when] : [] };
    return [
      {
        ...about,
        breaks: `the incident closes while the duty ${duty.id} is neither performed nor waived`,
        ask: { kind: 'never', broken: (edge) => isClosing(edge) && stands(edge.after), atClose: true },
      },
      {
        ...about,
        breaks: `the flow is over while the duty ${duty.id} stands, and no step is left to perform it`,
        ask: { kind: 'goes-on', factsStand: true },
      },
    ];
  });
  return { named, obligations };
}

/** Each condition of closing holds at close. */
export function closure({ plan }: Structure): Part {
  const { closure: conditions } = plan.playbook;
  return {
    named: conditions.map(({ id }) => ({
      id: `closure:${id}`,
      title: `The incident closes only when ${id} holds`,
    })),
    obligations: conditions.map(({ id, when }) => ({
      property: `closure:${id}`,
      breaks: `the incident closes while ${id} does not hold`,
      steps: [],
      guards: [when],
      ask: {
        kind: 'never',
        broken: (edge) => isClosing(edge) && evaluate(when, edge.after.facts) !== 'yes',
        atClose: true,
      },
    })),
  };
}

/** While personal data may have leaked, the regulator is told, or somebody has decided otherwise. */
export function personalData(structure: Structure): Part {
  const { playbook, steps } = structure.plan;
  const property = 'personal-data';
  const fact = playbook.facts.find(({ id, type }) => id === PERSONAL_DATA && type === 'yesno');
  if (!fact) return { named: [], obligations: [] };
  const duty = playbook.duties.find(({ id }) => id === REGULATOR_DUTY);
  if (!duty) return { named: [], obligations: [], notices: [{ property, message: UNDECLARED }] };
  const guard: Guard = { fact: PERSONAL_DATA, is: 'no' };
  const broken = (edge: Edge): boolean => {
    const { facts } = edge.after;
    if (!isClosing(edge) || evaluate(guard, facts) === 'yes' || isSettled(structure, edge.after, duty.id))
      return false;
    // Where the duty would not exist even if personal data had leaked, another fact has settled it.
    const leaked = { ...facts, [PERSONAL_DATA]: { value: 'yes', at: 0 } };
    return !duty.when || evaluate(duty.when, leaked) !== 'no';
  };
  return {
    named: [{ id: property, title: 'Unknown personal data is never taken for none' }],
    obligations: [
      {
        property,
        breaks:
          'the incident closes while personal data may have leaked and the regulator was neither told nor ruled out',
        steps: settlersOf(steps, duty.id),
        guards: [guard, ...(duty.when ? [duty.when] : [])],
        ask: { kind: 'never', broken, atClose: true },
      },
    ],
  };
}

const UNDECLARED =
  `the playbook has the fact ${PERSONAL_DATA} and does not say which step tells the regulator: declare ` +
  `duties: [{id: ${REGULATOR_DUTY}, title: …, when: {fact: ${PERSONAL_DATA}, is: yes}}] and give that step duty: ${REGULATOR_DUTY}`;
