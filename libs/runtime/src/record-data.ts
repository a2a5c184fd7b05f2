/** What is filled into an event's data before it is decided, so that the decision needs nothing but the event. */
import { readLeaf } from '@cordon/audit';
import type { JsonObject } from '@cordon/kernel';
import { isIndicatorType, normalIndicator, type FieldError } from '@cordon/engine';
import type { IncidentId, ReadStore } from './ports.js';
import type { EventCommand } from './views.js';

/** Nobody's id: who wrote an entry that is not there cannot be the one who corrects it. */
const NOBODY = '-';

/** Who wrote the entry; undefined when there is no such entry. */
export type AuthorOf = (id: IncidentId, seq: number) => Promise<string | undefined>;

export function authorsIn(store: Pick<ReadStore, 'entries'>): AuthorOf {
  return async (id, seq) => {
    const [entry] = await store.entries(id, seq - 1, 1);
    return entry?.seq === seq ? readLeaf(entry.leaf).actor.id : undefined;
  };
}

/** The data to decide about. What may not be said by this way is a field error. */
export async function recordData(
  authorOf: AuthorOf,
  id: IncidentId,
  { type, stored }: EventCommand,
  data: JsonObject | undefined,
  errors: FieldError[],
): Promise<JsonObject | undefined> {
  if (!data) return data;
  switch (type) {
    case 'entry.correct': {
      const seq = Number(data.seq);
      const known = Number.isSafeInteger(seq) && seq > 0 && seq < 2 ** 31;
      return { ...data, author: (known ? await authorOf(id, seq) : undefined) ?? NOBODY };
    }
    case 'indicator.add': {
      const { type: kind, value } = data;
      const normal =
        isIndicatorType(kind) && typeof value === 'string' ? normalIndicator(kind, value) : undefined;
      return normal === undefined ? data : { ...data, value: normal };
    }
    case 'evidence.add':
      // Only a file that has been received here may be said to be here: else a hash alone would open another's file.
      if (data.stored !== undefined && stored !== true)
        errors.push({ pointer: '/data/stored', message: 'stored: upload the file, and it will be said' });
      return data;
    default:
      return data;
  }
}
