/** What a person may answer to a step, as far as guards can tell the answers apart. */
import type { Json, JsonObject } from '@cordon/kernel';
import type { Field, Step } from '@cordon/playbook';
import type { Domain } from './fact-values.js';

/** The output of `step.complete`, and the facts of the exploration that it sets. */
export interface StepOutput {
  readonly output?: JsonObject;
  readonly sets: Readonly<Record<string, Json>>;
}

/** More answers than this to one step are not multiplied out: then one field at a time differs, the rest stay plain. */
const MAX_OUTPUTS = 81;

/** Every answer of a decision with every value of the fields that set facts of the exploration. */
export function outputsOf(step: Step, domains: readonly Domain[]): readonly StepOutput[] {
  const choices = step.form.map((field) => valuesFor(field, domains));
  const product = choices.reduce((all, values) => all * values.length, 1);
  const forms = product <= MAX_OUTPUTS ? multiplied(step.form, choices) : oneAtATime(step.form, choices);
  const known = new Set(domains.map(({ fact }) => fact));
  const answers = step.kind === 'decision' ? step.answers : [undefined];
  return answers.flatMap((answer) =>
    forms.map((form): StepOutput => {
      const sets: Record<string, Json> = {};
      const output: Record<string, Json> = answer ? { answer: answer.id } : {};
      step.form.forEach((field, i) => {
        const value = form[i];
        if (value === undefined) return;
        output[field.id] = value;
        if (field.fact !== undefined && known.has(field.fact)) sets[field.fact] = value;
      });
      for (const [fact, value] of Object.entries(answer?.set ?? {})) if (known.has(fact)) sets[fact] = value;
      return { sets, ...(Object.keys(output).length > 0 ? { output } : {}) };
    }),
  );
}

type Values = readonly (Json | undefined)[];

function valuesFor(field: Field, domains: readonly Domain[]): Values {
  const plain = field.required ? [plainValue(field)] : [undefined];
  const domain = field.fact === undefined ? undefined : domains.find(({ fact }) => fact === field.fact);
  if (!domain) return plain;
  const options = field.options.map(({ id }) => id);
  const known = domain.values.filter((value): value is Json => {
    if (value === undefined) return false;
    return field.type !== 'choice' || (typeof value === 'string' && options.includes(value));
  });
  const unknown = field.type === 'yesno' ? ['unknown'] : [];
  const values = [...known, ...unknown, ...(field.required ? [] : [undefined])];
  return values.length > 0 ? values : plain;
}

function plainValue({ type, options }: Field): Json {
  switch (type) {
    case 'text':
    case 'longtext':
      return 'text';
    case 'number':
      return 1;
    case 'yesno':
      return 'unknown';
    case 'choice':
      return options[0]?.id ?? '';
    case 'choices':
      return options.slice(0, 1).map(({ id }) => id);
    case 'time':
      return '2026-01-01T00:00:00Z';
    case 'date':
      return '2026-01-01';
  }
}

function multiplied(form: readonly Field[], choices: readonly Values[]): readonly Values[] {
  return form.reduce<readonly Values[]>(
    (all, _field, i) => all.flatMap((values) => (choices[i] ?? []).map((value) => [...values, value])),
    [[]],
  );
}

function oneAtATime(form: readonly Field[], choices: readonly Values[]): readonly Values[] {
  const plain = form.map((field, i) => (field.required ? choices[i]?.[0] : undefined));
  const others = choices.flatMap((values, i) => values.map((value) => plain.with(i, value)));
  return [plain, ...others];
}
