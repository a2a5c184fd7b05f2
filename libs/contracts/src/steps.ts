import { z } from 'zod';
import { LapseCauses } from './events.js';
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

const Approval = z
  .object({
    needed: z.int().meta({ description: 'How many different people must approve.' }),
    oneOfEach: z.boolean().optional().meta({ description: 'One person of each role of the step.' }),
    covers: z.object({
      steps: z.array(Choice),
      facts: z.array(Choice.extend({ value: z.unknown() })),
      restorePoint: z.string().optional(),
    }),
    given: z.array(
      z.object({
        by: z.string(),
        name: z.string().optional(),
        at: z.string(),
        role: z.string(),
        as: z.string().optional(),
        reason: z.string().optional(),
      }),
    ),
    lapsed: z
      .object({
        at: z.string(),
        by: z.string().optional(),
        because: LapseCauses,
        approvers: z.array(z.string()),
        text: z.string(),
      })
      .optional()
      .meta({ description: 'It was given, and what it covers has changed since.' }),
  })
  .meta({ id: 'Approval' });

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
    approval: Approval.optional(),
    blockedBy: z.array(Blocker),
    refusals: z
      .array(z.object({ event: z.string(), blockedBy: Blocker }))
      .optional()
      .meta({ description: 'Of `accepts`, the events that you may not bring, each with why.' }),
    answer: z.string().optional(),
    doneBy: z.string().optional(),
    doneAt: z.string().optional(),
  })
  .meta({ id: 'Step' });

export const StepList = z.object({ items: z.array(Step) }).meta({ id: 'StepList' });
