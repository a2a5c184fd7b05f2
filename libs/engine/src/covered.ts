/** What an approval is bound to, as it stands in a state: the outcomes of steps, facts, the restore point of a system. */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@cordon/kernel';
import { factValue, type Binding, type Plan, type StepRecord } from '@cordon/playbook';
import { instanceId, recordOf, type Instance } from './instances.js';
import type { IncidentState, LapseCause } from './model.js';

/** One thing that is covered, and what it is now; undefined while there is nothing to approve. */
interface CoveredItem extends LapseCause {
  readonly value: Json | undefined;
}

/** The items that the approval covers. O(covers × systems). */
function itemsOf(plan: Plan, state: IncidentState, instance: Instance): readonly CoveredItem[] {
  const binding = plan.bindings.get(instance.planned.step.id);
  if (!binding) return [];
  const facts = binding.facts.map((id): CoveredItem => ({
    kind: 'fact',
    id,
    value: factValue(state.facts, id),
  }));
  const steps = coveredRecords(plan, state, binding, instance.system).map(({ id, record }): CoveredItem => ({
    kind: 'step',
    id,
    value: outcomeOf(record),
  }));
  return [...facts, ...steps, ...restorePoints(state, binding, instance.system)];
}

interface CoveredRecord {
  readonly id: string;
  readonly record: StepRecord | undefined;
}

/** An approval of the whole incident that covers a step done per system looks at every system. */
export function coveredRecords(
  plan: Plan,
  state: IncidentState,
  { steps }: Binding,
  system: string | undefined,
): readonly CoveredRecord[] {
  return steps.flatMap((step): readonly CoveredRecord[] => {
    const perSystem = plan.steps.get(step)?.each !== undefined;
    const all =
      perSystem && system === undefined ? Object.keys(state.systems) : [perSystem ? system : undefined];
    return all.map((of) => ({ id: instanceId(step, of), record: recordOf(state, step, of) }));
  });
}

/** How the step ended, by whom and when: done again it is another outcome. What is not done is nothing to approve yet. */
function outcomeOf(record: StepRecord | undefined): Json | undefined {
  if (!record || !ENDED.includes(record.status)) return undefined;
  const { status, answer, at, by } = record;
  if (record.notApplicable) return { status: 'not_applicable' };
  return { status, at, ...(answer === undefined ? {} : { answer }), ...(by === undefined ? {} : { by }) };
}

const ENDED: readonly string[] = ['completed', 'skipped', 'failed'];

function restorePoints(
  state: IncidentState,
  { restorePoint }: Binding,
  system: string | undefined,
): readonly CoveredItem[] {
  if (!restorePoint) return [];
  const systems = system === undefined ? Object.keys(state.systems) : [system];
  return systems.map((id) => ({ kind: 'restore_point', id, value: state.systems[id]?.restorePoint }));
}

/**
 * Hex SHA-256 of what the approval covers now, in canonical JSON. Outcomes count without the names of their steps, so
 * that it stays the same when the incident moves to a version of the playbook in which steps are called otherwise.
 */
export function coveredDigest(plan: Plan, state: IncidentState, instance: Instance): string {
  const known = itemsOf(plan, state, instance).filter(({ value }) => value !== undefined);
  const of = (kind: LapseCause['kind']): readonly CoveredItem[] => known.filter((item) => item.kind === kind);
  const named = (kind: LapseCause['kind']): Record<string, Json> =>
    Object.fromEntries(of(kind).map(({ id, value }) => [id, value ?? null]));
  const text = canonicalJson({
    facts: named('fact'),
    outcomes: of('step')
      .map(({ value }) => canonicalJson(value ?? null))
      .sort(),
    restorePoints: named('restore_point'),
  });
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** What of it is not the same in both states. */
export function coveredChanges(
  plan: Plan,
  before: IncidentState,
  after: IncidentState,
  instance: Instance,
): readonly LapseCause[] {
  const was = new Map(itemsOf(plan, before, instance).map((item) => [keyOf(item), item]));
  const now = new Map(itemsOf(plan, after, instance).map((item) => [keyOf(item), item]));
  return [...new Map([...was, ...now])]
    .filter(([key]) => textOf(was.get(key)) !== textOf(now.get(key)))
    .map(([, { kind, id }]) => ({ kind, id }));
}

function keyOf({ kind, id }: CoveredItem): string {
  return `${kind} ${id}`;
}

function textOf(item: CoveredItem | undefined): string {
  return item?.value === undefined ? '' : canonicalJson(item.value);
}
