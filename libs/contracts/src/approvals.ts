import { z } from 'zod';
import { LongText } from './primitives.js';

/** What a link to an approval leads to, for the person it was made for. */
export const ApprovalLink = z
  .object({
    ref: z.string(),
    step: z.string(),
    title: z.string(),
    covers: z
      .array(
        z.object({
          kind: z.enum(['fact', 'step', 'restore_point']),
          id: z.string(),
          title: z.string(),
          value: z.string(),
        }),
      )
      .meta({ description: 'What is to be approved, in words and values.' }),
    expiresAt: z.string(),
  })
  .meta({ id: 'ApprovalLink' });
export type ApprovalLink = z.infer<typeof ApprovalLink>;

export const ApprovalDecision = z
  .strictObject({
    decision: z.enum(['approve', 'refuse']),
    reason: LongText.optional().meta({ description: 'Required to refuse.' }),
  })
  .refine(({ decision, reason }) => decision === 'approve' || (reason ?? '').trim() !== '', {
    path: ['reason'],
    error: 'is required',
  })
  .meta({ id: 'ApprovalDecision' });
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;
