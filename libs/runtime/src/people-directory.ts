import type { Clock, EpochMs } from '@cordon/kernel';
import type { Colleague, Directory } from './directory.js';
import type { People } from './people.js';
import type { PersonStore } from './people-ports.js';
import type { TokenStore } from './ports.js';
import type { Teams } from './teams.js';

/** More names than these help nobody at night. */
const MAX_NAMED = 20;
/** Roles and shifts change seldom: who has which is looked up again after so long. */
const REMEMBER_MS = 2_000;

export interface DirectorySources {
  readonly tokens: TokenStore;
  /** Absent where nobody but tokens acts. */
  readonly persons?: PersonStore;
  readonly people: People;
  /** Absent where there is no roster. */
  readonly teams?: Teams;
  readonly clock: Clock;
}

interface Holder {
  readonly id: string;
  readonly roles: readonly string[];
}

interface Present {
  readonly holders: readonly Holder[];
  /** Ids of who is on duty, by role. */
  readonly onDuty: ReadonlyMap<string, readonly string[]>;
}

/** People who sign in and tokens that are valid, by role; who is on duty now is named before the others. */
export class PeopleDirectory implements Directory {
  private known: { readonly present: Promise<Present>; readonly until: EpochMs } | undefined;

  constructor(private readonly sources: DirectorySources) {}

  async withRole(role: string): Promise<readonly Colleague[]> {
    const { holders, onDuty } = await this.present();
    const duty = new Set(onDuty.get(role) ?? []);
    const holding = holders.filter(({ roles }) => roles.includes(role)).map(({ id }) => id);
    // A delegate may be on duty for a role of their own team's without holding it by name.
    const ids = [...duty, ...holding.filter((id) => !duty.has(id))].slice(0, MAX_NAMED);
    const nameOf = await this.sources.people.names(ids);
    return ids.flatMap((id) => {
      const name = nameOf(id);
      return name === undefined ? [] : [{ id, name, onDuty: duty.has(id) }];
    });
  }

  private present(): Promise<Present> {
    const now = this.sources.clock.now();
    if (!this.known || this.known.until <= now) {
      const present = this.lookUp(now);
      this.known = { present, until: now + REMEMBER_MS };
      present.catch(() => (this.known = undefined));
    }
    return this.known.present;
  }

  private async lookUp(now: EpochMs): Promise<Present> {
    const { tokens, persons, teams } = this.sources;
    const [held, stored, roster] = await Promise.all([
      tokens.list(),
      persons?.list() ?? [],
      teams?.roster(now) ?? [],
    ]);
    const holders = [
      ...stored.filter(({ disabledAt, erasedAt }) => disabledAt === undefined && erasedAt === undefined),
      ...held.filter(
        ({ revokedAt, expiresAt }) => revokedAt === undefined && (expiresAt === undefined || expiresAt > now),
      ),
    ];
    const onDuty = new Map(roster.map(({ role, now: there }) => [role, there.map(({ person }) => person)]));
    return { holders, onDuty };
  }
}
