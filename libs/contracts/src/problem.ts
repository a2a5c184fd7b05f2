import { z } from 'zod';
import { PlaybookFinding } from './playbooks.js';
import { problemCodes, type ProblemCode } from './problem-codes.js';

/** One thing that stands in the way, with the sentence a person reads. */
export const Blocker = z
  .object({
    code: z.string(),
    text: z.string(),
    step: z.string().optional(),
    role: z.string().optional(),
    fact: z.string().optional(),
    system: z.string().optional(),
    phase: z.string().optional(),
    obligation: z.string().optional(),
    by: z.string().optional(),
    since: z.string().optional(),
    who: z
      .array(
        z.object({
          role: z.string(),
          id: z.string().optional(),
          name: z.string().optional(),
          onDuty: z.boolean().optional(),
        }),
      )
      .optional()
      .meta({ description: 'Who can do what `next` says: on duty first, a few of them.' }),
    next: z
      .object({
        event: z.string(),
        step: z.string().optional(),
        fact: z.string().optional(),
        answers: z.array(z.string()).optional(),
      })
      .optional()
      .meta({ description: 'The event that brings the blocked step nearer.' }),
  })
  .meta({ id: 'Blocker' });

export const FieldProblem = z
  .object({
    pointer: z
      .string()
      .meta({ description: 'JSON pointer (RFC 6901) into the body, or the name in the query.' }),
    message: z.string(),
  })
  .meta({ id: 'FieldProblem' });
export type FieldProblem = z.infer<typeof FieldProblem>;

/** RFC 9457 problem details: the one shape of every refusal and failure. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'The request, as the log names it.' }),
    code: z.enum(problemCodes as [ProblemCode, ...ProblemCode[]]),
    errors: z.array(FieldProblem).optional(),
    findings: z.array(PlaybookFinding).optional().meta({ description: 'What is wrong with a playbook.' }),
    accepted: z.array(z.string()).optional().meta({ description: 'Event types that are accepted now.' }),
    blockedBy: z.array(Blocker).optional(),
    needs: z.array(z.string()).optional().meta({ description: 'Roles that could.' }),
    tasks: z
      .array(z.string())
      .optional()
      .meta({ description: 'Tasks that the person holds, as `INC-17/step`.' }),
    holds: z.array(z.string()).optional().meta({ description: 'Legal holds that stand in the way, by id.' }),
    known: z.array(z.string()).optional().meta({ description: 'Playbooks that exist.' }),
    current: z.object({ revision: z.int() }).optional(),
    retryable: z.boolean(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
