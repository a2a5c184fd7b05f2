/** What a view adds to an entry: that it came late, what it corrects, and what corrects it. Nothing of it is stored. */
import { fromIso } from '@cordon/kernel';

/** An entry about something that happened longer ago than this is late. */
const LATE_AFTER_MS = 15 * 60_000;

export interface Lateness {
  readonly late?: true;
  /** Whole seconds between what happened and its entry; only where it is late. */
  readonly lateBy?: number;
}

/** Whether the entry came more than fifteen minutes after what it tells. Both are RFC 3339. */
export function lateness(at: string, occurredAt: string): Lateness {
  const by = (fromIso(at) ?? 0) - (fromIso(occurredAt) ?? 0);
  return by > LATE_AFTER_MS ? { late: true, lateBy: Math.floor(by / 1_000) } : {};
}

interface Correcting {
  readonly kind: string;
  readonly event: { readonly type: string };
}

/** The entry that this one corrects; none for a correction that was refused. */
export function supersedes({ kind, event }: Correcting, seq: unknown): { readonly supersedes?: number } {
  const corrects = kind === 'transition' && event.type === 'entry.correct' && typeof seq === 'number';
  return corrects ? { supersedes: seq } : {};
}

/**
 * The views, each with the newest entry that corrects it. A correction that was corrected itself names the next one, so
 * that the chain is followed to its end.
 */
export function withCorrections<T extends { readonly seq: number }>(
  views: readonly T[],
  corrections: ReadonlyMap<number, number>,
): readonly (T & { readonly supersededBy?: number })[] {
  return views.map((view) => {
    const by = corrections.get(view.seq);
    return by === undefined ? view : { ...view, supersededBy: by };
  });
}
