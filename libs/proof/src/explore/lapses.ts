/**
 * How approvals that are followed lapse by what is not: a step that counts as done is opened again and done once more, or
 * a fact changes that no guard of the slice reads, or in a way that none can see. Nothing of that is left but the lapse.
 */
import { findInstance, instanceId, type IncidentState, type Instance, type Machines } from '@cordon/engine';
import type { Json } from '@cordon/kernel';
import { factValue, type Playbook } from '@cordon/playbook';
import { isHardDone } from './canonical.js';
import { domainsOf, sameAs, type Domain } from './fact-values.js';
import { factMove, type Move, type People } from './moves.js';
import { subjectsOf, type Subject } from './refusals.js';

/** One event of each kind for each set of approvals that lapses together. O(approvals × what they cover). */
export function lapseMoves(
  machines: Machines,
  people: People,
  state: IncidentState,
  steps: ReadonlySet<string>,
  domains: readonly Domain[],
): readonly Move[] {
  const { plan } = machines;
  const given = givenOf(machines, state, steps);
  if (given.length === 0) return [];
  const moves = new Map<string, Move>();
  const add = (voided: readonly Given[], move: Move): void => {
    const key = [move.event.type, ...voided.map(({ instance }) => instance.id)].join();
    if (voided.length > 0 && !moves.has(key)) moves.set(key, move);
  };
  for (const id of new Set(given.flatMap(({ covered }) => covered))) {
    const event = { type: 'step.reopen', step: id, data: { reason: 'because' } };
    const voided = given.filter(({ covered }) => covered.includes(id));
    add(voided, { event, actor: people.doer, direction: 'back', beside: true });
  }
  for (const fact of new Set(given.flatMap(({ subject }) => subject.facts))) {
    const values = besideGuards(plan.playbook, state, domains, fact);
    // The facts alone bring no refusal back.
    const voided = given.filter(({ stands, subject }) => stands && subject.facts.includes(fact));
    if (values) add(voided, { ...factMove(people, fact, values[0]), beside: true, values });
  }
  return [...moves.values()];
}

/** An approval that somebody has given, refused or left out. */
interface Given {
  readonly instance: Instance;
  readonly subject: Subject;
  readonly stands: boolean;
  /** Instances that it covers and that count as done. */
  readonly covered: readonly string[];
}

function givenOf({ plan }: Machines, state: IncidentState, steps: ReadonlySet<string>): readonly Given[] {
  return [...subjectsOf(plan)].flatMap(([id, subject]) => {
    if (!steps.has(id)) return [];
    const perSystem = plan.steps.get(id)?.each !== undefined;
    return (perSystem ? Object.keys(state.systems) : [undefined]).flatMap((system): Given[] => {
      const instance = findInstance(plan, state, instanceId(id, system));
      const record = instance?.record;
      if (!instance || !record || record.notApplicable) return [];
      if (!isHardDone(record) && (record.approvedBy ?? []).length === 0) return [];
      const covered = subject.steps
        .filter((one) => !steps.has(one))
        .map((one) => instanceId(one, plan.steps.get(one)?.each === undefined ? undefined : system));
      const stands = record.status !== 'failed' && record.status !== 'skipped';
      return [{ instance, subject, stands, covered }];
    });
  });
}

/** Two values between which the fact changes unseen; undefined where the slice sees every change. */
function besideGuards(
  playbook: Playbook,
  state: IncidentState,
  domains: readonly Domain[],
  fact: string,
): readonly [Json, Json] | undefined {
  const read = domains.find((one) => one.fact === fact);
  if (!read) {
    const value = domainsOf(playbook, [{ fact, known: true }])[0]?.values[1];
    return value === undefined ? undefined : [value, 'unknown'];
  }
  const value = factValue(state.facts, fact);
  const other = value === undefined ? undefined : sameAs(playbook, read, value);
  return value === undefined || other === undefined ? undefined : [other, value];
}
