import type { Absence, DuringFilter, Duty, Team, TeamChange, TeamStore } from '@cordon/runtime';
import { In, LessThanOrEqual, MoreThan, type DataSource, type EntityManager } from 'typeorm';
import { AbsenceEntity, DutyEntity, TeamEntity, TeamMemberEntity } from './entities/index.js';
import { faultOf, withStoreErrors } from './errors.js';

const NAME_KEY = 'team_name_key';

/** Touches the stretch: begins by its end, and ends after its beginning. */
function touching({ from, until }: DuringFilter) {
  return {
    endsAt: MoreThan(new Date(from)),
    ...(until === undefined ? {} : { startsAt: LessThanOrEqual(new Date(until)) }),
  };
}

/** Teams, shifts and absences: some hundreds of rows each, read whole or by their indexes. */
export class PostgresTeamStore implements TeamStore {
  constructor(private readonly dataSource: DataSource) {}

  teams(): Promise<readonly Team[]> {
    return withStoreErrors(async () => {
      const { manager } = this.dataSource;
      const rows = await manager.find(TeamEntity, { order: { name: 'ASC' } });
      return withMembers(manager, rows);
    });
  }

  async team(id: string): Promise<Team | undefined> {
    return (await this.named([id]))[0];
  }

  teamsOf(person: string): Promise<readonly Team[]> {
    return withStoreErrors(async () => {
      const own = await this.dataSource.manager.findBy(TeamMemberEntity, { person });
      return own.length === 0 ? [] : this.named(own.map(({ teamId }) => teamId));
    });
  }

  async addTeam({ members, createdAt, roles, ...team }: Team): Promise<'added' | 'name_taken'> {
    return this.unlessTaken(async (manager) => {
      await manager.insert(TeamEntity, { ...team, roles: [...roles], createdAt: new Date(createdAt) });
      await replaceMembers(manager, team.id, members);
      return 'added' as const;
    });
  }

  async changeTeam(
    id: string,
    { name, roles, members }: TeamChange,
  ): Promise<'changed' | 'unknown' | 'name_taken'> {
    return this.unlessTaken(async (manager) => {
      const changed = { ...(name !== undefined && { name }), ...(roles && { roles: [...roles] }) };
      const found = await manager.findOne(TeamEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (!found) return 'unknown' as const;
      if (Object.keys(changed).length > 0) await manager.update(TeamEntity, { id }, changed);
      if (members) await replaceMembers(manager, id, members);
      return 'changed' as const;
    });
  }

  removeTeam(id: string): Promise<boolean> {
    return withStoreErrors(() =>
      this.dataSource.transaction(async (manager) => {
        const { affected } = await manager.delete(TeamEntity, { id });
        await manager.delete(TeamMemberEntity, { teamId: id });
        await manager.delete(DutyEntity, { teamId: id });
        return affected === 1;
      }),
    );
  }

  duties(during: DuringFilter): Promise<readonly Duty[]> {
    return withStoreErrors(async () => {
      const rows = await this.dataSource.manager.find(DutyEntity, {
        where: touching(during),
        order: { startsAt: 'ASC', id: 'ASC' },
      });
      return rows.map(dutyOf);
    });
  }

  duty(id: string): Promise<Duty | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(DutyEntity, { id });
      return row === null ? undefined : dutyOf(row);
    });
  }

  async addDuty(duty: Duty): Promise<void> {
    await withStoreErrors(() =>
      this.dataSource.manager.insert(DutyEntity, { id: duty.id, ...dutyRow(duty) }),
    );
  }

  async replaceDuty(duty: Duty): Promise<boolean> {
    const { affected } = await withStoreErrors(() =>
      this.dataSource.manager.update(DutyEntity, { id: duty.id }, dutyRow(duty)),
    );
    return affected === 1;
  }

  async removeDuty(id: string): Promise<boolean> {
    const { affected } = await withStoreErrors(() => this.dataSource.manager.delete(DutyEntity, { id }));
    return affected === 1;
  }

  absences(during: DuringFilter, people?: readonly string[]): Promise<readonly Absence[]> {
    return this.findAbsences({ ...touching(during), ...(people && { person: In([...people]) }) });
  }

  absencesFor(delegate: string, during: DuringFilter): Promise<readonly Absence[]> {
    return this.findAbsences({ ...touching(during), delegate });
  }

  absence(id: string): Promise<Absence | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(AbsenceEntity, { id });
      return row === null ? undefined : absenceOf(row);
    });
  }

  async addAbsence({ id, person, ...absence }: Absence): Promise<void> {
    await withStoreErrors(() =>
      this.dataSource.manager.insert(AbsenceEntity, { id, person, ...absenceRow(absence) }),
    );
  }

  async replaceAbsence({ id, person, ...absence }: Absence): Promise<boolean> {
    const { affected } = await withStoreErrors(() =>
      this.dataSource.manager.update(AbsenceEntity, { id, person }, absenceRow(absence)),
    );
    return affected === 1;
  }

  async removeAbsence(id: string): Promise<boolean> {
    const { affected } = await withStoreErrors(() => this.dataSource.manager.delete(AbsenceEntity, { id }));
    return affected === 1;
  }

  private named(ids: readonly string[]): Promise<readonly Team[]> {
    return withStoreErrors(async () => {
      const { manager } = this.dataSource;
      const rows = await manager.find(TeamEntity, { where: { id: In([...ids]) }, order: { name: 'ASC' } });
      return withMembers(manager, rows);
    });
  }

  private findAbsences(where: object): Promise<readonly Absence[]> {
    return withStoreErrors(async () => {
      const order = { startsAt: 'ASC', id: 'ASC' } as const;
      return (await this.dataSource.manager.find(AbsenceEntity, { where, order })).map(absenceOf);
    });
  }

  /** One transaction; the other team's name is an answer, not an error. */
  private async unlessTaken<T>(work: (manager: EntityManager) => Promise<T>): Promise<T | 'name_taken'> {
    return withStoreErrors(async () => {
      try {
        return await this.dataSource.transaction(work);
      } catch (thrown) {
        if (faultOf(thrown).constraint === NAME_KEY) return 'name_taken';
        throw thrown;
      }
    });
  }
}

