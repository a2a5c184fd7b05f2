import { z } from 'zod';
import { Entry } from './events.js';
import { Facts, PhaseAnswer, StateValue, SystemAnswer } from './incidents.js';
import { Cursor, Instant, PageLimit } from './primitives.js';

export const HistoryQuery = z.strictObject({ limit: PageLimit, cursor: Cursor.optional() });
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const HistoryPage = z
  .object({ items: z.array(Entry), nextCursor: z.string().nullable() })
  .meta({ id: 'HistoryPage' });

export const AtQuery = z
  .strictObject({
    time: Instant.optional(),
    revision: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  })
  .refine((query) => (query.time === undefined) !== (query.revision === undefined), {
    error: 'give either a time or a revision',
  });
export type AtQuery = z.infer<typeof AtQuery>;

export const PastIncident = z
  .object({
    ref: z.string(),
    revision: z.int(),
    seq: z.int(),
    at: z.string(),
    status: z.enum(['open', 'closed']),
    state: StateValue,
    phases: z.array(PhaseAnswer),
    facts: Facts,
    systems: z.array(SystemAnswer),
    steps: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        system: z.string().optional(),
        answer: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'PastIncident' });

export const exportFormats = ['jsonl', 'csv', 'cacao'] as const;

export const ExportQuery = z.strictObject({
  format: z
    .enum(exportFormats, { error: `must be one of the formats available: ${exportFormats.join(', ')}` })
    .default('jsonl'),
});
export type ExportQuery = z.infer<typeof ExportQuery>;
