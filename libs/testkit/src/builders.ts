import { createHash, randomUUID } from 'node:crypto';
import type { EpochMs } from '@cordon/kernel';
import type { EntryRow, IncidentWrite, NewIncident, StoredIncident, StoredPlaybook } from '@cordon/runtime';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const sha256 = (data: Uint8Array | string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(data).digest());

/** Hash of a leaf as RFC 6962 has it: SHA-256 over a zero byte and the leaf. */
export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(Buffer.concat([Buffer.from([0]), leaf]));

/** A moment that is not a whole second. */
export const noon: EpochMs = Date.parse('2026-01-05T12:00:00.123Z');

/** Marked as usual, and nobody's in particular. */
export const shown = { tlp: 'amber', members: [] } as const;

/** A published playbook with a source, hence a digest, of its own. */
export function aPlaybook(overrides: Partial<StoredPlaybook> = {}): StoredPlaybook {
  const source = overrides.source ?? `id: ransomware\nversion: 1.0.0\n`;
  const digest = Buffer.from(sha256(source)).toString('hex');
  return { id: 'ransomware', version: '1.0.0', digest, source, publishedAt: noon, ...overrides };
}

/** The entry that follows a head: its leaf is unique text, its hash is right. */
export function anEntry(
  overrides: Partial<EntryRow> & Pick<EntryRow, 'seq' | 'revision' | 'prev'>,
): EntryRow {
  const leaf = overrides.leaf ?? bytes(JSON.stringify({ seq: overrides.seq, nonce: randomUUID() }));
  return { at: noon, leaf, hash: leafHash(leaf), ...overrides };
}

/** An incident about to be opened under `aPlaybook()`, with one entry, `seq` and `revision` 1. */
export function aNewIncident(overrides: Partial<NewIncident> = {}): NewIncident {
  const uid = overrides.uid ?? randomUUID();
  const playbook = aPlaybook();
  const eventKey = overrides.eventKey ?? randomUUID();
  const requestHash = sha256('open');
  return {
    uid,
    playbookId: playbook.id,
    playbookVersion: playbook.version,
    playbookDigest: playbook.digest,
    title: 'Ransom note on the file server',
    exercise: false,
    openedBy: 'person-1',
    openedAt: noon,
    eventKey,
    requestHash,
    state: '{"step":"contain"}',
    listing: { status: 'open', phases: ['contain'], awareAt: noon, ...shown },
    revision: 1,
    entries: [anEntry({ seq: 1, revision: 1, prev: leafHash(bytes(uid)), eventKey, requestHash })],
    tasks: [],
    timersSet: [],
    effects: [],
    ...overrides,
  };
}

/** A write that moves an incident one transition on, chained to its head. */
export function aWrite(from: StoredIncident, overrides: Partial<IncidentWrite> = {}): IncidentWrite {
  const seq = from.seq + 1;
  const revision = from.revision + 1;
  const entries = overrides.entries ?? [anEntry({ seq, revision, prev: from.head })];
  const last = entries.at(-1);
  return {
    id: from.id,
    expectedSeq: from.seq,
    revision,
    seq: last?.seq ?? seq,
    head: last?.hash ?? from.head,
    updatedAt: noon,
    entries,
    tasks: [],
    timersGone: [],
    timersSet: [],
    effects: [],
    ...overrides,
  };
}
