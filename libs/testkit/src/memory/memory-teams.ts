import { invariant } from '@cordon/kernel';
import type { Absence, DuringFilter, Duty, Team, TeamChange, TeamStore } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';

interface Period {
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Teams, shifts and absences, by looking at everything. */
export class MemoryTeams implements TeamStore {
  private readonly byId = new Map<string, Team>();
  private readonly shifts = new Map<string, Duty>();
  private readonly away = new Map<string, Absence>();

  async teams(): Promise<readonly Team[]> {
    return [...this.byId.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async team(id: string): Promise<Team | undefined> {
    return this.byId.get(id);
  }

  async teamsOf(person: string): Promise<readonly Team[]> {
    return (await this.teams()).filter(({ members }) => members.includes(person));
  }

  async addTeam(team: Team): Promise<'added' | 'name_taken'> {
    invariant(!this.byId.has(team.id), 'teams differ in id');
    if (this.isTaken(team.name, team.id)) return 'name_taken';
    this.put(team);
    return 'added';
  }

  async changeTeam(id: string, change: TeamChange): Promise<'changed' | 'unknown' | 'name_taken'> {
    const team = this.byId.get(id);
    if (!team) return 'unknown';
    if (change.name !== undefined && this.isTaken(change.name, id)) return 'name_taken';
    this.put({ ...team, ...change });
    return 'changed';
  }

  async removeTeam(id: string): Promise<boolean> {
    for (const duty of this.shifts.values()) if (duty.teamId === id) this.shifts.delete(duty.id);
    return this.byId.delete(id);
  }

  async duties(during: DuringFilter): Promise<readonly Duty[]> {
    return touching([...this.shifts.values()], during);
  }

  async duty(id: string): Promise<Duty | undefined> {
    return this.shifts.get(id);
  }

  async addDuty(duty: Duty): Promise<void> {
    invariant(!this.shifts.has(duty.id), 'duties differ in id');
    this.putDuty(duty);
  }

  async replaceDuty(duty: Duty): Promise<boolean> {
    if (!this.shifts.has(duty.id)) return false;
    this.putDuty(duty);
    return true;
  }

  async removeDuty(id: string): Promise<boolean> {
    return this.shifts.delete(id);
  }

  async absences(during: DuringFilter, people?: readonly string[]): Promise<readonly Absence[]> {
    const all = [...this.away.values()].filter(({ person }) => !people || people.includes(person));
    return touching(all, during);
  }

  async absencesFor(delegate: string, during: DuringFilter): Promise<readonly Absence[]> {
    return touching(
      [...this.away.values()].filter((one) => one.delegate === delegate),
      during,
    );
  }

  async absence(id: string): Promise<Absence | undefined> {
    return this.away.get(id);
  }

  async addAbsence(absence: Absence): Promise<void> {
    invariant(!this.away.has(absence.id), 'absences differ in id');
    this.putAbsence(absence);
  }

  async replaceAbsence(absence: Absence): Promise<boolean> {
    if (this.away.get(absence.id)?.person !== absence.person) return false;
    this.putAbsence(absence);
    return true;
  }

  async removeAbsence(id: string): Promise<boolean> {
    return this.away.delete(id);
  }

  private isTaken(name: string, id: string): boolean {
    return [...this.byId.values()].some((team) => team.name === name && team.id !== id);
  }

  private put(team: Team): void {
    this.byId.set(team.id, frozenCopy({ ...team, members: [...new Set(team.members)].sort() }));
  }

  private putDuty(duty: Duty): void {
    invariant(duty.startsAt < duty.endsAt, 'a duty has a length');
    invariant((duty.role === undefined) !== (duty.teamId === undefined), 'a duty is for a role or a team');
    this.shifts.set(duty.id, frozenCopy(duty));
  }

  private putAbsence(absence: Absence): void {
    invariant(absence.startsAt < absence.endsAt, 'an absence has a length');
    invariant(absence.delegate !== absence.person, 'nobody stands in for themselves');
    this.away.set(absence.id, frozenCopy(absence));
  }
}

function touching<P extends Period>(periods: readonly P[], { from, until = Infinity }: DuringFilter): P[] {
  return periods
    .filter(({ startsAt, endsAt }) => endsAt > from && startsAt <= until)
    .sort((a, b) => a.startsAt - b.startsAt || (a.id < b.id ? -1 : 1));
}
