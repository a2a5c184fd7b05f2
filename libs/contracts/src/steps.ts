import { z } from 'zod';
import { Blocker } from './problem.js';
import { Flag } from './primitives.js';

const stepStatuses = ['cannot_start', 'ready', 'in_progress', 'completed', 'skipped', 'problem'] as const;
export const StepStatus = z.enum(stepStatuses).meta({ id: 'StepStatus' });

export const StepQuery = z.strictObject({
  mine: Flag.optional().meta({
    description: 'Steps assigned to you, or to nobody and open to one of your roles.',
  }),
  status: StepStatus.optional(),
});
export type StepQuery = z.infer<typeof StepQuery>;

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
    options: z.array(z.object({ id: z.string(), title: z.string() })).optional(),
    blockedBy: z.array(Blocker),
    answer: z.string().optional(),
    doneBy: z.string().optional(),
    doneAt: z.string().optional(),
  })
  .meta({ id: 'Step' });

export const StepList = z.object({ items: z.array(Step) }).meta({ id: 'StepList' });
