import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '@cordon/kernel';
import type { Absence, Duty, Team } from '@cordon/runtime';
import { noon } from '../builders.js';
import { Bench, type MakeStore } from './setup.js';

const HOUR = 3_600_000;

const aTeam = (id: string, overrides: Partial<Team> = {}): Team => ({
  id,
  name: `Team ${id}`,
  roles: ['responder'],
  members: [],
  createdAt: noon,
  ...overrides,
});

const aDuty = (id: string, startsAt: number, overrides: Partial<Duty> = {}): Duty => ({
  ...{ id, startsAt, endsAt: startsAt + HOUR, person: 'ann' },
  ...(overrides.teamId === undefined ? { role: 'responder' } : {}),
  ...overrides,
});

const anAbsence = (id: string, startsAt: number, overrides: Partial<Absence> = {}): Absence => ({
  ...{ id, startsAt, endsAt: startsAt + HOUR, person: 'ann' },
  ...overrides,
});

export function teamConformance(makeStore: MakeStore): void {
  describe('teams', () => {
    const bench = new Bench(makeStore);
    const teams = () => bench.store.teams;

    test('by name, with their members in order, each once', async () => {
      await teams().addTeam(aTeam('b', { members: ['cat', 'ann', 'cat'], roles: ['it', 'legal'] }));
      await teams().addTeam(aTeam('a', { name: 'A first' }));
      const [first, second] = await teams().teams();
      expect([first, second]).toEqual([
        aTeam('a', { name: 'A first' }),
        aTeam('b', { members: ['ann', 'cat'], roles: ['it', 'legal'] }),
      ]);
      expect(await teams().teamsOf('cat')).toEqual([second]);
      expect(await teams().teamsOf('nobody')).toEqual([]);
      expect(await teams().team('b')).toEqual(second);
      expect(await teams().team('c')).toBeUndefined();
    });

    test('a name belongs to one team; what a change leaves out stays', async () => {
      await teams().addTeam(aTeam('a', { members: ['ann'] }));
      expect(await teams().addTeam(aTeam('b', { name: 'Team a', members: ['bob'] }))).toBe('name_taken');
      expect(await teams().teamsOf('bob')).toEqual([]);
      await teams().addTeam(aTeam('b'));
      expect(await teams().changeTeam('b', { name: 'Team a', members: ['bob'] })).toBe('name_taken');
      expect((await teams().team('b'))?.members).toEqual([]);
      expect(await teams().changeTeam('a', { members: ['bob'] })).toBe('changed');
      expect(await teams().team('a')).toEqual(aTeam('a', { members: ['bob'] }));
      expect(await teams().changeTeam('a', {})).toBe('changed');
      expect(await teams().changeTeam('none', { roles: [] })).toBe('unknown');
    });

    test('removing one takes its shifts with it, and no others', async () => {
      await teams().addTeam(aTeam('a', { members: ['ann'] }));
      await teams().addDuty(aDuty('of-team', noon, { teamId: 'a' }));
      await teams().addDuty(aDuty('of-role', noon));
      expect([await teams().removeTeam('a'), await teams().removeTeam('a')]).toEqual([true, false]);
      expect(await teams().teamsOf('ann')).toEqual([]);
      expect(await teams().duties({ from: noon })).toEqual([aDuty('of-role', noon)]);
    });
  });

  describe('shifts and absences', () => {
    const bench = new Bench(makeStore);
    const teams = () => bench.store.teams;

    test('shifts that touch a stretch of time, by start: the last moment is not part of one', async () => {
      await teams().addDuty(aDuty('late', noon + HOUR, { teamId: 't' }));
      await teams().addDuty(aDuty('early', noon - HOUR));
      await teams().addDuty(aDuty('now', noon));
      const ids = async (from: number, until?: number): Promise<string[]> =>
        (await teams().duties({ from, ...(until !== undefined && { until }) })).map(({ id }) => id);
      expect(await ids(noon, noon)).toEqual(['now']);
      expect(await ids(noon - 1, noon)).toEqual(['early', 'now']);
      expect(await ids(noon)).toEqual(['now', 'late']);
      expect(await teams().duty('late')).toEqual(aDuty('late', noon + HOUR, { teamId: 't' }));
    });

    test('a shift is replaced and removed by its id', async () => {
      await teams().addDuty(aDuty('a', noon));
      const moved = aDuty('a', noon + 5, { person: 'bob', teamId: 't' });
      expect(await teams().replaceDuty(moved)).toBe(true);
      expect(await teams().duty('a')).toEqual(moved);
      expect(await teams().replaceDuty(aDuty('none', noon))).toBe(false);
      expect([await teams().removeDuty('a'), await teams().removeDuty('a')]).toEqual([true, false]);
      expect(await teams().duty('a')).toBeUndefined();
    });

    test('absences of people, and those in which somebody stands in', async () => {
      const [a, b] = [anAbsence('a', noon, { delegate: 'bob' }), anAbsence('b', noon, { person: 'bob' })];
      await teams().addAbsence(b);
      await teams().addAbsence(a);
      const during = { from: noon, until: noon };
      expect(await teams().absences(during)).toEqual([a, b]);
      expect(await teams().absences(during, ['bob'])).toEqual([b]);
      expect(await teams().absences(during, [])).toEqual([]);
      expect(await teams().absencesFor('bob', during)).toEqual([a]);
      expect(await teams().absencesFor('bob', { from: noon + HOUR })).toEqual([]);
      const longer = { ...b, endsAt: noon + 9 * HOUR, delegate: 'cat' };
      expect(await teams().replaceAbsence(longer)).toBe(true);
      expect(await teams().absence('b')).toEqual(longer);
      expect(await teams().replaceAbsence({ ...longer, person: 'cat', delegate: 'bob' })).toBe(false);
      expect([await teams().removeAbsence('b'), await teams().removeAbsence('b')]).toEqual([true, false]);
    });

    test('what makes no sense is refused by the schema', async () => {
      await expect(teams().addDuty(aDuty('a', noon, { endsAt: noon }))).rejects.toThrow(InvariantError);
      await expect(teams().addAbsence(anAbsence('a', noon, { endsAt: noon }))).rejects.toThrow(
        InvariantError,
      );
      await expect(teams().addAbsence(anAbsence('a', noon, { delegate: 'ann' }))).rejects.toThrow(
        InvariantError,
      );
      await expect(teams().addDuty({ ...aDuty('a', noon), teamId: 't' })).rejects.toThrow(InvariantError);
    });
  });
}
