/**
 * The people of a replay. Nobody approves what they did themselves, and each token is its own person, so a replay needs
 * several: they get tokens of their own that end with the replay.
 */
import { ApiError } from '../api/problem.js';
import type { ApiClient } from '../api/client.js';

export interface Member {
  readonly name: string;
  readonly roles: readonly string[];
  readonly api: ApiClient;
}

export interface Crew {
  /** Those who hold one of the roles first, then those who may do everything. Never empty. */
  whoMay(roles: readonly string[]): readonly Member[];
  /** Who opens the incident, records facts, closes. */
  readonly lead: Member;
  /** Told when the replay could not have people of its own. */
  readonly shortage?: string;
  /** Takes the tokens back; answers with what could not be taken back. Safe to call twice. */
  disband(): Promise<readonly string[]>;
}

const ROLES = ['coordinator', 'responder', 'approver', 'privacy-officer', 'communications', 'system-owner'];
const LIFETIME_MS = 2 * 60 * 60_000;

/**
 * Makes the crew with the given person's token. A person who may not make tokens does everything alone, which `shortage`
 * tells. When one token cannot be made, those made already are taken back and the error is thrown.
 */
export async function gatherCrew(api: ApiClient, now: () => number = Date.now): Promise<Crew> {
  const given: Member = { name: 'the given token', roles: [], api };
  const made: { id: string; member: Member }[] = [];
  try {
    for (const role of ROLES) {
      const name = `replay ${role.replaceAll('-', ' ')}`;
      const expiresAt = new Date(now() + LIFETIME_MS).toISOString();
      const { id, token } = await api.post<{ id: string; token: string }>('/tokens', {
        name,
        roles: [role],
        expiresAt,
      });
      made.push({ id, member: { name, roles: [role], api: api.as(token) } });
    }
  } catch (error) {
    await takeBack(api, made);
    if (error instanceof ApiError && error.status === 403) return alone(given);
    throw error;
  }
  const members = made.map(({ member }) => member);
  const lead = members[0] ?? given;
  return {
    lead,
    whoMay: (roles) =>
      unique([...members.filter((member) => member.roles.some((role) => roles.includes(role))), lead, given]),
    disband: () => takeBack(api, made),
  };
}

function alone(given: Member): Crew {
  return {
    lead: given,
    shortage:
      'This token may not make tokens, so one person does everything, and cannot approve work of its own.',
    whoMay: () => [given],
    disband: () => Promise.resolve([]),
  };
}

async function takeBack(api: ApiClient, made: { id: string; member: Member }[]): Promise<string[]> {
  const left: string[] = [];
  for (const { id, member } of made.splice(0)) {
    await api.delete(`/tokens/${encodeURIComponent(id)}`).catch(() => left.push(`${member.name} (${id})`));
  }
  return left;
}

function unique(members: readonly Member[]): Member[] {
  return [...new Set(members)];
}
