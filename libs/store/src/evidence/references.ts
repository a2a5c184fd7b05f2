import type { DataSource } from 'typeorm';

/**
 * Which of these hashes any entry of any incident names. Reads every opening once: asked only about what an upload left
 * behind a day ago, which is nothing on most days.
 */
export function evidenceReferences(
  dataSource: DataSource,
): (sha256s: readonly string[]) => Promise<ReadonlySet<string>> {
  return async (sha256s) => {
    const rows: readonly { readonly sha256: string }[] = await dataSource.query(NAMED, [[...sha256s]]);
    return new Set(rows.map(({ sha256 }) => sha256));
  };
}

const NAMED = `
  SELECT wanted.sha256 FROM unnest($1::text[]) AS wanted (sha256)
  WHERE EXISTS (SELECT 1 FROM audit_opening WHERE strpos(openings, wanted.sha256) > 0)`;
