/** Zod schemas of the document as written. Strict: an unknown key is an error, never ignored. */
import { durationMs } from '@cordon/kernel';
import { z } from 'zod';
import { guardFromCel } from './cel.js';
import type { Guard } from './model.js';

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

const celGuard = z.string().transform((text, ctx): Guard => {
  const read = guardFromCel(text);
  if ('guard' in read) return read.guard;
  ctx.addIssue({ code: 'custom', message: `${read.problem} (character ${read.column} of the condition)` });
  return z.NEVER;
});

const guard: z.ZodType<Guard, unknown> = z
  .lazy(() =>
    z.union(
      [
        z.strictObject({ fact: factId, is: json }),
        z.strictObject({ fact: factId, isNot: json }),
        z.strictObject({ fact: factId, atLeast: z.number() }),
        z.strictObject({ fact: factId, atMost: z.number() }),
        z.strictObject({ fact: factId, known: z.boolean() }),
        z.strictObject({ all: z.array(guard).min(1) }),
        z.strictObject({ any: z.array(guard).min(1) }),
        z.strictObject({ not: guard }),
        celGuard,
      ],
      {
        error: (issue) =>
          celProblem(issue.input) ??
          'a condition is {fact, is}, {fact, isNot}, {fact, atLeast}, {fact, atMost}, {fact, known}, {all}, {any}, {not}, or a text in CEL',
      },
    ),
  )
  .meta({ id: 'Condition' });

/** A union reports none of its members' reasons; for a text only one member can be meant. */
function celProblem(input: unknown): string | undefined {
  const read = typeof input === 'string' ? guardFromCel(input) : undefined;
  return read && 'problem' in read
    ? `${read.problem} (character ${read.column} of the condition)`
    : undefined;
}

const option = z.strictObject({ id: identifier, title: text });

const role = z.strictObject({ id: identifier, title: text });

export const fact = z.strictObject({
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
    working: z.boolean().optional(),
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

const max = z.int().min(1).max(100).optional();

const skip = z.strictObject({
  roles: z.array(identifier).min(1),
  reasons: z.array(option).min(1).max(20).optional(),
});

/** Where a failure leads. Blocks are read one by one. */
export const failed = z.strictObject({
  repeat: identifier.optional(),
  max,
  then: z.array(z.unknown()).min(1).optional(),
});

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
  skip: skip.optional(),
  evidence: z.strictObject({ min: z.int().min(1).max(50), title: text.optional() }).optional(),
  keep: z.boolean().optional(),
  timeout: duration.optional(),
  failed: failed.optional(),
  duty: identifier.optional(),
  source: z.string().min(1).max(1000).optional(),
};

/** An answer of a decision. Blocks are read one by one, so that each finding has its place. */
export const answer = z.strictObject({
  id: identifier,
  title: text,
  set: z.record(factId, json).optional(),
  then: z.array(z.unknown()).optional(),
  repeat: identifier.optional(),
  again: z.boolean().optional(),
  max,
  when: guard.optional(),
  waives: identifier.optional(),
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
    oneOfEach: z.boolean().optional(),
    covers: z.array(identifier).min(1),
    facts: z.array(factId).min(1).max(40).optional(),
    refused: z.strictObject({ repeat: identifier, max }).optional(),
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
  each: z.literal('system', { error: 'steps are repeated for each "system" or each "group"' }),
  id: identifier,
  steps: z.array(z.unknown()).min(1),
});
export const eachGroup = z.strictObject({
  each: z.literal('group'),
  id: identifier,
  groups: z.array(option).min(1).max(50),
  steps: z.array(z.unknown()).min(1),
});
export const group = z.strictObject({
  group: identifier,
  title: text.optional(),
  when: guard.optional(),
  steps: z.array(z.unknown()).min(1),
});
export const graph = z.strictObject({ graph: identifier, steps: z.array(z.unknown()).min(1) });
export const after = z
  .array(
    z.union(
      [
        identifier,
        z.strictObject({ step: identifier, answer: identifier }),
        z.strictObject({ step: identifier, outcome: z.enum(['done', 'failed', 'approved', 'refused']) }),
      ],
      {
        error:
          'write an id of the graph, {step, answer}, or {step, outcome} with done, failed, approved or refused',
      },
    ),
  )
  .max(500);
export const subPlaybook = z.strictObject({
  playbook: identifier,
  title: text.optional(),
  use: z.strictObject({
    id: identifier,
    version: z.string().regex(/^\d+\.\d+\.\d+$/, 'use three numbers such as 1.0.0'),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'use the SHA-256 of the playbook in 64 hexadecimal digits')
      .optional(),
  }),
});

export const phase = z.strictObject({
  id: identifier,
  title: text,
  summary: text.optional(),
  steps: z.array(z.unknown()).min(1),
  anytime: z.array(z.unknown()).min(1).max(50).optional(),
});

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'use a time such as 09:00');

export const duty = z.strictObject({ id: identifier, title: text, when: guard.optional() });

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
  duties: z.array(duty).max(50).optional(),
  closure: z
    .array(z.strictObject({ id: identifier, title: text, when: guard }))
    .max(50)
    .optional(),
  properties: z
    .array(
      z.strictObject({
        id: identifier,
        title: text,
        at: identifier,
        needs: z.array(identifier).min(1),
        when: guard.optional(),
      }),
    )
    .max(50)
    .optional(),
  workingHours: z
    .strictObject({
      timeZone: z.string().min(1).max(64),
      days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
      from: time,
      to: time,
      holidays: z.array(z.string()).max(1000).optional(),
    })
    .optional(),
  markings: z
    .array(
      z.union([
        z.strictObject({ tlp: z.enum(['RED', 'AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR']) }),
        z.strictObject({ statement: z.string().min(1).max(4000) }),
      ]),
    )
    .max(20)
    .optional(),
  origin: z.strictObject({ format: z.string().min(1).max(64), document: json }).optional(),
});
