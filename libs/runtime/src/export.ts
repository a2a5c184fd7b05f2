import { canonicalJson } from '@cordon/kernel';
import { withCorrections } from './corrections.js';
import { keptOpenings } from './entries.js';
import type { Ledger } from './ledger.js';
import type { IncidentId, ReadStore } from './ports.js';
import type { Queries } from './queries.js';

const PAGE = 500;
const NONE: ReadonlyMap<number, number> = new Map();

/**
 * The history as JSON Lines: each entry as the API shows it, with `leaf`, the exact bytes that were hashed (as text),
 * and the `openings` of what it commits to; of a value that went with an erased person, that it is withheld and whose it
 * was. SHA-256(0x00 || leaf) is `hash`; the next entry's `prev`. Constant memory.
 */
export async function* exportLines(
  store: ReadStore,
  queries: Queries,
  ledger: Ledger,
  id: IncidentId,
): AsyncGenerator<string> {
  const corrected = (await queries.corrected(id)).size > 0;
  const corrections = corrected ? (await ledger.of(id)).corrections : NONE;
  for (let after = 0; ;) {
    const entries = await store.entries(id, after, PAGE);
    const views = withCorrections(await queries.entryViews(id, entries), corrections);
    for (const [i, view] of views.entries()) {
      const entry = entries[i];
      if (!entry) return;
      const leaf = Buffer.from(entry.leaf).toString('utf8');
      yield `${canonicalJson({ ...view, leaf, openings: keptOpenings(entry) })}\n`;
      after = entry.seq;
    }
    if (entries.length < PAGE) return;
  }
}
