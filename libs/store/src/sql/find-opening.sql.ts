/** The incident that a person ($1) opened with a key ($2). */
export const findOpening = {
  name: 'find-opening',
  text: `SELECT id, request_hash FROM incident WHERE opened_by = $1 AND open_key = $2`,
};
