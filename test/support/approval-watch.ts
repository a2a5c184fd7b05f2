/** What people saw when they approved, remembered apart from the engine, and held against every later state. */
import { instanceId, instances, type IncidentState, type Instance, type Machines } from '@cordon/engine';
import { canonicalJson, type Json } from '@cordon/kernel';
import { factValue, type StepRecord } from '@cordon/playbook';

export class ApprovalWatch {
  private readonly seen = new Map<string, { readonly first: number; readonly text: string }>();
  /** Approvals that were given and are not any more. */
  lapses = 0;

  /** Sentences on approvals that stand for something else than what was approved. O(steps). */
  look({ plan }: Machines, state: IncidentState): readonly string[] {
    const faults: string[] = [];
    for (const one of instances(plan, state)) {
      if (one.planned.step.kind !== 'approval') continue;
      const [first] = one.record?.approvals ?? [];
      const stands =
        first !== undefined && one.record?.status !== 'failed' && one.record?.status !== 'skipped';
      const before = this.seen.get(one.id);
      if (!stands) {
        if (before) this.lapses += 1;
        this.seen.delete(one.id);
        continue;
      }
      const text = coveredText(plan.steps, state, one);
      if (before?.first === first.at && before.text !== text)
        faults.push(`${one.id} stands approved, and covers ${text} instead of ${before.text}`);
      if (before?.first !== first.at) this.seen.set(one.id, { first: first.at, text });
    }
    return faults;
  }

  /** The incident has moved to another version: what stands there is looked at anew. */
  forget(): void {
    this.seen.clear();
  }
}

/** Written from the description of the language, not from the engine. */
function coveredText(
  steps: Machines['plan']['steps'],
  state: IncidentState,
  { planned: { step }, system }: Instance,
): string {
  if (step.kind !== 'approval') return '';
  const out: Record<string, Json> = {};
  const facts = new Set(step.facts);
  const note = (id: string, of: string | undefined, record: StepRecord | undefined): void => {
    if (!record || !['completed', 'skipped', 'failed'].includes(record.status)) return;
    const { status, at, by = null, answer = null } = record;
    out[instanceId(id, of)] = record.notApplicable ? 'passed over' : { status, at, by, answer };
  };
  for (const id of step.covers) {
    const covered = steps.get(id);
    for (const { fact } of covered?.step.form ?? []) if (fact !== undefined) facts.add(fact);
    if (covered?.step.kind === 'decision')
      for (const { set } of covered.step.answers) Object.keys(set).forEach((fact) => facts.add(fact));
    if (covered?.each === undefined) note(id, undefined, state.steps[id]);
    else
      for (const [of, { steps: own }] of Object.entries(state.systems))
        if (system === undefined || system === of) note(id, of, own[id]);
  }
  for (const fact of facts) out[`fact ${fact}`] = factValue(state.facts, fact) ?? null;
  return canonicalJson(out);
}
