import { z } from 'zod';
import { EventData, FreeForm, jsonBytes } from './free-form.js';
import { StateValue } from './incidents.js';
import { limits } from './limits.js';
import { Blocker, FieldProblem } from './problem.js';
import { Instant, LongText, StepId } from './primitives.js';

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
    occurredAt: Instant.optional().meta({
      description: 'When it happened, where that was earlier than now.',
    }),
  })
  .refine((body) => jsonBytes(body) <= limits.eventBytes, {
    error: `must be at most ${limits.eventBytes} bytes of JSON`,
  })
  .meta({ id: 'Event' });
export type EventBody = z.infer<typeof EventBody>;

/** One entry of the history: an accepted event, a refused one, or the opening. */
export const Entry = z
  .object({
    seq: z.int(),
    revision: z.int(),
    kind: z.enum(['opened', 'transition', 'rejection']),
    at: z.string(),
    occurredAt: z.string(),
    actor: z.object({ id: z.string(), type: z.enum(['person', 'system']), name: z.string().optional() }),
    event: z.object({ type: z.string(), step: z.string().optional(), data: FreeForm.optional() }),
    from: StateValue.nullable(),
    to: StateValue.nullable(),
    note: z.string().nullable(),
    system: z
      .object({ id: z.string(), from: z.string(), to: z.string() })
      .optional()
      .meta({ description: 'The affected system that this entry moved.' }),
    rejection: z
      .object({
        code: z.string(),
        accepted: z.array(z.string()).optional(),
        blockedBy: z.array(Blocker).optional(),
        errors: z.array(FieldProblem).optional(),
      })
      .optional(),
    prev: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'Entry' });

export const EventAnswer = z
  .object({ ref: z.string(), revision: z.int(), state: StateValue, transition: Entry })
  .meta({ id: 'EventAnswer' });
