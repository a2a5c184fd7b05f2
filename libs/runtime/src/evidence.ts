/** Evidence files: taken in, handed out, and kept free of what no entry names. Every move is an entry first. */
import { createHash, randomUUID } from 'node:crypto';
import type { Clock, JsonObject } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import type { Cordon } from './cordon.js';
import type { EvidenceScanner, EvidenceStore, ReceivedFile, StoredFile } from './evidence-ports.js';
import type { EvidenceView } from './evidence-view.js';
import type { Journal } from './journal.js';
import type { IncidentId } from './ports.js';
import type { Unread } from './records.js';
import type { Refusal, TransitionAnswer } from './views.js';

export interface EvidenceParts {
  readonly cordon: Pick<Cordon, 'submitEvent' | 'records'>;
  readonly files: EvidenceStore;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Absent where nobody looks for malware. */
  readonly scanner?: EvidenceScanner | undefined;
  /** Media type by the first bytes; undefined when they tell nothing. Unpacks nothing. */
  readonly kindOf: (head: Uint8Array) => Promise<string | undefined>;
  /** Media types that are not taken in, as in `video/*`. */
  readonly denied: readonly string[];
  readonly maxBytes: number;
  /** Of all files of one incident together. */
  readonly maxIncidentBytes: number;
}

export interface NewEvidence {
  readonly key: string;
  readonly name: string;
  readonly declared?: string;
  readonly expectedBytes?: number;
  readonly step?: string;
  readonly system?: string;
  readonly description?: string;
  readonly collectedBy?: string;
  readonly occurredAt?: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export type EvidenceRefusal =
  | { readonly code: 'too_large'; readonly maxBytes: number }
  | { readonly code: 'storage_full' }
  | { readonly code: 'evidence_denied'; readonly kind: string }
  | { readonly code: Unread };

export type AddedEvidence =
  | { readonly ok: true; readonly transition: TransitionAnswer; readonly item: EvidenceView }
  | { readonly ok: false; readonly refusal: EvidenceRefusal | Refusal };

export type OpenedEvidence =
  | {
      readonly ok: true;
      readonly item: EvidenceView;
      readonly sizeBytes: number;
      read(): AsyncIterable<Uint8Array>;
    }
  | {
      readonly ok: false;
      readonly refusal:
        | { readonly code: Unread | 'unknown_evidence' | 'evidence_quarantined' | 'evidence_altered' }
        | Refusal;
    };

export interface OpenRequest {
  /** Number of the item, or its SHA-256. */
  readonly item: string;
  readonly quarantined: boolean;
  /** Only what it is: nothing is sent, and no entry is made. */
  readonly headOnly: boolean;
}

/** How long a file may lie here without an entry that names it. */
const ORPHAN_MS = 24 * 60 * 60_000;
const CORDON: Actor = { type: 'system', id: 'cordon', roles: [] };

/** A stored file is not the one that was collected. Its entry is made; the bytes sent so far are not the whole file. */
export class AlteredEvidenceError extends Error {
  override readonly name = 'AlteredEvidenceError';
}

export class Evidence {
  /** Bytes that uploads under way may still add, by incident. */
  private readonly reserved = new Map<IncidentId, number>();

  constructor(private readonly parts: EvidenceParts) {}

  /** Takes a file in. Of a file that is refused nothing is left. */
  async add(id: IncidentId, command: NewEvidence, actor: Actor, language: string): Promise<AddedEvidence> {
    const { cordon, files } = this.parts;
    const unread = await cordon.records.refusal(id, actor, 'evidence.add');
    if (unread) return { ok: false, refusal: { code: unread } };
    const used = await this.used(id);
    // From here to the reservation nothing waits: two uploads at once do not share the same room.
    const room = this.parts.maxIncidentBytes - used - (this.reserved.get(id) ?? 0);
    const maxBytes = Math.min(this.parts.maxBytes, room);
    const { expectedBytes } = command;
    if (maxBytes <= 0 || (expectedBytes ?? 0) > maxBytes) {
      return { ok: false, refusal: { code: 'too_large', maxBytes: Math.max(0, maxBytes) } };
    }
    const release = this.reserve(id, expectedBytes ?? maxBytes);
    try {
      const received = await files.receive(command.bytes, maxBytes, expectedBytes);
      if (received.outcome === 'too_large') return { ok: false, refusal: { code: 'too_large', maxBytes } };
      if (received.outcome === 'no_room') return { ok: false, refusal: { code: 'storage_full' } };
      return await this.enter(id, command, received.file, actor, language);
    } finally {
      release();
    }
  }

