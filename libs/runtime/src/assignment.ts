import type { FieldError } from '@cordon/engine';
import type { JsonObject } from '@cordon/kernel';
import type { People } from './people.js';
import type { EventCommand } from './views.js';

/** The event's data, with `to` of an assignment as the person's id. Somebody who does not exist is a field error. */
export async function taskAssignment(
  people: People,
  { type, data }: EventCommand,
  now: number,
  errors: FieldError[],
): Promise<JsonObject | undefined> {
  if (type !== 'task.assign' || typeof data?.to !== 'string') return data;
  const person = await people.resolve(data.to, now);
  if (person) return { ...data, to: person.id };
  errors.push({
    pointer: '/data/to',
    message: `there is no active person with the id or the unique name "${data.to}"`,
  });
  return data;
}
