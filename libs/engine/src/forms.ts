/** The output of a step: its JSON Schema for programs, and the reading of what somebody sent. */
import {
  escapePointer,
  fromIso,
  isIsoDate,
  isJsonObject,
  textFlaw,
  type Json,
  type JsonObject,
} from '@cordon/kernel';
import { MAX_FACT_TEXT, type Field, type Plan, type Step, type Text } from '@cordon/playbook';
import type { FieldError } from './model.js';

export interface Output {
  readonly answer?: string;
  readonly facts: Readonly<Record<string, Json>>;
  /** From the field `restorePoint` of a system's step. */
  readonly restorePoint?: string;
}

const MAX_TEXT = 4_000;
/** A long text may become a fact. */
const MAX_LONG_TEXT = MAX_FACT_TEXT;
const YES_NO = ['yes', 'no', 'unknown'];
const POINTER = '/data/output';

/** The text in the wanted language, else in English, else in the first there is. */
export function inLanguage(text: Text, language: string): string {
  return text[language] ?? text.en ?? Object.values(text)[0] ?? '';
}

/** JSON Schema (2020-12) of `data.output` of `step.complete`; undefined when the step asks for nothing. */
export function formSchema(step: Step, language: string): JsonObject | undefined {
  const properties: Record<string, Json> = {};
  const required: string[] = [];
  if (step.kind === 'decision') {
    properties.answer = {
      title: inLanguage(step.title, language),
      enum: step.answers.map((answer) => answer.id),
    };
    required.push('answer');
  }
  for (const field of step.form) {
    const about = {
      title: inLanguage(field.title, language),
      ...(field.fact === undefined ? {} : { 'x-fact': field.fact }),
    };
    properties[field.id] = { ...about, ...fieldSchema(field, language) };
    if (field.required) required.push(field.id);
  }
  if (Object.keys(properties).length === 0) return undefined;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field, language: string): JsonObject {
  const ids = field.options.map((option) => option.id);
  const named = {
    'x-options': field.options.map(({ id, title }) => ({ id, title: inLanguage(title, language) })),
  };
  const atLeast = field.required ? { minLength: 1 } : {};
  switch (field.type) {
    case 'text':
      return { type: 'string', maxLength: MAX_TEXT, ...atLeast };
    case 'longtext':
      return { type: 'string', maxLength: MAX_LONG_TEXT, ...atLeast };
    case 'number':
      return { type: 'number' };
    case 'yesno':
      return { type: 'string', enum: YES_NO };
    case 'choice':
      return { type: 'string', enum: ids, ...named };
    case 'choices':
      return {
        type: 'array',
        items: { type: 'string', enum: ids },
        uniqueItems: true,
        ...named,
        ...(field.required ? { minItems: 1 } : {}),
      };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'date':
      return { type: 'string', format: 'date' };
  }
}

/**
 * Reads what was sent as output. Every problem is named with its place, JSON pointers from the request's body; nothing
 * unknown passes. Facts come back in their one spelling, those that the answer sets included.
 */
export function readOutput(
  plan: Plan,
  step: Step,
  raw: Json | undefined,
): Output | { readonly errors: readonly FieldError[] } {
  if (raw !== undefined && !isJsonObject(raw)) {
    return { errors: [{ pointer: POINTER, message: 'output is an object of answers by field' }] };
  }
  const output = raw ?? {};
  const errors: FieldError[] = [];
  const facts: Record<string, Json> = {};
  const answer = readAnswer(step, output, facts, errors);
  unknownMembers(step, output, errors);
  for (const field of step.form) readField(field, output[field.id], facts, errors);
  if (errors.length > 0) return { errors };
  for (const [id, value] of Object.entries(facts)) facts[id] = normalFact(plan, id, value);
  const { restorePoint } = output;
  return {
    facts,
    ...(answer === undefined ? {} : { answer }),
    ...(typeof restorePoint === 'string' && restorePoint !== '' ? { restorePoint } : {}),
  };
}

