import { genesisHash, sealEntry } from '@cordon/audit';
import type { Json, JsonObject } from '@cordon/kernel';

const INCIDENT = '0198c0de-0000-7000-8000-000000000001';
const REFUSAL = { code: 'forbidden' };
const AT = '2025-02-22T02:00:00.000Z';

/** An entry of a history as its export has it, real enough to verify. */
export interface HistoryLine {
  readonly seq: number;
  readonly revision: number;
  readonly kind: string;
  readonly prev: string;
  readonly hash: string;
  readonly leaf: string;
  readonly at: string;
  readonly occurredAt: string;
  readonly event: JsonObject;
  readonly from: Json;
  readonly to: Json;
  readonly note: string | null;
  readonly actor: JsonObject;
  readonly openings: Json;
  readonly rejection?: JsonObject;
}

export function historyLine(
  before: HistoryLine | undefined,
  what: {
    readonly kind?: string;
    readonly who: string;
    readonly type: string;
    readonly note?: string;
    readonly incident?: string;
  },
): HistoryLine {
  const { who, type, note, incident = INCIDENT } = what;
  const seq = (before?.seq ?? 0) + 1;
  const kind = what.kind === 'rejection' ? 'rejection' : seq === 1 ? 'opened' : 'transition';
  const revision = (before?.revision ?? 0) + (kind === 'rejection' ? 0 : 1);
  const prev = before ? Buffer.from(before.hash, 'hex') : genesisHash(incident);
  const actor = { id: who, type: 'person', roles: [] };
  const event = { type };
  const refused = kind === 'rejection' ? { rejection: REFUSAL } : {};
  const sealed = sealEntry(
    {
      kind,
      log: 'test-log',
      incident,
      seq,
      revision,
      at: AT,
      occurredAt: AT,
      actor,
      event,
      from: 'open',
      to: 'open',
      machineDigest: 'ab'.repeat(32),
      stateDigest: 'cd'.repeat(32),
      ...(kind === 'rejection' ? { rejection: REFUSAL.code } : {}),
      committed: { ...(note === undefined ? {} : { note }), ...refused },
    },
    prev,
    () => 'c2FsdHNhbHRzYWx0c2FsdA',
  );
  return {
    seq,
    revision,
    kind,
    prev: Buffer.from(prev).toString('hex'),
    hash: Buffer.from(sealed.hash).toString('hex'),
    leaf: Buffer.from(sealed.leaf).toString('utf8'),
    at: AT,
    occurredAt: AT,
    event,
    from: 'open',
    to: 'open',
    note: note ?? null,
    actor: { id: who, type: 'person' },
    openings: sealed.openings as unknown as Json,
    ...refused,
  };
}

/** A chain of so many entries, as lines of an export. */
export function chainLines(count: number): string[] {
  const entries: HistoryLine[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    entries.push(historyLine(entries.at(-1), { who: 'ann', type: 'note.add', note: `entry ${seq} 部門` }));
  }
  return entries.map((entry) => `${JSON.stringify(entry)}\n`);
}
