import { canonicalJson } from '@cordon/kernel';
import { openingsOf } from './entries.js';
import type { IncidentId, ReadStore } from './ports.js';
import type { Queries } from './queries.js';

const PAGE = 500;

/**
 * The history as JSON Lines: each entry as the API shows it, with `leaf`, the exact bytes that were hashed (as text),
 * and the `openings` of what it commits to. SHA-256(0x00 || leaf) is `hash`; the next entry's `prev`. Constant memory.
 */
export async function* exportLines(
  store: ReadStore,
  queries: Queries,
  id: IncidentId,
): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const entries = await store.entries(id, after, PAGE);
    const views = await queries.entryViews(id, entries);
    for (const [i, view] of views.entries()) {
      const entry = entries[i];
      if (!entry) return;
      const leaf = Buffer.from(entry.leaf).toString('utf8');
      yield `${canonicalJson({ ...view, leaf, openings: openingsOf(entry) })}\n`;
      after = entry.seq;
    }
    if (entries.length < PAGE) return;
  }
}
