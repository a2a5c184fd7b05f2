/** The output of a step: its JSON Schema for programs, and the reading of what somebody sent. */
import { fromIso, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import type { Fact, Field, Plan, Step, Text } from '@cordon/playbook';
import type { FieldError } from './model.js';

export interface Output {
  readonly answer?: string;
  readonly facts: Readonly<Record<string, Json>>;
  /** From the field `restorePoint` of a system's step. */
  readonly restorePoint?: string;
}

const MAX_TEXT = 4_000;
const MAX_LONG_TEXT = 20_000;
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
    properties.answer = { title: inLanguage(step.title, language), enum: step.answers.map((answer) => answer.id) };
    required.push('answer');
  }
  for (const field of step.form) {
    const about = { title: inLanguage(field.title, language), ...(field.fact === undefined ? {} : { 'x-fact': field.fact }) };
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
  const named = { 'x-options': field.options.map(({ id, title }) => ({ id, title: inLanguage(title, language) })) };
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
      return { type: 'array', items: { type: 'string', enum: ids }, uniqueItems: true, ...named, ...(field.required ? { minItems: 1 } : {}) };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'date':
      return { type: 'string', format: 'date' };
  }
}

/** Reads what was sent as output. Every problem is named with its place; nothing unknown passes. */
export function readOutput(plan: Plan, step: Step, raw: Json | undefined): Output | { readonly errors: readonly FieldError[] } {
  if (raw !== undefined && !isJsonObject(raw)) return { errors: [{ pointer: POINTER, message: 'output is an object of answers by field' }] };
  const output = raw ?? {};
  const errors: FieldError[] = [];
  const facts: Record<string, Json> = {};
  const answer = step.kind === 'decision' ? step.answers.find((one) => one.id === output.answer) : undefined;
  if (step.kind === 'decision') {
    if (!answer) errors.push({ pointer: `${POINTER}/answer`, message: `answer with one of ${step.answers.map((one) => one.id).join(', ')}` });
    Object.assign(facts, answer?.set ?? {});
  }
  const fields = new Map(step.form.map((field) => [field.id, field]));
  for (const key of Object.keys(output)) {
    if (!fields.has(key) && !(step.kind === 'decision' && key === 'answer')) {
      errors.push({ pointer: `${POINTER}/${escapePointer(key)}`, message: unknownField(key, [...fields.keys()]) });
    }
  }
  for (const field of step.form) {
    const value = normal(field, output[field.id]);
    if (value === undefined) {
      if (field.required) errors.push({ pointer: `${POINTER}/${field.id}`, message: `${field.id} is required` });
      continue;
    }
    const problem = fieldProblem(field, value);
    if (problem) errors.push({ pointer: `${POINTER}/${field.id}`, message: problem });
    else if (field.fact !== undefined) facts[field.fact] = value;
  }
  if (errors.length > 0) return { errors };
  const restorePoint = output.restorePoint;
  return {
    facts: Object.fromEntries(Object.entries(facts).map(([id, value]) => [id, normalFact(plan, id, value)])),
    ...(answer ? { answer: answer.id } : {}),
    ...(typeof restorePoint === 'string' ? { restorePoint } : {}),
  };
}

function unknownField(key: string, known: readonly string[]): string {
  return known.length === 0 ? `this step has no field "${key}"` : `this step has no field "${key}"; its fields are ${known.join(', ')}`;
}

/** Absent, null and empty text all mean "not given"; a yes/no may come as a boolean. */
function normal(field: Field, value: Json | undefined): Json | undefined {
  if (value === null || value === '' || value === undefined) return undefined;
  return field.type === 'yesno' && typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
}

function fieldProblem(field: Field, value: Json): string | undefined {
  const ids = field.options.map((option) => option.id);
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
      return typeof value === 'string' && ids.includes(value) ? undefined : `choose one of ${ids.join(', ')}`;
    case 'choices': {
      const all = Array.isArray(value) && value.every((one) => typeof one === 'string' && ids.includes(one));
      return all && new Set(value as readonly Json[]).size === (value as readonly Json[]).length ? undefined : `choose from ${ids.join(', ')}, each once`;
    }
    case 'time':
      return typeof value === 'string' && fromIso(value) !== undefined ? undefined : 'give a date and time with its offset, such as 2026-03-24T10:00:00+08:00';
    case 'date':
      return typeof value === 'string' && isDate(value) ? undefined : 'give a date such as 2026-03-24';
  }
}

function textProblem(value: Json, max: number): string | undefined {
  if (typeof value !== 'string') return 'give text';
  if (!value.isWellFormed()) return 'the text holds half a character (a lone surrogate)';
  return value.length > max ? `at most ${max} characters` : undefined;
}

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A fact's value in its one spelling: yes/no as words; `unknown` and null as `unknown`. */
export function normalFact(plan: Plan, id: string, value: Json): Json {
  if (value === null || value === 'unknown') return 'unknown';
  const type = plan.playbook.facts.find((fact) => fact.id === id)?.type;
  return type === 'yesno' && typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
}

/** Why the value does not fit the fact; undefined when it does. Every fact may be unknown. */
export function factProblem(fact: Fact, value: Json): string | undefined {
  if (value === null || value === 'unknown') return undefined;
  switch (fact.type) {
    case 'yesno':
      return typeof value === 'boolean' || value === 'yes' || value === 'no' ? undefined : `${fact.id} is yes, no or unknown`;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : `${fact.id} is a number, or unknown`;
    case 'text':
      return textProblem(value, MAX_LONG_TEXT);
    case 'choice': {
      const ids = fact.options.map((option) => option.id);
      return typeof value === 'string' && ids.includes(value) ? undefined : `${fact.id} is one of ${ids.join(', ')}, or unknown`;
    }
    case 'time':
      return typeof value === 'string' && fromIso(value) !== undefined ? undefined : `${fact.id} is a date and time with its offset, or unknown`;
  }
}
