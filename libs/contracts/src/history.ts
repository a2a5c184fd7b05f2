import { z } from 'zod';
import { Entry } from './events.js';
import { Facts, PhaseAnswer, StateValue, SystemAnswer } from './incidents.js';
import { Cursor, Instant, PageLimit, wholeNumber } from './primitives.js';

export const HistoryQuery = z.strictObject({ limit: PageLimit, cursor: Cursor.optional() });
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const HistoryPage = z
  .object({ items: z.array(Entry), nextCursor: z.string().nullable() })
  .meta({ id: 'HistoryPage' });

export const AtQuery = z
  .strictObject({
    time: Instant.optional(),
    revision: wholeNumber(1, 1_000_000_000).optional(),
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
    awareAt: z.string(),
    facts: Facts,
    factSources: z.record(z.string(), z.object({ by: z.string().optional(), at: z.string() })),
    systems: z.array(SystemAnswer),
    steps: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        system: z.string().optional(),
        answer: z.string().optional(),
        by: z.string().optional(),
        assignee: z.string().optional(),
        approvedBy: z.array(z.string()).optional(),
      }),
    ),
    obligations: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        status: z.enum(['unknown', 'does_not_apply', 'open', 'performed', 'waived']),
      }),
    ),
    members: z.array(z.string()),
    people: z.array(z.object({ id: z.string(), name: z.string() })),
  })
  .meta({ id: 'PastIncident' });

export const exportFormats = [
  'jsonl',
  'csv',
  'cacao',
  'bundle',
  'xes',
  'ocel',
  'ocsf',
  'cloudevents',
  'pdf',
] as const;

/** What every export of a bundle may be asked for with. */
export const bundleQuery = {
  /** Size of a checkpoint that the auditor has: the bundle proves that the log has only grown since. */
  since: wholeNumber(1).optional(),
  /** Place of an earlier export in the log, and the size of its checkpoint: as its Content-Location says. */
  export: wholeNumber(0).optional(),
  checkpoint: wholeNumber(1).optional(),
} as const;

/** Both or neither. */
export const namesExport = {
  error: 'export and checkpoint go together: take both from Content-Location',
  path: ['export'],
};

export const ExportQuery = z
  .strictObject({
    format: z
      .enum(exportFormats, { error: `must be one of the formats available: ${exportFormats.join(', ')}` })
      .default('jsonl'),
    attachments: z.enum(['yes', 'no'], { error: 'must be yes or no' }).default('yes'),
    ...bundleQuery,
  })
  .refine((query) => (query.export === undefined) === (query.checkpoint === undefined), namesExport);
export type ExportQuery = z.infer<typeof ExportQuery>;