async function withMembers(manager: EntityManager, teams: readonly TeamEntity[]): Promise<readonly Team[]> {
  const rows = await manager.find(TeamMemberEntity, {
    where: { teamId: In(teams.map(({ id }) => id)) },
    order: { person: 'ASC' },
  });
  return teams.map(({ id, name, roles, createdAt }) => ({
    ...{ id, name, roles },
    members: rows.flatMap(({ teamId, person }) => (teamId === id ? [person] : [])),
    createdAt: createdAt.getTime(),
  }));
}

async function replaceMembers(
  manager: EntityManager,
  teamId: string,
  members: readonly string[],
): Promise<void> {
  await manager.delete(TeamMemberEntity, { teamId });
  const people = [...new Set(members)];
  if (people.length > 0)
    await manager.insert(
      TeamMemberEntity,
      people.map((person) => ({ teamId, person })),
    );
}

function dutyRow({ startsAt, endsAt, role, teamId, person }: Duty) {
  return {
    startsAt: new Date(startsAt),
    endsAt: new Date(endsAt),
    role: role ?? null,
    teamId: teamId ?? null,
    person,
  };
}

function dutyOf({ id, startsAt, endsAt, role, teamId, person }: DutyEntity): Duty {
  return {
    id,
    startsAt: startsAt.getTime(),
    endsAt: endsAt.getTime(),
    ...(role !== null && { role }),
    ...(teamId !== null && { teamId }),
    person,
  };
}

function absenceRow({ startsAt, endsAt, delegate }: Omit<Absence, 'id' | 'person'>) {
  return { startsAt: new Date(startsAt), endsAt: new Date(endsAt), delegate: delegate ?? null };
}

function absenceOf({ id, startsAt, endsAt, person, delegate }: AbsenceEntity): Absence {
  return {
    id,
    startsAt: startsAt.getTime(),
    endsAt: endsAt.getTime(),
    person,
    ...(delegate !== null && { delegate }),
  };
}
