/** Which evidence files the history names. */
import { readLeaf } from '@cordon/audit';
import { isJsonObject, type Json } from '@cordon/kernel';
import type { ClientBase } from 'pg';

export interface NamedEvidence {
  /** Lowercase hex. */
  readonly sha256: string;
  /** Number of the first incident that names it. */
  readonly incident: number;
}

/** The values are read here and not there: the server's JSON refuses text that JSON allows, U+0000 for one. */
const CANDIDATES = `
SELECT incident_id::text AS incident, seq, openings, leaf
  FROM audit_opening JOIN audit_entry USING (incident_id, seq)
 WHERE (incident_id, seq) > ($1::bigint, $2::int)
   AND strpos(openings, '"data.stored"') > 0 AND cordon_event_type(leaf) = 'evidence.add'
 ORDER BY incident_id, seq LIMIT 500`;

interface Candidate {
  readonly incident: string;
  readonly seq: number;
  readonly openings: string;
  readonly leaf: Buffer;
}

const SHA256 = /^[0-9a-f]{64}$/;

/** By hash, each once. What was refused names nothing. Reads every opening once, and holds those of evidence alone. */
export async function evidenceNamed(client: ClientBase): Promise<readonly NamedEvidence[]> {
  const named = new Map<string, NamedEvidence>();
  let after: readonly [string, number] = ['-1', 0];
  for (;;) {
    const { rows } = await client.query<Candidate>(CANDIDATES, [...after]);
    for (const row of rows) {
      const sha256 = fileOf(row);
      if (sha256 !== undefined && !named.has(sha256))
        named.set(sha256, { sha256, incident: Number(row.incident) });
    }
    const last = rows.at(-1);
    if (!last) return [...named.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    after = [last.incident, last.seq];
  }
}

/** What cannot be read names nothing: a backup of a damaged history is made all the same, and the drill says where it is. */
function fileOf({ openings, leaf }: Candidate): string | undefined {
  try {
    if (readLeaf(leaf).kind !== 'transition') return undefined;
    const kept = JSON.parse(openings) as Json;
    const open = Array.isArray(kept) ? kept.filter(isJsonObject) : [];
    const valueOf = (name: string): Json | undefined =>
      open.find(({ key, subject }) => key === name && subject === undefined)?.['value'];
    const sha256 = valueOf('data.sha256');
    if (valueOf('data.stored') !== true || typeof sha256 !== 'string') return undefined;
    return SHA256.test(sha256.toLowerCase()) ? sha256.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
