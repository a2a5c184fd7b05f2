import { z } from 'zod';
import { Line, LongText } from './primitives.js';

const Somebody = z.object({ id: z.string(), name: z.string().optional() });

export const NewHold = z
  .strictObject({
    incident: Line.optional().meta({
      description: 'The incident, as INC-17; everything in this deployment when left out.',
    }),
    reason: LongText.meta({ description: 'Why it must stay as it is, for the journal, where it stays.' }),
  })
  .meta({ id: 'NewHold' });
export type NewHold = z.infer<typeof NewHold>;

export const HoldRelease = z
  .strictObject({ reason: LongText.meta({ description: 'Why it need not stay any more, for the journal.' }) })
  .meta({ id: 'HoldRelease' });
export type HoldRelease = z.infer<typeof HoldRelease>;

export const HoldLine = z
  .object({
    id: z.string(),
    covers: z.string().meta({ description: 'INC-17, or `deployment`.' }),
    placedAt: z.string(),
    placedBy: Somebody,
    placedIn: z.int().meta({ description: '`seq` of the journal’s entry that says why.' }),
    releasedAt: z.string().optional(),
    releasedBy: Somebody.optional(),
    releasedIn: z.int().optional(),
  })
  .meta({ id: 'Hold' });

export const HoldList = z.object({ items: z.array(HoldLine) }).meta({ id: 'HoldList' });
