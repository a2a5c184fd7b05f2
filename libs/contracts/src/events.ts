import { z } from 'zod';
import { EventData, FreeForm, jsonBytes } from './free-form.js';
import { StateValue } from './incidents.js';
import { limits } from './limits.js';
import { Blocker, FieldProblem } from './problem.js';
import { Instant, Line, LongText, StepId } from './primitives.js';
import { Warning } from './warning.js';

/** Only the shape of the type is checked here; whether there is such an event is the engine's to say. */
export const EventType = z
  .string()
  .max(limits.id)
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/, { error: 'must be an event type, such as step.complete' });

export const EventBody = z
  .strictObject({
    type: EventType,
    step: StepId.optional(),
    data: EventData.optional(),
    note: LongText.optional(),
    about: Line.optional().meta({
      description:
        'The person whom the note is about, by id or name. The note is then kept as that person’s data and goes when the person is erased.',
    }),
    occurredAt: Instant.optional().meta({
      description: 'When it happened, where that was earlier than now.',
    }),
  })
  .refine((body) => jsonBytes(body) <= limits.eventBytes, {
    error: `must be at most ${limits.eventBytes} bytes of JSON`,
  })
  .meta({ id: 'Event' });
export type EventBody = z.infer<typeof EventBody>;

/** What an approval covers and is no longer as it was approved. */
export const LapseCauses = z
  .array(z.object({ kind: z.enum(['fact', 'step', 'restore_point', 'playbook']), id: z.string() }))
  .meta({ id: 'LapseCauses' });

/** One entry of the history: an accepted event, a refused one, or the opening. */
export const Entry = z
  .object({
    seq: z.int(),
    revision: z.int(),
    kind: z.enum(['opened', 'transition', 'rejection', 'journal']),
    at: z.string(),
    occurredAt: z.string(),
    actor: z.object({ id: z.string(), type: z.enum(['person', 'system']), name: z.string().optional() }),
    event: z.object({
      type: z.string(),
      step: z.string().optional(),
      subject: z.string().optional().meta({ description: 'Whom an entry of the journal is about.' }),
      data: FreeForm.optional(),
    }),
    from: StateValue.nullable(),
    to: StateValue.nullable(),
    note: z.string().nullable(),
    withheld: z.array(z.string()).optional().meta({
      description:
        'Values that the entry commits to and that cannot be shown any more, because the person they were about was erased: `note`, `data.collectedBy`.',
    }),
    system: z
      .object({ id: z.string(), from: z.string(), to: z.string() })
      .optional()
      .meta({ description: 'The affected system that this entry moved.' }),
    lapsed: z
      .array(z.object({ step: z.string(), because: LapseCauses, approvers: z.array(z.string()) }))
      .optional()
      .meta({ description: 'Approvals that this entry has voided, because what they cover has changed.' }),
    rejection: z
      .object({
        code: z.string(),
        accepted: z.array(z.string()).optional(),
        blockedBy: z.array(Blocker).optional(),
        errors: z.array(FieldProblem).optional(),
      })
      .optional(),
    late: z
      .literal(true)
      .optional()
      .meta({ description: 'It happened more than fifteen minutes before its entry.' }),
    lateBy: z.int().optional().meta({ description: 'Seconds between what happened and its entry.' }),
    supersedes: z.int().optional().meta({ description: 'The entry that this one corrects.' }),
    supersededBy: z.int().optional().meta({ description: 'The newest entry that corrects this one.' }),
    prev: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'Entry' });

export const EventAnswer = z
  .object({
    ref: z.string(),
    revision: z.int(),
    state: StateValue,
    transition: Entry,
    warnings: z.array(Warning).optional(),
  })
  .meta({ id: 'EventAnswer' });
