import { z } from 'zod';
import { Blocker } from './problem.js';
import { Flag } from './primitives.js';

const stepStatuses = [
  ...(['cannot_start', 'ready', 'in_progress', 'completed', 'skipped', 'problem'] as const),
  'failed',
] as const;
export const StepStatus = z.enum(stepStatuses).meta({ id: 'StepStatus' });

export const StepQuery = z.strictObject({
  mine: Flag.optional().meta({
    description: 'Steps assigned to you, or to nobody and open to one of your roles.',
  }),
  status: StepStatus.optional(),
});
export type StepQuery = z.infer<typeof StepQuery>;

const Choice = z.object({ id: z.string(), title: z.string() });

export const Step = z
  .object({
    id: z.string(),
    phase: z.string(),
    kind: z.string(),
    title: z.string(),
    instructions: z.string().optional(),
    status: StepStatus,
    mandatory: z.boolean(),
    role: z.string(),
    roles: z.array(z.string()),
    system: z.string().optional(),
    assignee: z.string().nullable(),
    accepted: z.boolean(),
    dueAt: z.string().nullable(),
    overdue: z.boolean(),
    accepts: z.array(z.string()),
    form: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'JSON Schema (2020-12) of `data.output`.' }),
    options: z.array(Choice).optional(),
    skip: z
      .object({ roles: z.array(z.string()), reasons: z.array(Choice) })
      .optional()
      .meta({
        description: 'Who may leave the step out, and with which reasons; without reasons, with any.',
      }),
    evidence: z
      .object({ count: z.number(), of: z.number(), title: z.string().optional() })
      .optional()
      .meta({ description: 'Items of evidence with the step, of how many it needs to be completed.' }),
    round: z
      .object({ count: z.number(), of: z.number().optional() })
      .optional()
      .meta({ description: 'How often the step has led back, of how often it may.' }),
    duty: z.string().optional(),
    anytime: z.boolean().optional(),
    blockedBy: z.array(Blocker),
    answer: z.string().optional(),
    doneBy: z.string().optional(),
    doneAt: z.string().optional(),
  })
  .meta({ id: 'Step' });

export const StepList = z.object({ items: z.array(Step) }).meta({ id: 'StepList' });
