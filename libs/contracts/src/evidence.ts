import { z } from 'zod';
import { limits } from './limits.js';
import { Cursor, Flag, Instant, Line, LongText, PageLimit, StepId, SystemId } from './primitives.js';

/**
 * What people call a file: a label, never a path. No folders, and nothing that is not seen or that turns the text
 * around, so that a name reads as what it is.
 */
export const EvidenceName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\]+$/u, {
    error: 'must be the name of a file, without folders and without characters that are not seen',
  })
  .refine((name) => !/^[\s.]*$/u.test(name), { error: 'must be the name of a file' });

/** Beside the raw body of the file. */
export const EvidenceUpload = z.strictObject({
  name: EvidenceName.optional().meta({ description: 'Else the header X-Evidence-Name, percent-encoded.' }),
  step: StepId.optional(),
  system: SystemId.optional(),
  description: LongText.optional(),
  collectedBy: Line.optional(),
  occurredAt: Instant.optional().meta({
    description: 'When it was collected, where that was earlier than now.',
  }),
});
export type EvidenceUpload = z.infer<typeof EvidenceUpload>;

export const EvidenceDownload = z.strictObject({
  quarantined: Flag.optional().meta({
    description: 'An administrator means to have the file although malware was found in it.',
  }),
});
export type EvidenceDownload = z.infer<typeof EvidenceDownload>;

/** A SHA-256 or the number of the item. */
export const EvidenceItemId = z.string().regex(/^(?:[0-9a-f]{64}|[1-9]\d{0,8})$/i);

export const Who = z.object({
  id: z.string(),
  type: z.enum(['person', 'system']),
  name: z.string().optional(),
});

export const lateness = {
  late: z
    .literal(true)
    .optional()
    .meta({ description: 'It happened more than fifteen minutes before its entry.' }),
  lateBy: z.int().optional().meta({ description: 'Seconds between what happened and its entry.' }),
};

const Custody = z.object({
  seq: z.int(),
  type: z.string(),
  at: z.string(),
  occurredAt: z.string(),
  ...lateness,
  by: Who,
  to: z.string().optional(),
  reason: z.string().optional(),
  how: z.string().optional(),
  verdict: z.string().optional(),
  detail: z.string().optional(),
  supersededBy: z.int().optional(),
});

export const EvidenceItem = z
  .object({
    id: z.int(),
    name: z.string(),
    kind: z.string().optional(),
    declared: z.string().optional(),
    sha256: z.string().optional(),
    sizeBytes: z.int().optional(),
    stored: z.boolean().meta({ description: 'The file is here; else it is a thing elsewhere.' }),
    step: z.string().optional(),
    system: z.string().optional(),
    description: z.string().optional(),
    collectedBy: z.string().optional(),
    location: z.string().optional(),
    scan: z
      .string()
      .optional()
      .meta({ description: 'clean, infected or unavailable: the scanner’s newest word.' }),
    quarantined: z.boolean(),
    altered: z.boolean().meta({ description: 'What is stored is not what was collected.' }),
    released: z.boolean(),
    custody: z.array(Custody).meta({ description: 'Everything that was done with it, oldest first.' }),
  })
  .meta({ id: 'Evidence' });

export const EvidenceList = z.object({ items: z.array(EvidenceItem) }).meta({ id: 'EvidenceList' });

export const AddedEvidence = z
  .object({ ref: z.string(), revision: z.int(), seq: z.int(), item: EvidenceItem })
  .meta({ id: 'AddedEvidence' });

export const NoteQuery = z.strictObject({
  step: StepId.optional().meta({ description: 'Only notes on this step.' }),
  limit: PageLimit,
  cursor: Cursor.optional(),
});
export type NoteQuery = z.infer<typeof NoteQuery>;

export const NotePage = z
  .object({
    items: z.array(
      z.object({
        seq: z.int(),
        at: z.string(),
        occurredAt: z.string(),
        ...lateness,
        by: Who,
        step: z.string().optional(),
        text: z.string().max(5 * limits.text),
        reason: z.string().optional(),
        supersedes: z.int().optional(),
        supersededBy: z.int().optional(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'NotePage' });
