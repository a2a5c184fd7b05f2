/** When the first timer may be claimed: it is due, and no lease holds it. One index entry. */
export const nextTimer = `
SELECT greatest(fire_at, leased_until) AS at FROM timer ORDER BY greatest(fire_at, leased_until) LIMIT 1`;
