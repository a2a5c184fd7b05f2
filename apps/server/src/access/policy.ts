import { roles, type Role } from '@cordon/contracts';
import { SetMetadata } from '@nestjs/common';

const everyone: readonly Role[] = roles;

/**
 * What each action needs: one of these roles, or nobody's (`public`). What may be done to an incident is decided by
 * the engine, step by step, and refusals of it are part of the incident's history: so every role may ask.
 */
export const policy = {
  public: [],
  'incident.open': ['administrator', 'coordinator', 'responder', 'privacy-officer', 'system-owner'],
  'incident.read': everyone,
  'incident.submit': everyone,
  'history.read': everyone,
  'history.export': everyone,
  'task.read': everyone,
  'task.submit': everyone,
  'playbook.read': everyone,
  'playbook.publish': ['administrator', 'coordinator'],
  'token.manage': ['administrator'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof policy;

/** Addresses that are served outside the controllers: the description of the API. All of them public. */
export const publicPaths: readonly string[] = [
  '/docs',
  '/docs/',
  '/docs/index.html',
  '/docs/LICENSE',
  '/docs/swagger-ui-init.js',
  '/docs/docs/swagger-ui-init.js',
  '/openapi.json',
];

export const POLICY = 'cordon:policy';

/** Declares which action a route is. A route without one answers nobody. */
export const Policy = (action: Action) => SetMetadata(POLICY, action);

/** Roles that may do an action, for people who hold none of them. */
export function rolesFor(action: Action): readonly string[] {
  return policy[action];
}

export function isAllowed(action: Action, held: readonly string[]): boolean {
  return action === 'public' || rolesFor(action).some((role) => held.includes(role));
}
