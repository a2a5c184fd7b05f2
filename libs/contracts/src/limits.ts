/** The sizes that requests may have. Everything has one, and every one is tested at its edge. */
export const limits = {
  /** Bytes of a request body. */
  bodyBytes: 1_048_576,
  /** Levels of arrays and objects in a body. */
  depth: 32,
  /** Bytes of the JSON text of an event's data and note together; an audit entry holds 65,535. */
  eventBytes: 32_768,
  /** Bytes of the JSON text of the body that opens an incident. */
  openBytes: 32_768,
  /** Members of an event's data: the audit entry holds a commitment to each. */
  dataMembers: 100,
  /** Members of an object or items of an array inside free-form data. */
  members: 1_000,
  /** Items of a page. */
  page: 200,
  pageDefault: 50,
  /** Tasks in one bulk request. */
  bulk: 1_000,
  /** People who receive tasks in one hand-over, members of a team. */
  people: 200,
  id: 100,
  title: 200,
  text: 4_000,
  query: 200,
} as const;
