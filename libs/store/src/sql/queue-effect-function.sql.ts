/**
 * A function with its owner's rights that adds one job to graphile-worker's queue. The application's role gets this
 * and nothing on the queue's tables, which have row-level security besides.
 *
 * `unsafe_dedupe`: a job with this key that is waiting, running or failed for good stays as it is. That is "unsafe"
 * where a second job with one key carries news; here a key names one effect that never changes, so the second would
 * only do the first one's work again. The default, `replace`, would start a second run beside a running one and set
 * the attempts of a waiting one back to nought.
 */
export const queueEffectFunction = `
CREATE OR REPLACE FUNCTION cordon_queue_effect(effect_key text, effect json) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT graphile_worker.add_job(
    'cordon_effect', payload => effect, job_key => effect_key, max_attempts => 8, job_key_mode => 'unsafe_dedupe')
$$`;