  private async enter(
    id: IncidentId,
    command: NewEvidence,
    file: ReceivedFile,
    actor: Actor,
    language: string,
  ): Promise<AddedEvidence> {
    const found = await this.parts.kindOf(file.head);
    const denied = [found, command.declared].find((kind) => kind !== undefined && this.isDenied(kind));
    if (denied !== undefined) {
      await file.discard();
      return { ok: false, refusal: { code: 'evidence_denied', kind: denied } };
    }
    await file.keep();
    const { key, step, occurredAt } = command;
    const data = dataOf(command, file, found);
    const answer = await this.parts.cordon.submitEvent(
      id,
      { ...present({ step, occurredAt }), key, type: 'evidence.add', data, stored: true },
      actor,
      language,
    );
    // What was refused stays until the sweep: another upload of the same content may be about to name it.
    if (!answer.ok) return answer;
    await file.settle();
    const item = await this.scanned(id, await this.itemAt(id, answer.value.transition.seq));
    return { ok: true, transition: answer.value, item };
  }

  /** Opens a file for reading: checked, not quarantined, and with its entry made. */
  async open(id: IncidentId, request: OpenRequest, actor: Actor, language: string): Promise<OpenedEvidence> {
    const items = await this.parts.cordon.records.evidence(id, actor);
    if (typeof items === 'string') return { ok: false, refusal: { code: items } };
    const named = items.find((one) => one.stored && isNamed(one, request.item));
    if (!named) return { ok: false, refusal: { code: 'unknown_evidence' } };
    const item = request.headOnly ? named : await this.scanned(id, named);
    const excepted = request.quarantined && actor.roles.includes('administrator');
    if (item.quarantined && !excepted) return { ok: false, refusal: { code: 'evidence_quarantined' } };
    const file = await this.sound(id, item);
    if (!file) return { ok: false, refusal: { code: 'evidence_altered' } };
    const { sizeBytes } = file;
    const shown = { ok: true, item, sizeBytes } as const;
    if (request.headOnly) {
      await file.close();
      return { ...shown, read: () => nothing() };
    }
    const how = item.quarantined ? 'download from quarantine' : 'download';
    const viewed = { key: randomUUID(), type: 'evidence.view', data: { id: item.id, how } };
    const entry = await this.parts.cordon
      .submitEvent(id, viewed, actor, language)
      .catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
    if (entry.ok) return { ...shown, read: () => this.verified(id, item, file) };
    await file.close();
    return { ok: false, refusal: entry.refusal };
  }

