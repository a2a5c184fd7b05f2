import type { FieldProblem } from '@cordon/contracts';
import { Body, Query, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { pointerOf } from './pointer.js';
import { ProblemError, say } from './problem-error.js';

/** Issues reported in one answer. */
const maxIssues = 50;

/** Checks a parameter against the contract's schema; what does not fit is answered 422 with pointers. */
export class SchemaPipe implements PipeTransform {
  constructor(private readonly schema: z.ZodType) {}

  transform(value: unknown): unknown {
    const { success, data, error } = this.schema.safeParse(value);
    if (success) return data;
    throw invalidRequest(error.issues.flatMap(fieldProblems));
  }
}

/** Parameter: the body, checked. The schema is named to Nest too, for the API's description. */
export function CheckedBody(schema: z.ZodType): ParameterDecorator {
  return Body({ schema, pipes: [new SchemaPipe(schema)] });
}

/** Parameter: the query, checked. */
export function CheckedQuery(schema: z.ZodType): ParameterDecorator {
  return Query({ schema, pipes: [new SchemaPipe(schema)] });
}

export function invalidRequest(errors: readonly FieldProblem[]): ProblemError {
  const [first] = errors;
  const text = first
    ? `${first.pointer || 'The request'} ${first.message}`
    : 'The request does not fit its schema';
  return new ProblemError(
    'invalid_request',
    say(`${text}.`, `${first?.pointer || '請求'}：不符合規格（${first?.message ?? ''}）。`),
    {
      errors: errors.slice(0, maxIssues),
    },
  );
}

/** One entry a fault; an unknown field is pointed at itself, not at the object that holds it. */
function fieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), message: 'is not a known field' }));
  }
  return [{ pointer: pointerOf(path), message: messageOf(issue.message) }];
}

function messageOf(message: string): string {
  if (message.endsWith('received undefined')) return 'is required';
  return message.replace(/^Invalid (?:input|option|string): /, '').replace(/^Too (?:big|small): /, '');
}
