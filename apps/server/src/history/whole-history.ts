import type { Actor } from '@cordon/engine';
import type { Cordon, EntryView, IncidentId } from '@cordon/runtime';

/** Entries read at a time. */
const PAGE = 500;

/** Every entry of an incident that the person may see. In memory: for what is made from the whole. */
export async function wholeHistory(
  cordon: Pick<Cordon, 'transitions'>,
  id: IncidentId,
  actor: Actor,
): Promise<readonly EntryView[]> {
  const entries: EntryView[] = [];
  for (;;) {
    const page = await cordon.transitions(id, actor, entries.at(-1)?.seq ?? 0, PAGE);
    entries.push(...(page ?? []));
    if (!page || page.length < PAGE) return entries;
  }
}