  /** Removes what has lain here for a day without an entry that names it. Returns how many files are gone. */
  sweep(wanted: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number> {
    return this.parts.files.sweep(this.parts.clock.now() - ORPHAN_MS, wanted);
  }

  /** Bytes of the incident's files, each item counted although two may share their content. */
  private async used(id: IncidentId): Promise<number> {
    const items = await this.parts.cordon.records.evidence(id, CORDON);
    if (typeof items === 'string') return 0;
    return items.reduce((sum, one) => sum + (one.stored ? (one.sizeBytes ?? 0) : 0), 0);
  }

  private reserve(id: IncidentId, bytes: number): () => void {
    this.reserved.set(id, (this.reserved.get(id) ?? 0) + bytes);
    return () => {
      const left = (this.reserved.get(id) ?? 0) - bytes;
      if (left > 0) this.reserved.set(id, left);
      else this.reserved.delete(id);
    };
  }

  private isDenied(kind: string): boolean {
    return this.parts.denied.some(
      (rule) => rule === kind || (rule.endsWith('/*') && kind.startsWith(rule.slice(0, -1))),
    );
  }

  private async itemAt(id: IncidentId, seq: number): Promise<EvidenceView> {
    const items = await this.parts.cordon.records.evidence(id, CORDON);
    const item = typeof items === 'string' ? undefined : items.find(({ custody }) => custody[0]?.seq === seq);
    if (!item) throw new Error(`entry ${seq} of INC-${id} added no evidence`);
    return item;
  }

  /** The item with a word of the scanner, where there is one: whoever was not there before is asked again. */
  private async scanned(id: IncidentId, item: EvidenceView): Promise<EvidenceView> {
    const { scanner, files } = this.parts;
    if (!scanner || item.sha256 === undefined || item.scan === 'clean' || item.scan === 'infected')
      return item;
    const file = await files.open(item.sha256);
    if (!file) return item;
    const { verdict, detail } = await scanner.scan(file.read()).finally(() => file.close());
    if (verdict === item.scan) return item;
    await this.say(id, item, { verdict, ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }) });
    return { ...item, scan: verdict, quarantined: verdict === 'infected' };
  }

  /** The file, where it is what was collected as far as can be told at once; all of it is read where that was in doubt. */
  private async sound(id: IncidentId, item: EvidenceView): Promise<StoredFile | undefined> {
    const file = await this.parts.files.open(item.sha256 ?? '');
    if (!file || file.sizeBytes !== item.sizeBytes) {
      await file?.close();
      if (!item.altered) await this.tell(id, item, file ? 'it has another size' : 'it is not there');
      return undefined;
    }
    if (!item.altered) return file;
    if ((await hashOf(file.read())) !== item.sha256) {
      await file.close();
      return undefined;
    }
    await this.say(id, item, { verdict: 'intact', detail: 'the file is again the one that was collected' });
    return file;
  }

  /** The bytes, the last of them only when the whole has the hash that was collected. Throws AlteredEvidenceError. */
  private async *verified(id: IncidentId, item: EvidenceView, file: StoredFile): AsyncGenerator<Uint8Array> {
    try {
      const hash = createHash('sha256');
      let held: Uint8Array | undefined;
      for await (const chunk of file.read()) {
        hash.update(chunk);
        if (held) yield held;
        held = chunk;
      }
      if (hash.digest('hex') !== item.sha256) {
        await this.tell(id, item, 'it has another hash');
        throw new AlteredEvidenceError(`evidence ${item.id} of INC-${id} is not the file that was collected`);
      }
      if (held) yield held;
    } finally {
      await file.close();
    }
  }

  /** Tampering is the incident's to know and the deployment's. */
  private async tell(id: IncidentId, item: EvidenceView, detail: string): Promise<void> {
    await this.say(id, item, { verdict: 'altered', detail });
    const data = { incident: `INC-${id}`, item: item.id, sha256: item.sha256 ?? '', detail };
    await this.parts.journal.record({ actor: CORDON, type: 'evidence.altered', subject: `INC-${id}`, data });
  }

  private async say(id: IncidentId, item: EvidenceView, verdict: JsonObject): Promise<void> {
    const event = { key: randomUUID(), type: 'evidence.scan', data: { id: item.id, ...verdict } };
    await this.parts.cordon.submitEvent(id, event, CORDON);
  }
}

function isNamed({ id, sha256 }: EvidenceView, item: string): boolean {
  return String(id) === item || sha256 === item.toLowerCase();
}

function dataOf(command: NewEvidence, file: ReceivedFile, found: string | undefined): JsonObject {
  const { name, declared, system, description, collectedBy } = command;
  return {
    ...{ name, sha256: file.sha256, sizeBytes: file.sizeBytes, stored: true },
    kind: found ?? declared ?? 'application/octet-stream',
    ...present({ declared, system, description, collectedBy }),
  };
}

/** The members that are there. */
function present<T extends Readonly<Record<string, string | undefined>>>(
  members: T,
): { readonly [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: string;
  };
}

async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A HEAD has no body.
}
