import { afterEach, beforeEach } from '@jest/globals';
import { invariant } from '@cordon/kernel';
import type { IncidentId, IncidentWrite, NewIncident, OutboxRow, StoredIncident } from '@cordon/runtime';
import { aNewIncident, aPlaybook } from '../builders.js';
import type { Stores } from '../stores.js';

export interface StoreUnderTest {
  readonly store: Stores;
  /** A second store over the same data, as another process would have it; the same one where there is no other. */
  another(): Promise<Stores>;
  /** What `relayOutbox` has handed to the queue so far. */
  queued(): Promise<readonly OutboxRow[]>;
  /** Breaks the connection of whoever leads the log. */
  cutLead(): Promise<void>;
  close(): Promise<void>;
}

export type MakeStore = () => Promise<StoreUnderTest>;

/** What a conformance test works with: a store of its own, in which the builders' playbook is published. */
export class Bench {
  constructor(private readonly make: MakeStore) {
    beforeEach(async () => {
      this.current = await this.make();
      await this.store.playbooks.publish(aPlaybook());
    });
    afterEach(() => this.current?.close());
  }

  private current: StoreUnderTest | undefined;

  get underTest(): StoreUnderTest {
    invariant(this.current, 'the bench is set up before each test');
    return this.current;
  }

  get store(): Stores {
    return this.underTest.store;
  }

  /** Opens an incident and reads it back. */
  async open(overrides: Partial<NewIncident> = {}): Promise<StoredIncident> {
    const { id } = await this.store.open(aNewIncident(overrides));
    return this.read(id);
  }

  async read(id: IncidentId): Promise<StoredIncident> {
    const { incidents } = await this.store.load([id], []);
    invariant(incidents[0], `incident ${id} is there`);
    return incidents[0];
  }

  /** Commits one write, which must go through, and reads the incident back. */
  async commit(write: IncidentWrite): Promise<StoredIncident> {
    const committed = await this.store.commit([write]);
    invariant(committed.has(write.id), 'the write went through');
    return this.read(write.id);
  }
}

export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** Bytes as hex all through, so that a Buffer and a Uint8Array of the same bytes are equal. */
export function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return hex(value as Uint8Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** Text that trips careless quoting: array literals, LIKE, JSON, and two that look like other values. */
export const awkward = [
  'a "quoted" \\ back\\slash',
  "it's, {braced}",
  'NULL',
  '',
  'tab\tline\nfeed',
  'Grüße 🛟',
  '%_',
];
