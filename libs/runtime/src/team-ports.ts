/**
 * Who works with whom and when. A **team** shares work in some roles; a **duty** is one shift of one person for a role
 * or a team; an **absence** says who is away and who stands in, the **delegate**. People are ids.
 */
import type { EpochMs } from '@cordon/kernel';

export interface Team {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly roles: readonly string[];
  /** In order of their ids. */
  readonly members: readonly string[];
  readonly createdAt: EpochMs;
}

/** What is left out stays. */
export type TeamChange = Partial<Pick<Team, 'name' | 'roles' | 'members'>>;

interface Period {
  readonly startsAt: EpochMs;
  /** The first moment after it. */
  readonly endsAt: EpochMs;
}

/** Either for a role or for a team. */
export interface Duty extends Period {
  readonly id: string;
  readonly role?: string;
  readonly teamId?: string;
  readonly person: string;
}

export interface Absence extends Period {
  readonly id: string;
  readonly person: string;
  readonly delegate?: string;
}

/** Those that touch this stretch of time. */
export interface DuringFilter {
  readonly from: EpochMs;
  readonly until?: EpochMs;
}

export interface TeamStore {
  /** By name. */
  teams(): Promise<readonly Team[]>;
  team(id: string): Promise<Team | undefined>;
  teamsOf(person: string): Promise<readonly Team[]>;
  /** `name_taken`, and nothing written, when another team has the name. */
  addTeam(team: Team): Promise<'added' | 'name_taken'>;
  changeTeam(id: string, change: TeamChange): Promise<'changed' | 'unknown' | 'name_taken'>;
  /** Its duties go with it. False when there is no such team. */
  removeTeam(id: string): Promise<boolean>;
  /** By start. */
  duties(during: DuringFilter): Promise<readonly Duty[]>;
  duty(id: string): Promise<Duty | undefined>;
  addDuty(duty: Duty): Promise<void>;
  /** Puts it in the place of the one with its id; false when there is none. */
  replaceDuty(duty: Duty): Promise<boolean>;
  removeDuty(id: string): Promise<boolean>;
  /** By start; of these people where they are named. */
  absences(during: DuringFilter, people?: readonly string[]): Promise<readonly Absence[]>;
  /** Those in which this person stands in. */
  absencesFor(delegate: string, during: DuringFilter): Promise<readonly Absence[]>;
  absence(id: string): Promise<Absence | undefined>;
  addAbsence(absence: Absence): Promise<void>;
  /** Puts it in the place of the one with its id; the person stays. False when there is none. */
  replaceAbsence(absence: Absence): Promise<boolean>;
  removeAbsence(id: string): Promise<boolean>;
}
