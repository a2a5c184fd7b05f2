import { z } from 'zod';

/** Something to know about what was done. */
export const Warning = z
  .object({
    code: z.enum(['assignee_away']),
    text: z.string(),
    person: z.string(),
    until: z.string(),
    delegate: z.string().optional(),
  })
  .meta({ id: 'Warning' });
