/** What a walk tries on an open step, best first. */
import { factValue, type DecisionStep, type Step } from '@cordon/playbook';
import type { IncidentEvent, Instance } from '@cordon/engine';
import type { JsonObject } from '@cordon/kernel';
import { outputOf, own, type AnswerContext } from './answers.js';
import type { Simulation } from './simulation.js';

/** So often a decision may lead back; from then on a walk goes forward, even against what the facts say. */
const STRAYING = 2;

/** Events that would bring the step forward, the one wanted first. The engine has the last word on each. */
export function eventsFor(
  simulation: Simulation,
  { id, planned, record }: Instance,
  context: AnswerContext,
): readonly IncidentEvent[] {
  const { step } = planned;
  const event = (type: string, data?: JsonObject): IncidentEvent => ({
    type,
    step: id,
    ...(data && Object.keys(data).length > 0 ? { data } : {}),
  });
  const evidence = evidenceFor(simulation, id, step);
  if (evidence) return [evidence];
  const asides = asidesFor(simulation, id, step, planned.failable === true, context).map(([type, reason]) =>
    event(type, { reason }),
  );
  if (step.kind === 'approval') {
    return [...asides, event('approval.approve'), event('approval.refuse', { reason: 'Simulated: not yet' })];
  }
  const output = outputOf(step, context);
  if (step.kind === 'decision') {
    return answersOf(simulation, id, step, context).map((answer) =>
      event('step.complete', { output: { ...output, answer } }),
    );
  }
  const again =
    step.kind === 'action' && record?.status === 'problem' && timesOf(simulation, 'step.start', id) < 2;
  const complete = event('step.complete', Object.keys(output).length === 0 ? {} : { output });
  return [...(again ? [event('step.start')] : []), ...asides, complete];
}

function evidenceFor({ state }: Simulation, id: string, { evidence }: Step): IncidentEvent | undefined {
  const count = state.evidence?.[id] ?? 0;
  if (!evidence || count >= evidence.min) return undefined;
  return { type: 'evidence.add', step: id, data: { name: `Simulated item ${count + 1}` } };
}

/** What chance may do instead of the ordinary: leave out, fail, refuse. Each at most once a step. */
function asidesFor(
  simulation: Simulation,
  id: string,
  step: Step,
  failable: boolean,
  { chance }: AnswerContext,
): readonly (readonly [string, string])[] {
  if (!chance) return [];
  const reason = step.skip?.reasons[0]?.id ?? 'Simulated: not needed';
  const may: readonly (readonly [boolean, number, string, string])[] = [
    [step.kind === 'approval', 0.2, 'approval.refuse', 'Simulated: do it again'],
    [!step.mandatory, 0.3, 'step.skip', reason],
    [failable, 0.15, 'step.fail', 'Simulated: it did not work'],
  ];
  return may
    .filter(([can, odds, type]) => can && chance.next() < odds && timesOf(simulation, type, id) === 0)
    .map(([, , type, text]) => [type, text] as const);
}

/**
 * What was told first; then, by chance or in the written order, what agrees with the facts and leads forward. Where
 * the only answer that agrees leads back for ever, leading forward comes first after a few turns: every walk ends.
 */
function answersOf(
  simulation: Simulation,
  id: string,
  step: DecisionStep,
  context: AnswerContext,
): readonly string[] {
  const times = timesOf(simulation, 'step.complete', id);
  const told = own(context.choices.answers, step.id) ?? [];
  const wanted = told[Math.min(times, told.length - 1)];
  const costOfLeadingBack = times >= STRAYING ? 1_000 : context.chance ? 0 : 1;
  const rank = ({ set, repeat, again }: DecisionStep['answers'][number]): number => {
    const back = repeat === undefined && again === undefined ? 0 : costOfLeadingBack;
    return back + 2 * Object.entries(set).filter(([fact, value]) => contradicts(fact, value, context)).length;
  };
  const answers = context.chance ? context.chance.shuffled(step.answers) : step.answers;
  const ranked = [...answers].sort((a, b) => rank(a) - rank(b)).map((answer) => answer.id);
  return wanted === undefined ? ranked : [wanted, ...ranked.filter((answer) => answer !== wanted)];
}

function contradicts(fact: string, value: unknown, { choices, state }: AnswerContext): boolean {
  const known = own(choices.facts, fact) ?? factValue(state.facts, fact);
  return known !== undefined && known !== value;
}

/** How often an event of this type was accepted for the step. */
function timesOf({ events }: Simulation, type: string, id: string): number {
  return events.filter(
    ({ event, outcome }) => event.type === type && event.step === id && outcome === 'accepted',
  ).length;
}
