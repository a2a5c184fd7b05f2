/**
 * What the driver reads of a playbook's source: which facts it knows, where a decision's answers lead, whose work an
 * approval covers. Only hints: the server decides, and a source that cannot be read leaves them empty.
 */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { parse } from 'yaml';

export interface AnswerHint {
  readonly id: string;
  /** Facts that this answer sets. */
  readonly set: Readonly<Record<string, Json>>;
  /** It leads back to an earlier step. */
  readonly repeats: boolean;
}

export interface FactHint {
  readonly type: string;
  readonly options: readonly string[];
}

export interface PlaybookHints {
  /** Undefined when the source could not be read: then nothing is known about the vocabulary. */
  readonly facts: ReadonlyMap<string, FactHint> | undefined;
  readonly answers: ReadonlyMap<string, readonly AnswerHint[]>;
  readonly covers: ReadonlyMap<string, readonly string[]>;
}

export const noHints: PlaybookHints = { facts: undefined, answers: new Map(), covers: new Map() };

export function readHints(source: string): PlaybookHints {
  const root = parsed(source);
  if (!isJsonObject(root) || !Array.isArray(root['facts'])) return noHints;
  const answers = new Map<string, readonly AnswerHint[]>();
  const covers = new Map<string, readonly string[]>();
  walk(root['phases'], (block) => {
    const { decision, approval } = block;
    if (typeof decision === 'string') answers.set(decision, objects(block['answers']).map(answerHint));
    if (typeof approval === 'string') covers.set(approval, texts(block['covers']));
  });
  const facts = objects(root['facts']).map((fact): [string, FactHint] => [
    textOf(fact['id']),
    { type: textOf(fact['type']), options: objects(fact['options']).map(({ id }) => textOf(id)) },
  ]);
  return { facts: new Map(facts), answers, covers };
}

/** Steps repeated for each system have the system in their id; the playbook knows only the step's own. */
export function ofStep<T>(hints: ReadonlyMap<string, T>, stepId: string): T | undefined {
  return hints.get(stepId) ?? [...hints].find(([id]) => isStep(stepId, id))?.[1];
}

/** Whether a step of an incident is this step of the playbook, for whatever system. */
export function isStep(stepId: string, playbookStep: string): boolean {
  return (
    stepId === playbookStep ||
    (stepId.startsWith(playbookStep) && /[^a-z0-9-]/i.test(stepId[playbookStep.length] ?? ''))
  );
}

function answerHint(answer: JsonObject): AnswerHint {
  const set = answer['set'];
  return {
    id: textOf(answer['id']),
    set: isJsonObject(set) ? set : {},
    repeats: answer['repeat'] !== undefined,
  };
}

function walk(value: Json | undefined, visit: (block: JsonObject) => void): void {
  if (Array.isArray(value)) value.forEach((item) => walk(item as Json, visit));
  if (!isJsonObject(value)) return;
  visit(value);
  Object.values(value).forEach((item) => walk(item, visit));
}

function parsed(source: string): Json | undefined {
  try {
    return parse(source) as Json;
  } catch {
    return undefined;
  }
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as Json[]).filter(isJsonObject) : [];
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? (value as Json[]).filter((item) => typeof item === 'string') : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
