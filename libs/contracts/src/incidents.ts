import { z } from 'zod';
import { FreeForm, jsonBytes } from './free-form.js';
import { limits } from './limits.js';
import { Blocker } from './problem.js';
import { Cursor, Flag, Instant, Line, LongText, PageLimit, Slug, SystemId, Tlp } from './primitives.js';

/** Traffic Light Protocol 2.0 (FIRST). */

/** A fact's value. A yes/no fact takes `yes`, `no`, `unknown` or a JSON boolean. */
const FactValue = z.union([z.string().max(limits.text), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});

/** Facts are named like the playbook's: a letter first. */
const FactName = z
  .string()
  .max(limits.id)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'must be the name of a fact' });

const NewSystem = z
  .strictObject({ id: SystemId, name: Line, kind: Slug.optional(), foundLater: z.boolean().optional() })
  .meta({ id: 'NewSystem' });

export const OpenIncident = z
  .strictObject({
    playbook: Slug,
    version: Slug.optional().meta({ description: 'The newest version when left out.' }),
    title: Line,
    summary: LongText.optional(),
    severity: Slug.optional(),
    awareAt: Instant.meta({
      description: 'When the organisation became aware: legal clocks count from here.',
    }),
    onsetAt: Instant.optional(),
    organisation: FreeForm.optional(),
    facts: z
      .record(FactName, FactValue)
      .refine((facts) => Object.keys(facts).length <= 200, { error: 'must have at most 200 facts' })
      .optional(),
    systems: z.array(NewSystem).max(100).optional(),
    exercise: z.boolean().optional().meta({ description: 'A drill: nothing real ever leaves.' }),
    tlp: Tlp.optional().meta({ description: 'How far it may be told; amber when left out.' }),
  })
  .refine((body) => jsonBytes(body) <= limits.openBytes, {
    error: `must be at most ${limits.openBytes} bytes of JSON`,
  })
  .meta({ id: 'OpenIncident' });
export type OpenIncident = z.infer<typeof OpenIncident>;

export const IncidentQuery = z.strictObject({
  status: z.enum(['open', 'closed']).optional(),
  severity: Slug.optional(),
  phase: Slug.optional().meta({ description: 'Incidents in which this phase is active.' }),
  assignee: Slug.optional().meta({ description: 'Id of a person, or `me`.' }),
  exercise: Flag.optional(),
  q: z
    .string()
    .max(limits.query)
    // eslint-disable-next-line no-control-regex -- they are what is refused
    .regex(/^[^\u0000-\u001f]*$/, { error: 'must be one line of text' })
    .optional()
    .meta({ description: 'Words to find in ref, title and summary.' }),
  limit: PageLimit,
  cursor: Cursor.optional(),
});
export type IncidentQuery = z.infer<typeof IncidentQuery>;

const PlaybookVersion = z
  .object({ id: z.string(), version: z.string(), digest: z.string() })
  .meta({ id: 'PlaybookVersion' });

export const PhaseAnswer = z
  .object({ id: z.string(), title: z.string(), status: z.enum(['not_started', 'active', 'completed']) })
  .meta({ id: 'Phase' });

export const SystemAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.string().optional(),
    state: z.string(),
    restorePoint: z.string().optional(),
    foundLater: z.boolean(),
  })
  .meta({ id: 'AffectedSystem' });

const Person = z
  .object({ id: z.string(), name: z.string(), roles: z.array(z.string()) })
  .meta({ id: 'Person' });

/** An XState value: a string or an object of values. */
export const StateValue = z.union([z.string(), z.record(z.string(), z.unknown())]).meta({ id: 'StateValue' });

export const Facts = z.record(z.string(), z.unknown());

const lineOf = {
  ref: z.string().meta({ examples: ['INC-17'] }),
  title: z.string(),
  summary: z.string().optional(),
  severity: z.string().optional(),
  exercise: z.boolean(),
  status: z.enum(['open', 'closed']),
  revision: z.int(),
  playbook: PlaybookVersion,
  awareAt: z.string(),
  openedAt: z.string(),
  updatedAt: z.string(),
  closedAt: z.string().optional(),
};

export const IncidentLine = z.object({ ...lineOf, phases: z.array(z.string()) }).meta({ id: 'IncidentLine' });

export const IncidentPage = z
  .object({ items: z.array(IncidentLine), nextCursor: z.string().nullable() })
  .meta({ id: 'IncidentPage' });

export const Incident = z
  .object({
    ...lineOf,
    uid: z.string(),
    organisation: FreeForm.optional(),
    seq: z.int(),
    state: StateValue,
    phases: z.array(PhaseAnswer),
    facts: Facts,
    factSources: z.record(z.string(), z.object({ by: z.string().optional(), at: z.string() })),
    systems: z.array(SystemAnswer),
    people: z.array(Person),
    tlp: Tlp,
    members: z.array(z.string()).meta({ description: 'Ids of the people who need to know.' }),
    onsetAt: z.string().optional(),
    accepts: z.array(z.string()),
    closeBlockedBy: z.array(Blocker),
  })
  .meta({ id: 'Incident' });
