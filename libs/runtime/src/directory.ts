/** Who is there to help: people by role, and whether they are on duty now. */

/** Somebody who has a role. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly onDuty: boolean;
}

/** Port: the people directory with the duty roster. */
export interface Directory {
  /** Everybody who has the role and may sign in, in any order. */
  withRole(role: string): Promise<readonly Colleague[]>;
}

/** The same at hand, for texts that are made in one go. */
export type ColleaguesOf = (role: string) => readonly Colleague[];

/** Looks up these roles once each; of any other the returned function knows nobody. */
export async function colleaguesIn(directory: Directory, roles: Iterable<string>): Promise<ColleaguesOf> {
  const known = new Map(
    await Promise.all(
      [...new Set(roles)].map(async (role) => [role, await directory.withRole(role)] as const),
    ),
  );
  return (role) => known.get(role) ?? [];
}

/** A directory that is a list. */
export class ListedDirectory implements Directory {
  constructor(private readonly people: readonly (Colleague & { readonly roles: readonly string[] })[]) {}

  withRole(role: string): Promise<readonly Colleague[]> {
    const found = this.people.filter(({ roles }) => roles.includes(role));
    return Promise.resolve(found.map(({ id, name, onDuty }) => ({ id, name, onDuty })));
  }
}
