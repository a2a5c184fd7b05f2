import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** Describes the JSON that a route answers with. */
export function Answers(status: number, standardSchema: z.ZodType, description = ''): MethodDecorator {
  return ApiResponse({ status, standardSchema, description });
}

/** Describes an answer that is not JSON. */
export function AnswersFile(...mediaTypes: readonly string[]): MethodDecorator {
  const content = Object.fromEntries(
    mediaTypes.map((type) => [type, { schema: { type: 'string' as const } }]),
  );
  return ApiResponse({ status: 200, description: '', content });
}

/** Describes `{ref}`. */
export function RefParam(): MethodDecorator & ClassDecorator {
  return ApiParam({
    name: 'ref',
    schema: { type: 'string' },
    description: 'The incident, such as `INC-17`.',
  });
}

export function DocumentedKey(required: boolean): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required,
    description: 'Send the same one when you repeat a request: it is done once, and answered as before.',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
  });
}

export function DocumentedIfMatch(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The ETag that you read, such as `"v12"`: refused (412) when the incident has changed since.',
      schema: { type: 'string' },
    }),
  );
}