/** A decision's answer; what it sets is added to the facts. */
function readAnswer(
  step: Step,
  output: JsonObject,
  facts: Record<string, Json>,
  errors: FieldError[],
): string | undefined {
  if (step.kind !== 'decision') return undefined;
  const answer = step.answers.find((one) => one.id === output.answer);
  if (!answer) {
    const known = step.answers.map((one) => one.id).join(', ');
    errors.push({ pointer: `${POINTER}/answer`, message: `answer with one of ${known}` });
  }
  Object.assign(facts, answer?.set);
  return answer?.id;
}

function unknownMembers(step: Step, output: JsonObject, errors: FieldError[]): void {
  for (const key of Object.keys(output)) {
    if (step.form.some((field) => field.id === key)) continue;
    if (step.kind === 'decision' && key === 'answer') continue;
    const known = step.form.map((field) => field.id).join(', ');
    errors.push({
      pointer: `${POINTER}/${escapePointer(key)}`,
      message: `this step has no field "${key}"${known === '' ? '' : `; its fields are ${known}`}`,
    });
  }
}

function readField(
  field: Field,
  raw: Json | undefined,
  facts: Record<string, Json>,
  errors: FieldError[],
): void {
  const pointer = `${POINTER}/${field.id}`;
  const value = normal(field, raw);
  if (value === undefined) {
    if (field.required) errors.push({ pointer, message: `${field.id} is required` });
    return;
  }
  const message = fieldProblem(field, value);
  if (message !== undefined) errors.push({ pointer, message });
  else if (field.fact !== undefined) facts[field.fact] = value;
}

/** Absent, null and blank text all mean "not given"; a yes/no may come as a boolean. */
function normal(field: Field, value: Json | undefined): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() === '') return undefined;
  return field.type === 'yesno' && typeof value === 'boolean' ? yesNo(value) : value;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function fieldProblem(field: Field, value: Json): string | undefined {
  switch (field.type) {
    case 'text':
      return textProblem(value, MAX_TEXT);
    case 'longtext':
      return textProblem(value, MAX_LONG_TEXT);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'give a number';
    case 'yesno':
      return typeof value === 'string' && YES_NO.includes(value) ? undefined : 'answer yes, no or unknown';
    case 'choice':
      return isOption(field, value) ? undefined : `choose one of ${optionsOf(field)}`;
    case 'choices':
      return choicesProblem(field, value);
    case 'time':
      return typeof value === 'string' && fromIso(value) !== undefined
        ? undefined
        : 'give a date and time with its offset, such as 2026-03-24T10:00:00+08:00';
    case 'date':
      return typeof value === 'string' && isIsoDate(value) ? undefined : 'give a date such as 2026-03-24';
  }
}

function isOption({ options }: Field, value: Json): boolean {
  return options.some((option) => option.id === value);
}

function optionsOf({ options }: Field): string {
  return options.map((option) => option.id).join(', ');
}

function choicesProblem(field: Field, value: Json): string | undefined {
  const chosen: readonly Json[] = Array.isArray(value) ? value : [null];
  const fits = chosen.every((one) => isOption(field, one)) && new Set(chosen).size === chosen.length;
  if (!fits) return `choose from ${optionsOf(field)}, each once`;
  return field.required && chosen.length === 0 ? `choose at least one of ${optionsOf(field)}` : undefined;
}

function textProblem(value: Json, max: number): string | undefined {
  if (typeof value !== 'string') return 'give text';
  return value.length > max ? `at most ${max} characters` : textFlaw(value);
}

/** A fact's value in its one spelling: yes/no as words; `unknown` and null as `unknown`. */
export function normalFact(plan: Plan, id: string, value: Json): Json {
  if (value === null || value === 'unknown') return 'unknown';
  if (typeof value !== 'boolean') return value;
  const type = plan.playbook.facts.find((fact) => fact.id === id)?.type;
  return type === 'yesno' ? yesNo(value) : value;
}
