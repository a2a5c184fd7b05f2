/** Names under which the container holds the use cases of evidence and the place of its files. */
export const EVIDENCE = Symbol('Evidence');
export const EVIDENCE_STORE = Symbol('EvidenceStore');
