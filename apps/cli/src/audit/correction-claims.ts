/** What a line says of entries that come after it: by which of them it is corrected. Known at the end of the file. */
import { openedValues, type Leaf, type Opening } from '@cordon/audit';
import type { Json } from '@cordon/kernel';
import { supersedes } from '@cordon/runtime';

/** One number a correction and one a claim are kept: no more, however long the file is. */
export class CorrectionClaims {
  private readonly told = new Map<number, Json>();
  private readonly newest = new Map<number, number>();

  /** `claim` is the line's `supersededBy`, where it has one. */
  next(leaf: Leaf, openings: readonly Opening[], claim: Json | undefined): void {
    const target = supersedes(leaf, openedValues(openings).data?.['seq']).supersedes;
    if (target !== undefined) this.newest.set(target, leaf.seq);
    if (claim !== undefined) this.told.set(leaf.seq, claim);
  }

  /** The first line that names a correction which is not the newest one of it in the file. */
  wrong(): { readonly seq: number; readonly reason: string } | undefined {
    for (const [seq, claim] of this.told) {
      const by = this.newest.get(seq);
      if (claim === by) continue;
      const truth = by === undefined ? 'no entry of the file does' : `entry ${by} does`;
      return { seq, reason: `it says that entry ${JSON.stringify(claim)} corrects it, but ${truth}` };
    }
    return undefined;
  }
}
