import { PERMISSIONS, reachOf, type Action, type Actor, type Reach } from '@cordon/engine';
import type { Cordon } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { CORDON } from '../injection.js';

export interface WhoamiView {
  readonly id: string;
  readonly name?: string;
  readonly roles: readonly string[];
  readonly may: Readonly<Record<string, Reach>>;
  readonly session?: { readonly id: string; readonly method: string };
}

/** Who somebody is and what they may do: the table that answers the API, for explaining a button beforehand. */
@Injectable()
export class WhoAmI {
  constructor(@Inject(CORDON) private readonly cordon: Cordon) {}

  async describe(
    { id, roles }: Actor,
    by: {
      readonly session?: { readonly id: string; readonly method: string };
      readonly scopes?: readonly string[];
    },
  ): Promise<WhoamiView> {
    const [person] = await this.cordon.people([id]);
    const { session, scopes } = by;
    return {
      id,
      ...(person && { name: person.name }),
      roles,
      may: mayOf(roles, scopes),
      ...(session && { session: { id: session.id, method: session.method } }),
    };
  }
}

function mayOf(roles: readonly string[], scopes: readonly string[] | undefined): Record<string, Reach> {
  const actions = Object.keys(PERMISSIONS) as Action[];
  return Object.fromEntries(
    actions.flatMap((action) => {
      const reach = scopes && !scopes.includes(action) ? undefined : reachOf(action, roles);
      return reach === undefined ? [] : [[action, reach]];
    }),
  );
}
