/** Zod schemas of the document as written. Strict: an unknown key is an error, never ignored. */
import { durationMs } from '@cordon/kernel';
import { z } from 'zod';

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'use lower-case letters, digits and hyphens, starting with a letter');
const factId = z.string().regex(/^[a-z][A-Za-z0-9]{0,63}$/, 'use a camelCase word of letters and digits');
const text = z.record(z.string(), z.string().min(1).max(8000)).meta({ id: 'Text' });
const json = z.json();

const duration = z.string().transform((value, ctx) => {
  const ms = durationMs(value);
  if (ms === undefined) {
    ctx.addIssue({
      code: 'custom',
      message: `"${value}" is not an ISO 8601 duration of at most 100 years, such as PT60M or P14D`,
    });
    return z.NEVER;
  }
  return ms;
});

type RawGuard =
  | { fact: string; is: unknown }
  | { fact: string; isNot: unknown }
  | { fact: string; atLeast: number }
  | { fact: string; known: boolean }
  | { all: RawGuard[] }
  | { any: RawGuard[] }
  | { not: RawGuard };

const guard: z.ZodType<RawGuard> = z
  .lazy(() =>
    z.union(
      [
        z.strictObject({ fact: factId, is: json }),
        z.strictObject({ fact: factId, isNot: json }),
        z.strictObject({ fact: factId, atLeast: z.number() }),
        z.strictObject({ fact: factId, known: z.boolean() }),
        z.strictObject({ all: z.array(guard).min(1) }),
        z.strictObject({ any: z.array(guard).min(1) }),
        z.strictObject({ not: guard }),
      ],
      {
        error:
          'a condition is {fact, is}, {fact, isNot}, {fact, atLeast}, {fact, known}, {all}, {any} or {not}',
      },
    ),
  )
  .meta({ id: 'Condition' });

const option = z.strictObject({ id: identifier, title: text });

const role = z.strictObject({ id: identifier, title: text });

const fact = z.strictObject({
  id: factId,
  type: z.enum(['yesno', 'number', 'text', 'choice', 'time']),
  title: text,
  options: z.array(option).min(1).optional(),
});

export const due = z
  .strictObject({
    within: duration,
    from: z.union(
      [
        z.enum(['aware', 'onset', 'opened', 'ready']),
        z.strictObject({ step: identifier }),
        z.strictObject({ fact: factId }),
      ],
      { error: 'count from aware, onset, opened, ready, {step: …} or {fact: …}' },
    ),
    remind: z.array(duration).max(8).optional(),
    escalate: z
      .array(z.strictObject({ after: duration, to: identifier }))
      .max(8)
      .optional(),
  })
  .meta({ id: 'Due' });

export const field = z
  .strictObject({
    id: z
      .string()
      .regex(
        /^[a-z][A-Za-z0-9-]{0,63}$/,
        'use letters, digits and hyphens, starting with a lower-case letter',
      ),
    type: z.enum(['text', 'longtext', 'number', 'yesno', 'choice', 'choices', 'time', 'date']),
    title: text,
    required: z.boolean().optional(),
    options: z.array(option).min(1).optional(),
    fact: factId.optional(),
  })
  .meta({ id: 'Field' });

const common = {
  title: text,
  instructions: text.optional(),
  role: identifier.optional(),
  roles: z.array(identifier).min(1).optional(),
  optional: z.boolean().optional(),
  when: guard.optional(),
  due: due.optional(),
  form: z.array(field).max(40).optional(),
  move: z.enum(['isolate', 'restore', 'verify', 'return']).optional(),
};

/** An answer of a decision. Blocks are read one by one, so that each finding has its place. */
export const answer = z.strictObject({
  id: identifier,
  title: text,
  set: z.record(factId, json).optional(),
  then: z.array(z.unknown()).optional(),
  repeat: identifier.optional(),
});

/** The key that names the kind holds the step's id. */
export const steps = {
  task: z.strictObject({ task: identifier, ...common }),
  notice: z.strictObject({ notice: identifier, to: text, ...common }),
  decision: z.strictObject({ decision: identifier, ...common, answers: z.array(answer).min(2) }),
  approval: z.strictObject({
    approval: identifier,
    ...common,
    count: z.int().min(1).max(20).optional(),
    covers: z.array(identifier).min(1),
    refused: z.strictObject({ repeat: identifier }),
  }),
  action: z.strictObject({
    action: identifier,
    ...common,
    do: identifier,
    with: z.record(z.string(), json).optional(),
  }),
  wait: z.strictObject({ wait: identifier, ...common, for: duration.optional(), until: guard.optional() }),
} as const;

export const parallel = z.strictObject({
  parallel: z.array(z.array(z.unknown()).min(1)).min(2),
  id: identifier.optional(),
});
export const each = z.strictObject({
  each: z.literal('system'),
  id: identifier,
  steps: z.array(z.unknown()).min(1),
});

export const phase = z.strictObject({
  id: identifier,
  title: text,
  summary: text.optional(),
  steps: z.array(z.unknown()).min(1),
});

const flow = z
  .array(z.union([identifier, z.strictObject({ parallel: z.array(z.array(identifier).min(1)).min(2) })]))
  .min(1);

export const document = z.strictObject({
  cordon: z.literal(1, {
    error: 'this is not a Cordon playbook of language version 1: start with "cordon: 1"',
  }),
  id: identifier,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'use three numbers such as 1.0.0'),
  languages: z.array(z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)).min(1),
  title: text,
  summary: text,
  roles: z.array(role).min(1),
  facts: z.array(fact).optional(),
  phases: z.array(phase).min(1),
  flow,
});
