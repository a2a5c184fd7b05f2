/** A playbook as the text that is published. */
import type { Json, JsonObject } from '@cordon/kernel';
import { stringify } from 'yaml';

/** YAML for people; the origin is one line of JSON, which YAML 1.2 contains. Deterministic. */
export function playbookText({ origin, ...playbook }: JsonObject): string {
  const text = stringify(playbook, { aliasDuplicateObjects: false, lineWidth: 0, schema: 'core' });
  return origin === undefined ? text : `${text}origin: ${JSON.stringify(origin)}\n`;
}

/** How many lists and objects are inside each other. */
export function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member));
  return deepest + 1;
}
