/** Puts an act on record; refused by its key when the same person did something under it before. */
export const insertAct = {
  name: 'insert-act',
  text: 'INSERT INTO act (actor, key, request_hash, at, answer) VALUES ($1, $2, $3, $4::timestamptz, $5)',
};

/** What this person ($1) did under this key ($2). */
export const findAct = {
  name: 'find-act',
  text: 'SELECT request_hash, at, answer FROM act WHERE actor = $1 AND key = $2',
};
