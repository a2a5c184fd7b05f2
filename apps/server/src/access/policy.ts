import { PERMISSIONS, reachOf, rolesThatMay, type Action as Permission } from '@cordon/engine';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';

/**
 * What a route is: an action of the table of permissions, or `public`. What may be done to an incident is decided by
 * the engine, step by step, and refusals of it are part of the incident's history: so whoever may read one may ask.
 */
export type Action = Permission | 'public';

export function isAction(text: unknown): text is Action {
  return text === 'public' || (typeof text === 'string' && Object.hasOwn(PERMISSIONS, text));
}

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

/** Declares which action a route is, to the guard and in the API's description. A route without one answers nobody. */
export function Policy(action: Action): MethodDecorator {
  const declared = [SetMetadata(POLICY, action), ApiExtension('x-cordon-action', action)];
  if (action === 'public') return applyDecorators(...declared);
  return applyDecorators(...declared, ApiSecurity('bearer'), ApiSecurity('session'));
}

/** Roles that may do an action on some incident, for people who hold none of them. */
export function rolesFor(action: Action): readonly string[] {
  return action === 'public' ? [] : rolesThatMay(action);
}

/** Whether the roles may do the action on any incident at all; on which of them is the use case's to say. */
export function isAllowed(action: Action, held: readonly string[]): boolean {
  return action === 'public' || reachOf(action, held) !== undefined;
}
