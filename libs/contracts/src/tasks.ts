import { z } from 'zod';
import { EventType } from './events.js';
import { EventData, jsonBytes } from './free-form.js';
import { limits } from './limits.js';
import { Cursor, Flag, Line, LongText, PageLimit, Ref, Slug } from './primitives.js';
import { Problem } from './problem.js';
import { StepStatus } from './steps.js';
import { Warning } from './warning.js';

export const Priority = z
  .enum(['urgent', 'high', 'normal', 'low'])
  .meta({ id: 'Priority', description: 'How soon a task wants somebody.' });

export const TaskQuery = z.strictObject({
  mine: Flag.optional().meta({
    description: 'Tasks assigned to you, or to somebody whom you stand in for while they are away.',
  }),
  assignee: Slug.optional().meta({ description: 'Id of a person, or `me`.' }),
  unassigned: Flag.optional(),
  unaccepted: Flag.optional(),
  overdue: Flag.optional(),
  waiting: Flag.optional().meta({ description: 'Tasks that you gave to others and that are not done.' }),
  team: Flag.optional().meta({
    description: 'Tasks of the people of your teams, and those of nobody for the roles of your teams.',
  }),
  priority: Priority.optional(),
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
    assignedBy: z.string().optional().meta({ description: 'Id of who gave it to the assignee.' }),
    priority: Priority,
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

/** `inc-7/a`, `7/a` and `INC-7/a` name one task. */
function sameTask(id: string): string {
  return id.replace(/^inc-/i, '');
}

export const BulkTasks = z
  .strictObject({
    ids: z
      .array(TaskId)
      .min(1)
      .max(limits.bulk)
      .refine((ids) => new Set(ids.map(sameTask)).size === ids.length, { error: 'must name each task once' }),
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
  .object({
    id: z.string(),
    ok: z.boolean(),
    to: z.string().optional().meta({ description: 'Id of the person who was given the task.' }),
    revision: z.int().optional(),
    warnings: z.array(Warning).optional(),
    problem: Problem.optional(),
  })
  .meta({ id: 'BulkLine' });

export const BulkAnswer = z.object({ items: z.array(BulkLine) }).meta({ id: 'BulkAnswer' });

const PersonName = Line.meta({ description: 'Id or unique name of a person.' });

const Receiver = z.strictObject({
  person: PersonName,
  incidents: z
    .array(Ref)
    .min(1)
    .max(limits.page)
    .optional()
    .meta({ description: 'Only tasks of these incidents.' }),
  roles: z
    .array(Slug)
    .min(1)
    .max(limits.page)
    .optional()
    .meta({ description: 'Only tasks for one of these roles.' }),
});

export const HandOver = z
  .strictObject({
    from: PersonName.optional().meta({ description: 'Whose tasks; yours when left out.' }),
    to: z.union([PersonName, z.array(Receiver).min(1).max(limits.people)]),
    note: LongText.meta({ description: 'What the receivers should know; goes with each task.' }),
  })
  .meta({ id: 'HandOver' });
export type HandOver = z.infer<typeof HandOver>;

export const WorkloadQuery = z.strictObject({ limit: PageLimit, cursor: Cursor.optional() });
export type WorkloadQuery = z.infer<typeof WorkloadQuery>;

export const WorkloadPage = z
  .object({
    items: z.array(
      z
        .object({
          person: z.string(),
          name: z.string().optional(),
          open: z.int(),
          unaccepted: z.int(),
          overdue: z.int(),
          nextDueAt: z.string().nullable(),
        })
        .meta({ id: 'Workload' }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'WorkloadPage' });
