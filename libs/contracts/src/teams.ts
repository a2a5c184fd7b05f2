import { z } from 'zod';
import { limits } from './limits.js';
import { Flag, Instant, Line, Slug } from './primitives.js';

const PersonName = Line.meta({ description: 'Id or unique name of a person.' });
const Id = z.string();

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length;
const RoleIds = z.array(Slug).min(1).max(50).refine(unique, { error: 'must name each role once' });
const People = z.array(PersonName).max(limits.people).refine(unique, { error: 'must name each person once' });

export const NewTeam = z
  .strictObject({
    name: Line,
    roles: RoleIds.meta({ description: 'Roles in which its people share work.' }),
    members: People.default([]),
  })
  .meta({ id: 'NewTeam' });
export type NewTeam = z.infer<typeof NewTeam>;

export const TeamChange = z
  .strictObject({ name: Line.optional(), roles: RoleIds.optional(), members: People.optional() })
  .meta({ id: 'TeamChange' });
export type TeamChange = z.infer<typeof TeamChange>;

const Somebody = z.object({ id: z.string(), name: z.string().optional() });

export const TeamLine = z
  .object({
    id: Id,
    name: z.string(),
    roles: z.array(z.string()),
    members: z.array(Somebody),
    createdAt: z.string(),
  })
  .meta({ id: 'Team' });

export const TeamList = z.object({ items: z.array(TeamLine) }).meta({ id: 'TeamList' });

const Period = { startsAt: Instant, endsAt: Instant };

export const NewDuty = z
  .strictObject({ person: PersonName, role: Slug.optional(), team: Id.max(limits.id).optional(), ...Period })
  .refine(({ role, team }) => (role === undefined) !== (team === undefined), {
    error: 'must be for a role or for a team',
    path: ['role'],
  })
  .meta({ id: 'NewDuty' });
export type NewDuty = z.infer<typeof NewDuty>;

export const DutyChange = z
  .strictObject({
    person: PersonName.optional(),
    startsAt: Instant.optional(),
    endsAt: Instant.optional(),
  })
  .meta({ id: 'DutyChange' });
export type DutyChange = z.infer<typeof DutyChange>;

export const DutyLine = z
  .object({
    id: Id,
    person: Somebody,
    role: z.string().optional(),
    team: z.string().optional(),
    startsAt: z.string(),
    endsAt: z.string(),
  })
  .meta({ id: 'Duty' });

export const RosterQuery = z.strictObject({
  at: Instant.optional().meta({ description: 'Now when left out.' }),
});
export type RosterQuery = z.infer<typeof RosterQuery>;

const Present = z.object({
  person: Somebody,
  from: z.string(),
  until: z.string(),
  insteadOf: Somebody.optional().meta({ description: 'Who is away.' }),
});

export const Roster = z
  .object({
    at: z.string(),
    roles: z.array(z.object({ role: z.string(), now: z.array(Present), next: z.array(Present) })),
    duties: z.array(DutyLine).meta({ description: 'Shifts that are under way or to come, by start.' }),
  })
  .meta({ id: 'Roster' });

export const NewAbsence = z
  .strictObject({
    person: PersonName.optional().meta({ description: 'You when left out.' }),
    delegate: PersonName.optional().meta({ description: 'Who stands in.' }),
    ...Period,
  })
  .meta({ id: 'NewAbsence' });
export type NewAbsence = z.infer<typeof NewAbsence>;

export const AbsenceChange = z
  .strictObject({
    delegate: PersonName.nullable().optional(),
    startsAt: Instant.optional(),
    endsAt: Instant.optional(),
  })
  .meta({ id: 'AbsenceChange' });
export type AbsenceChange = z.infer<typeof AbsenceChange>;

export const AbsenceQuery = z.strictObject({
  everybody: Flag.optional().meta({ description: 'Of everybody, for those who lead; else your own.' }),
});
export type AbsenceQuery = z.infer<typeof AbsenceQuery>;

export const AbsenceLine = z
  .object({
    id: Id,
    person: Somebody,
    delegate: Somebody.optional(),
    startsAt: z.string(),
    endsAt: z.string(),
  })
  .meta({ id: 'Absence' });

export const AbsenceList = z.object({ items: z.array(AbsenceLine) }).meta({ id: 'AbsenceList' });
