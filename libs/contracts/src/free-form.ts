import type { JsonObject } from '@cordon/kernel';
import { z } from 'zod';
import { limits } from './limits.js';

/**
 * An object whose members are not the API's to name: an event's data, an organisation. Its size is limited
 * all the same. Costs one walk; the walk does not recurse, so a hostile depth costs no stack.
 */
export const FreeForm = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'must be an object',
    abort: true,
  })
  .superRefine((value, context) => {
    const found = overfull(value);
    if (found !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `must have at most ${limits.members} members`,
        path: found,
      });
    }
  })
  .meta({ id: 'FreeForm', type: 'object', additionalProperties: true });

/** An event's data: free-form, and few enough, because the audit entry commits to each value. */
export const EventData = FreeForm.refine((data) => Object.keys(data).length <= limits.dataMembers, {
  error: `must have at most ${limits.dataMembers} members`,
}).meta({ id: 'EventData', type: 'object', additionalProperties: true, maxProperties: limits.dataMembers });

/** Path of the first array or object with too many members. */
function overfull(value: JsonObject): string[] | undefined {
  const waiting: { readonly at: object; readonly path: string[] }[] = [{ at: value, path: [] }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const members = Object.entries(next.at);
    if (members.length > limits.members) return next.path;
    for (const [key, member] of members) {
      if (typeof member === 'object' && member !== null)
        waiting.push({ at: member as object, path: [...next.path, key] });
    }
  }
  return undefined;
}

/** Bytes of the JSON text in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
