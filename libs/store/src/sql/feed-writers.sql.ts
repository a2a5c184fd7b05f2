/**
 * Transactions under way that may have drawn a number of audit_entry. A statement locks the tables that it writes before
 * it runs, and its transaction lets go of them after what it wrote can be seen: so one that is not listed has either
 * drawn none, or has ended where everybody sees it. CREATE INDEX CONCURRENTLY waits for writers by the same means.
 */
export const feedWriters = `
SELECT DISTINCT virtualtransaction AS name
  FROM pg_locks
 WHERE locktype = 'relation'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND relation = 'audit_entry'::regclass
   AND mode = 'RowExclusiveLock'
   AND granted`;
