import { z } from 'zod';

export const MigrationQuery = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'three numbers such as 1.1.0'),
});
export type MigrationQuery = z.infer<typeof MigrationQuery>;

const Version = z.object({ version: z.string(), digest: z.string() });
const Named = z.object({ step: z.string(), title: z.string() });

export const Migration = z
  .object({
    ref: z.string(),
    from: Version,
    to: Version,
    proposal: z
      .object({ by: z.string(), at: z.string(), map: z.record(z.string(), z.string().nullable()) })
      .optional()
      .meta({ description: 'Waits for a second coordinator, who sends the same event.' }),
    mapped: z
      .array(Named.extend({ to: z.string().nullable(), toTitle: z.string().optional() }))
      .meta({ description: 'Steps that have been worked on, and their counterparts; null is left behind.' }),
    unmapped: z
      .array(Named.extend({ reason: z.string(), text: z.string() }))
      .meta({ description: 'Steps that need a counterpart, or null, in `data.map` of `incident.migrate`.' }),
    opens: z.array(Named).meta({ description: 'Steps that would be open and are not now.' }),
    factsLost: z.array(z.string()).meta({ description: 'Facts that the new version does not know.' }),
  })
  .meta({ id: 'Migration' });
