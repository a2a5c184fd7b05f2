import { z } from 'zod';

export const PlaybookLine = z
  .object({
    id: z.string(),
    version: z.string(),
    digest: z.string(),
    title: z.string().optional(),
    summary: z.string().optional(),
    publishedAt: z.string(),
  })
  .meta({ id: 'Playbook' });

export const PlaybookList = z.object({ items: z.array(PlaybookLine) }).meta({ id: 'PlaybookList' });

export const Machine = z
  .record(z.string(), z.unknown())
  .meta({ id: 'Machine', description: 'XState machine configuration.' });
