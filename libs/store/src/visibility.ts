import type { VisibleTo } from '@cordon/runtime';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

/** Leaves out incidents, under the alias `incident`, that the person may not see. */
export function narrowToVisible(
  select: SelectQueryBuilder<ObjectLiteral>,
  visibleTo: VisibleTo | undefined,
): void {
  if (visibleTo === undefined) return;
  const { markings, person } = visibleTo;
  select.andWhere('(incident.tlp = ANY (:markings) OR incident.members @> ARRAY[:viewer]::text[])', {
    markings,
    viewer: person ?? null,
  });
}
