import { markingsSeen, reachOf, type Actor } from '@cordon/engine';
import type { VisibleTo } from './ports.js';

/** The narrowing of every list to what the person may see; undefined, everything, for the system. */
export function visibleTo({ type, id, roles }: Actor): VisibleTo | undefined {
  if (type === 'system') return undefined;
  const reads = reachOf('incident.read', roles) !== undefined;
  return { markings: markingsSeen(roles), ...(reads ? { person: id } : {}) };
}
