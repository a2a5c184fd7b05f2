import { z } from 'zod';

/** A place in the stream: the `id` of one of its events. */
export const StreamPlace = z
  .string()
  .regex(/^\d{1,15}$/, { error: 'must be the id of an event of the stream' })
  .transform(Number)
  .pipe(z.number().int());

export const StreamQuery = z.strictObject({
  after: StreamPlace.optional().meta({
    description: 'Begin after this event; `Last-Event-ID` says the same and counts where both are given.',
  }),
});
export type StreamQuery = z.infer<typeof StreamQuery>;

/** Data of the event `transition`. What happened is read from the incident: here is only that it did. */
export const StreamTransition = z
  .object({
    ref: z.string(),
    seq: z.int(),
    revision: z.int(),
    kind: z.enum(['opened', 'transition', 'rejection']),
    at: z.string(),
    type: z.string().meta({ description: '`unknown` where what was refused is not an event.' }),
    step: z.string().optional(),
  })
  .meta({ id: 'StreamTransition' });
