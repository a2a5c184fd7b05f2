/**
 * Chains that had begun by entry $1, after uid $2, each with its newest entry up to there, at most $3. An entry of a chain
 * is found by its index from the newest backwards: what was added since is passed over. Chains whose entries are gone
 * ended before: of them it is kept where.
 */
export const readChainHeads = `
SELECT uid::text AS uid, seq, head FROM (
  (SELECT chain.uid, newest.seq, newest.hash AS head
     FROM (SELECT id, uid FROM incident WHERE uid > $2
           UNION ALL
           SELECT id, uid FROM journal_head WHERE id = 0 AND uid > $2) AS chain
    CROSS JOIN LATERAL (
          SELECT seq, hash FROM audit_entry
           WHERE incident_id = chain.id AND id <= $1
           ORDER BY seq DESC LIMIT 1) AS newest
    ORDER BY chain.uid
    LIMIT $3)
  UNION ALL
  (SELECT uid, seq, head FROM pruned_incident JOIN log_pruning USING (epoch, place)
    WHERE uid > $2 AND last_entry <= $1
    ORDER BY uid
    LIMIT $3)) AS chain
 ORDER BY chain.uid
 LIMIT $3`;

/** What the rows of the chains after $1 say, and their newest entries, at most $2: in one snapshot, so that they agree. */
export const readChains = `
SELECT chain.id, chain.seq, chain.head, chain.state_digest, newest.seq AS newest_seq, newest.hash, newest.leaf
  FROM ((SELECT id, seq, head, encode(sha256(convert_to(state, 'UTF8')), 'hex') AS state_digest
           FROM incident WHERE id > $1 ORDER BY id LIMIT $2)
        UNION ALL
        SELECT id, seq, head, NULL FROM journal_head WHERE id = 0 AND id > $1) AS chain
  LEFT JOIN LATERAL (
    SELECT seq, hash, leaf FROM audit_entry WHERE incident_id = chain.id ORDER BY seq DESC LIMIT 1) AS newest ON true
 ORDER BY chain.id
 LIMIT $2`;
