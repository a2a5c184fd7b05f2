import { z } from 'zod';
import { bundleQuery, namesExport } from './history.js';
import { Instant, wholeNumber } from './primitives.js';

/** A place in the log, or a moment: then the first entry that was recorded at it or later. */
const Place = z.union(
  [
    z
      .string()
      .regex(/^(?:0|[1-9]\d{0,14})$/)
      .transform(Number),
    Instant,
  ],
  { error: 'must be a place in the log, from 0, or an RFC 3339 date and time with its offset' },
);

export const auditFormats = ['bundle', 'jsonl'] as const;

/** Entries from <= place < to; all where nothing is said. */
export const AuditExportQuery = z
  .strictObject({
    from: Place.optional(),
    to: Place.optional(),
    format: z
      .enum(auditFormats, { error: `must be one of the formats available: ${auditFormats.join(', ')}` })
      .default('bundle'),
    /** Evidence files in the bundle: those that its range names. */
    attachments: z.enum(['yes', 'no'], { error: 'must be yes or no' }).default('no'),
    ...bundleQuery,
  })
  .refine(({ format, attachments }) => format === 'bundle' || attachments === 'no', {
    error: 'go with format=bundle',
    path: ['attachments'],
  })
  .refine((query) => (query.export === undefined) === (query.checkpoint === undefined), namesExport);
export type AuditExportQuery = z.infer<typeof AuditExportQuery>;

const Size = wholeNumber(1);

export const ConsistencyQuery = z
  .strictObject({ from: Size, to: Size })
  .refine(({ from, to }) => from <= to, { error: 'must not be more than to', path: ['from'] });
export type ConsistencyQuery = z.infer<typeof ConsistencyQuery>;

export const Consistency = z
  .object({
    from: z.int(),
    to: z.int(),
    /** RFC 6962 section 2.1.2, each hash in base64. */
    proof: z.array(z.string()),
  })
  .meta({ id: 'Consistency' });

export const CheckpointList = z
  .object({
    items: z.array(z.object({ size: z.int(), at: z.string(), note: z.string() })),
  })
  .meta({ id: 'CheckpointList' });

/** Number of an entry of an incident. */
export const EntrySeq = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);
