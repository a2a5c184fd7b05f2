import { z } from 'zod';
import { LongText } from './primitives.js';

export const ErasureBody = z
  .strictObject({
    reason: LongText.meta({
      description: 'On what ground, for the journal, where it stays. Do not name the person in it.',
    }),
  })
  .meta({ id: 'ErasureBody' });
export type ErasureBody = z.infer<typeof ErasureBody>;

export const ErasureAnswer = z
  .object({
    id: z.string().meta({ description: 'All that is left of the person: the id in the history.' }),
    erased: z.literal(true),
  })
  .meta({ id: 'ErasureAnswer' });
