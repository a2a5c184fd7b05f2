/** A CACAO document as it is met in the field: read member by member, trusting nothing. */
import { escapePointer, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import type { ImportFinding, ImportSeverity } from '../import-result.js';

/** A CACAO 2.0 playbook object (specification section 3.1). */
export type CacaoDocument = JsonObject;

/** What is kept of hostile input: text length, nesting, workflow steps, and findings told of one document. */
export const LIMITS = { chars: 1_000_000, depth: 58, steps: 500, findings: 300 } as const;

/** Rounds of a loop, and tries of a failed step, where the document sets no limit. */
export const LOOP_CAP = 50;

export const STEP_TYPES = [
  'start',
  'end',
  'action',
  'playbook-action',
  'parallel',
  'if-condition',
  'while-condition',
  'switch-condition',
] as const;

/** The member as a text, if it is one and says something. */
export function textOf(object: JsonObject | undefined, name: string): string | undefined {
  const value = object === undefined || !Object.hasOwn(object, name) ? undefined : object[name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

export function objectOf(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object === undefined || !Object.hasOwn(object, name) ? undefined : object[name];
  return isJsonObject(value) ? value : undefined;
}

/** The objects of a list, with their place in it. */
export function objectsOf(object: JsonObject, name: string): readonly (readonly [number, JsonObject])[] {
  return listOf(object, name).flatMap((item, i) => (isJsonObject(item) ? [[i, item] as const] : []));
}

export function textsOf(object: JsonObject, name: string): readonly string[] {
  return listOf(object, name).filter((item) => typeof item === 'string');
}

export function listOf(object: JsonObject | undefined, name: string): readonly Json[] {
  const value = object === undefined || !Object.hasOwn(object, name) ? undefined : object[name];
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function pointerOf(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${escapePointer(String(part))}`).join('');
}

/** The step's place in the document, which is also its `source` in the playbook. */
export function stepPointer(id: string): string {
  return pointerOf('workflow', id);
}

/** A word for a person who reads the finding: the step's name, or its id. */
export function nameOf(step: JsonObject | undefined, id: string): string {
  return `"${shorten(textOf(step, 'name') ?? id, 80)}"`;
}

export function shorten(text: string, length: number): string {
  return text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`;
}

/** The findings so far; what comes after the limit is counted, and errors are always told. */
export class Findings {
  private list: ImportFinding[] = [];
  private seen = new Set<string>();
  private untold = 0;

  add(severity: ImportSeverity, pointer: string, message: string): void {
    const key = `${severity} ${pointer} ${message}`;
    if (this.seen.has(key)) return;
    if (this.list.length >= LIMITS.findings && severity !== 'error') {
      this.untold += 1;
      return;
    }
    this.seen.add(key);
    this.list.push({ severity, message, pointer });
  }

  /** For a second try: what was found since the mark is forgotten. */
  mark(): number {
    return this.list.length;
  }

  backTo(mark: number): void {
    this.list = this.list.slice(0, mark);
    this.seen = new Set(
      this.list.map(({ severity, pointer, message }) => `${severity} ${pointer} ${message}`),
    );
  }

  get refused(): boolean {
    return this.list.some(({ severity }) => severity === 'error');
  }

  all(): readonly ImportFinding[] {
    if (this.untold === 0) return this.list;
    const message = `${this.untold} further warnings and notes are not listed`;
    return [...this.list, { severity: 'note', message, pointer: '' }];
  }
}
