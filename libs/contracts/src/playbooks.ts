import { z } from 'zod';

export const PlaybookLine = z
  .object({
    id: z.string(),
    version: z.string(),
    digest: z.string(),
    title: z.string().optional(),
    summary: z.string().optional(),
    markings: z
      .array(z.string())
      .optional()
      .meta({ description: 'How it may be shared: `TLP:AMBER`, or a statement.' }),
    publishedAt: z.string(),
  })
  .meta({ id: 'Playbook' });

export const PlaybookList = z.object({ items: z.array(PlaybookLine) }).meta({ id: 'PlaybookList' });

export const Machine = z
  .record(z.string(), z.unknown())
  .meta({ id: 'Machine', description: 'XState machine configuration.' });

/** A playbook as it is sent to be published: Cordon YAML, or a document of another format. */
export const PlaybookDocument = z.string().min(1).max(1_000_000).meta({ id: 'PlaybookDocument' });

export const PlaybookFinding = z
  .object({
    severity: z.enum(['error', 'warning', 'note']),
    message: z.string(),
    pointer: z.string().meta({ description: 'JSON pointer (RFC 6901) into the document.' }),
    line: z.int().optional(),
    column: z.int().optional(),
  })
  .meta({ id: 'PlaybookFinding' });

export const PublishedPlaybook = z
  .object({
    id: z.string(),
    version: z.string(),
    digest: z.string(),
    format: z
      .string()
      .meta({ description: 'What the document was: cordon, cacao-2.0, thehive, xsoar, markdown.' }),
    findings: z.array(PlaybookFinding),
  })
  .meta({ id: 'PublishedPlaybook' });

export const DiagramQuery = z.strictObject({
  theme: z.enum(['light', 'dark', 'auto']).optional(),
  width: z.enum(['wide', 'narrow']).optional().meta({ description: 'Made for 1280 or for 390 pixels.' }),
});
export type DiagramQuery = z.infer<typeof DiagramQuery>;
