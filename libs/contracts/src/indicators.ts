import { z } from 'zod';
import { lateness, Who } from './evidence.js';
import { Cursor, PageLimit, Tlp } from './primitives.js';

export const indicatorFormats = ['json', 'stix'] as const;

export const IndicatorQuery = z.strictObject({
  format: z
    .enum(indicatorFormats, { error: `must be one of the formats available: ${indicatorFormats.join(', ')}` })
    .default('json'),
  tlp: Tlp.optional().meta({
    description:
      'Only what may be told so far: nothing with a stricter marking. As STIX, amber when left out; else everything.',
  }),
  limit: PageLimit,
  cursor: Cursor.optional(),
});
export type IndicatorQuery = z.infer<typeof IndicatorQuery>;

export const Indicator = z
  .object({
    id: z.int(),
    seq: z.int(),
    type: z.string(),
    value: z.string().meta({ description: 'Not defanged.' }),
    tlp: Tlp,
    description: z.string().optional(),
    firstSeen: z.string().optional(),
    step: z.string().optional(),
    at: z.string(),
    occurredAt: z.string(),
    ...lateness,
    by: Who,
    withdrawn: z.object({ at: z.string(), by: Who, reason: z.string() }).optional(),
    supersededBy: z.int().optional(),
  })
  .meta({ id: 'Indicator' });

export const IndicatorPage = z
  .object({ items: z.array(Indicator), nextCursor: z.string().nullable() })
  .meta({ id: 'IndicatorPage' });
