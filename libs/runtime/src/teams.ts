/** Who is there: on duty for a role, away, standing in, in somebody's team. */
import type { Audience } from '@cordon/engine';
import type { EpochMs } from '@cordon/kernel';
import type { Absence, Duty, Team, TeamStore } from './team-ports.js';

/** Somebody to turn to. */
export interface OnDuty {
  readonly person: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** Whom the person stands in for. */
  readonly insteadOf?: string;
}

/** The next shifts are looked for this far ahead. */
const AHEAD_MS = 14 * 24 * 3_600_000;
/** Who stands in may be away too, and so on, at the most so often. */
const MAX_CHAIN = 5;

/** The task that somebody is to be told of. */
export interface ToTell {
  readonly assignee?: string;
  readonly roles: readonly string[];
  readonly tell: Audience;
}

const LADDER: readonly Audience[] = ['assignee', 'role', 'coordinator', 'roster'];

export class Teams {
  constructor(readonly store: TeamStore) {}

  /** Who is on duty for the role at that moment: people of the role's own shifts and of its teams', delegates for the absent. */
  async onDuty(role: string, at: EpochMs): Promise<readonly OnDuty[]> {
    return (await this.shifts(at, at)).now(role);
  }

  /** Now and next, by role. */
  async roster(
    at: EpochMs,
  ): Promise<
    readonly { readonly role: string; readonly now: readonly OnDuty[]; readonly next: readonly OnDuty[] }[]
  > {
    const shifts = await this.shifts(at, at + AHEAD_MS);
    return shifts.roles().map((role) => ({ role, now: shifts.now(role), next: shifts.next(role) }));
  }

  /** When the person is away at that moment, and who stands in. */
  async absenceOf(person: string, at: EpochMs): Promise<Absence | undefined> {
    return (await this.store.absences({ from: at, until: at }, [person])).find((one) => covers(one, at));
  }

  /** Whom the person stands in for at that moment, directly or because who would is away too. */
  async standsInFor(person: string, at: EpochMs): Promise<readonly string[]> {
    const found = new Set<string>();
    let wave: readonly string[] = [person];
    for (let depth = 0; depth < MAX_CHAIN && wave.length > 0; depth += 1) {
      const absences = await Promise.all(
        wave.map((one) => this.store.absencesFor(one, { from: at, until: at })),
      );
      wave = [...new Set(absences.flat().flatMap((one) => (covers(one, at) ? [one.person] : [])))].filter(
        (one) => one !== person && !found.has(one),
      );
      for (const one of wave) found.add(one);
    }
    return [...found];
  }

  /** The people of the person's teams, and the roles that these share work in. */
  async teamOf(
    person: string,
  ): Promise<{ readonly people: readonly string[]; readonly roles: readonly string[] }> {
    const teams = await this.store.teamsOf(person);
    return {
      people: [...new Set(teams.flatMap(({ members }) => members))],
      roles: [...new Set(teams.flatMap(({ roles }) => roles))],
    };
  }

  /** Ids of those to tell: whoever is asked for first, else the next audience in which there is somebody. */
  async recipients({ assignee, roles, tell }: ToTell, at: EpochMs): Promise<readonly string[]> {
    const shifts = await this.shifts(at, at);
    const found: Readonly<Record<Audience, () => readonly string[]>> = {
      assignee: () => (assignee === undefined ? [] : shifts.orStandIn(assignee)),
      role: () => peopleOf(roles.flatMap((role) => shifts.now(role))),
      coordinator: () => peopleOf(shifts.now('coordinator')),
      roster: () => peopleOf(shifts.everybody()),
    };
    for (const audience of LADDER.slice(LADDER.indexOf(tell))) {
      const people = found[audience]();
      if (people.length > 0) return people;
    }
    return [];
  }

  private async shifts(from: EpochMs, until: EpochMs): Promise<Shifts> {
    const [duties, teams, absences] = await Promise.all([
      this.store.duties({ from, until }),
      this.store.teams(),
      this.store.absences({ from, until: from }),
    ]);
    return new Shifts(from, duties, teams, absences);
  }
}

/** Shifts as they stand, at one moment. */
class Shifts {
  private readonly byTeam: ReadonlyMap<string, Team>;

  constructor(
    private readonly at: EpochMs,
    private readonly duties: readonly Duty[],
    teams: readonly Team[],
    private readonly absences: readonly Absence[],
  ) {
    this.byTeam = new Map(teams.map((team) => [team.id, team]));
  }

  roles(): readonly string[] {
    return [...new Set(this.duties.flatMap((duty) => this.rolesOf(duty)))].sort();
  }

  now(role: string): readonly OnDuty[] {
    return this.present(this.duties.filter((duty) => covers(duty, this.at) && this.isFor(duty, role)));
  }

  /** The shifts that begin first after this moment. */
  next(role: string): readonly OnDuty[] {
    const later = this.duties.filter(({ startsAt }) => startsAt > this.at);
    const ofRole = later.filter((duty) => this.isFor(duty, role));
    const first = Math.min(...ofRole.map(({ startsAt }) => startsAt));
    return ofRole
      .filter(({ startsAt }) => startsAt === first)
      .map(({ person, startsAt, endsAt }) => ({ person, from: startsAt, until: endsAt }));
  }

  everybody(): readonly OnDuty[] {
    return this.present(this.duties.filter((duty) => covers(duty, this.at)));
  }

  /** The person, and whoever stands in while the person is away. */
  orStandIn(person: string): readonly string[] {
    const standIn = this.standIn(person);
    return standIn === undefined || standIn === person ? [person] : [person, standIn];
  }

  private isFor(duty: Duty, role: string): boolean {
    return this.rolesOf(duty).includes(role);
  }

  private rolesOf({ role, teamId }: Duty): readonly string[] {
    if (role !== undefined) return [role];
    return teamId === undefined ? [] : (this.byTeam.get(teamId)?.roles ?? []);
  }

  /** Who is away is replaced by who stands in, and left out where nobody does. Each person once. */
  private present(duties: readonly Duty[]): readonly OnDuty[] {
    const found = new Map<string, OnDuty>();
    for (const { person, startsAt, endsAt } of duties) {
      const there = this.standIn(person);
      if (there === undefined || found.has(there)) continue;
      const instead = there === person ? {} : { insteadOf: person };
      found.set(there, { person: there, from: startsAt, until: endsAt, ...instead });
    }
    return [...found.values()];
  }

  private standIn(person: string): string | undefined {
    let there: string | undefined = person;
    for (let i = 0; i < MAX_CHAIN && there !== undefined; i += 1) {
      const away: Absence | undefined = this.absences.find(
        (one) => one.person === there && covers(one, this.at),
      );
      if (!away) return there;
      there = away.delegate;
    }
    return undefined;
  }
}

function covers({ startsAt, endsAt }: Pick<Duty, 'startsAt' | 'endsAt'>, at: EpochMs): boolean {
  return startsAt <= at && at < endsAt;
}

function peopleOf(duties: readonly OnDuty[]): readonly string[] {
  return [...new Set(duties.map(({ person }) => person))];
}
