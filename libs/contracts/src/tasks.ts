import { z } from 'zod';
import { EventType } from './events.js';
import { EventData, jsonBytes } from './free-form.js';
import { limits } from './limits.js';
import { Cursor, Flag, PageLimit, Ref, Slug } from './primitives.js';
import { Problem } from './problem.js';
import { StepStatus } from './steps.js';

export const TaskQuery = z.strictObject({
  mine: Flag.optional().meta({ description: 'Tasks assigned to you.' }),
  assignee: Slug.optional().meta({ description: 'Id of a person, or `me`.' }),
  unassigned: Flag.optional(),
  unaccepted: Flag.optional(),
  overdue: Flag.optional(),
  status: StepStatus.optional().meta({ description: 'Open tasks when left out.' }),
  role: Slug.optional().meta({ description: 'Tasks that this role may do.' }),
  incident: Ref.optional(),
  limit: PageLimit,
  cursor: Cursor.optional(),
});
export type TaskQuery = z.infer<typeof TaskQuery>;

export const Task = z
  .object({
    id: z.string().meta({ examples: ['INC-17/revoke-access'] }),
    incident: z.string(),
    incidentTitle: z.string(),
    severity: z.string().optional(),
    exercise: z.boolean(),
    step: z.string(),
    title: z.string(),
    phase: z.string(),
    kind: z.string(),
    system: z.string().optional(),
    status: z.string(),
    roles: z.array(z.string()),
    assignee: z.string().nullable(),
    accepted: z.boolean(),
    dueAt: z.string().nullable(),
  })
  .meta({ id: 'Task' });

export const TaskPage = z
  .object({ items: z.array(Task), nextCursor: z.string().nullable() })
  .meta({ id: 'TaskPage' });

const TaskId = z
  .string()
  .max(220)
  .regex(/^(?:INC-)?[1-9]\d{0,14}\/[A-Za-z0-9][A-Za-z0-9._@:/-]*$/i, {
    error: 'must be a task, such as INC-17/revoke-access',
  });

export const BulkTasks = z
  .strictObject({
    ids: z
      .array(TaskId)
      .min(1)
      .max(limits.bulk)
      .refine((ids) => new Set(ids).size === ids.length, { error: 'must name each task once' }),
    type: EventType,
    data: EventData.optional(),
  })
  .refine((body) => jsonBytes(body.data ?? {}) <= limits.eventBytes, {
    error: `must be at most ${limits.eventBytes} bytes of JSON`,
    path: ['data'],
  })
  .meta({ id: 'BulkTasks' });
export type BulkTasks = z.infer<typeof BulkTasks>;

export const BulkLine = z
  .object({ id: z.string(), ok: z.boolean(), revision: z.int().optional(), problem: Problem.optional() })
  .meta({ id: 'BulkLine' });

export const BulkAnswer = z.object({ items: z.array(BulkLine) }).meta({ id: 'BulkAnswer' });
