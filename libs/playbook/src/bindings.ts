/** What approvals are bound to: when any of it changes afterwards, what was approved is no longer what there is. */
import type { ApprovalStep, Step } from './model.js';

/** The outcomes, facts and restore points that an approval covers. */
export interface Binding {
  readonly steps: readonly string[];
  /** Those that the approval names, and those that the covered steps set. */
  readonly facts: readonly string[];
  /** A covered step chooses the restore point of its system. */
  readonly restorePoint: boolean;
}

/** Of every approval. O(steps). */
export function bindingsOf(
  steps: ReadonlyMap<string, { readonly step: Step }>,
): ReadonlyMap<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const { step } of steps.values()) {
    if (step.kind === 'approval') bindings.set(step.id, bindingOf(step, steps));
  }
  return bindings;
}

function bindingOf(
  { covers, facts }: ApprovalStep,
  steps: ReadonlyMap<string, { readonly step: Step }>,
): Binding {
  const covered = covers.flatMap((id) => steps.get(id)?.step ?? []);
  return {
    steps: covers,
    facts: [...new Set([...facts, ...covered.flatMap(factsSetBy)])],
    restorePoint: covered.some(({ form }) => form.some(({ id }) => id === 'restorePoint')),
  };
}

function factsSetBy(step: Step): readonly string[] {
  const answers = step.kind === 'decision' ? step.answers : [];
  return [...step.form.flatMap(({ fact }) => fact ?? []), ...answers.flatMap(({ set }) => Object.keys(set))];
}
