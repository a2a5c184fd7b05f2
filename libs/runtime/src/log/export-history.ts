/** Handing the history out: say so in the journal, wait until that is signed, then make the bundle of what was said. */
import { isOpen, readLeaf } from '@cordon/audit';
import { fromIso, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import { keptOpenings } from '../entries.js';
import { JOURNAL_ID, type Journal } from '../journal.js';
import type { IncidentId, ReadStore } from '../ports.js';
import { refOf } from '../views.js';
import { UnannouncedKeyError, type BundleParts, type BundleText, type WantedScope } from './bundle-ports.js';
import { prepareBundle, type PreparedBundle } from './bundle.js';
import { PrunedEntriesError, type LogEntry, type LogStore, type StoredCheckpoint } from './ports.js';
import type { LogService } from './service.js';

export interface HistoryExportParts extends Omit<BundleParts, 'log'> {
  readonly log: BundleParts['log'] & Pick<LogStore, 'checkpoint' | 'checkpointOf'>;
  readonly service: LogService;
  readonly journal: Journal;
  readonly incidents: Pick<ReadStore, 'incident'>;
  readonly text: Omit<BundleText, 'vkeys' | 'key'>;
  /** How long an export waits for a signature. */
  readonly waitMs: number;
}

export interface ExportOptions {
  /** `bundle`, or the format that is made of the same entries. */
  readonly format: string;
  readonly attachments: boolean;
  readonly since?: number;
}

/** An export that was made before: its place in the log, and the size of the checkpoint that it was proved against. */
export interface EarlierExport {
  readonly index: number;
  readonly size: number;
}

export type BegunExport =
  | { readonly ok: true; readonly bundle: PreparedBundle; readonly checkpoint: StoredCheckpoint }
  /**
   * `not_signed`: no checkpoint came in time. `unknown_export`: there is none of this scope at that place, or it is
   * somebody else's.
   */
  | { readonly ok: false; readonly code: 'unknown_incident' | 'not_signed' | 'unknown_export' };

/** Roles that may have again what somebody else exported. */
const OVERSEERS: readonly string[] = ['administrator', 'auditor'];

/** Exports over the log. Who may see the incident, and whether the role may export, is decided before. */
export class HistoryExports {
  constructor(private readonly parts: HistoryExportParts) {}

  /** The incident as it stands now. Rejects as `prepareBundle` does. */
  async ofIncident(id: IncidentId, options: ExportOptions, actor: Actor): Promise<BegunExport> {
    const row = await this.parts.incidents.incident(id);
    if (!row) return { ok: false, code: 'unknown_incident' };
    const [ref, head] = [refOf(id), Buffer.from(row.head).toString('hex')];
    const scope = { kind: 'incident', incident: row.uid, ref, seq: row.seq, id } as const;
    const said = { scope: 'incident', incident: row.uid, seq: row.seq, head };
    return this.begin(scope, said, options, actor, ref);
  }

  /** Leaves `from` to `to` - 1; the caller has seen to it that they are in the tree. Rejects with a PrunedEntriesError where one is gone. */
  async ofLog(from: number, to: number, options: ExportOptions, actor: Actor): Promise<BegunExport> {
    const { pruned } = await this.parts.log.head();
    if (pruned && from < pruned.place) throw new PrunedEntriesError(from, pruned.place);
    return this.begin({ kind: 'log', from, to }, { scope: 'log', from, to }, options, actor);
  }

  /** The same bundle again, for whoever asked for it then, or for an administrator or auditor. Written into the journal. */
  async again(
    earlier: EarlierExport,
    scope: { readonly incident: IncidentId } | 'log',
    options: ExportOptions,
    actor: Actor,
  ): Promise<BegunExport> {
    const { log, journal } = this.parts;
    const unknown = { ok: false, code: 'unknown_export' } as const;
    const { pruned } = await log.head();
    if (pruned && earlier.index < pruned.place) return unknown;
    const [entry] = await log.entries(earlier.index, earlier.index + 1, 1);
    const said = entry && (await this.saidBy(entry, options.format, actor));
    const wanted = said && (await this.scopeOf(said, scope));
    const checkpoint = await log.checkpointOf(earlier.size);
    if (!entry || !wanted || !checkpoint || checkpoint.size <= entry.index) return unknown;
    const subject = wanted.kind === 'incident' ? { subject: wanted.ref } : {};
    const data = { format: options.format, export: entry.index };
    const { seq } = await journal.record({ actor, type: 'history.export_resumed', ...subject, data });
    // Then the tree has every erasure up to now, and who was erased since is not shown again.
    if (!(await this.parts.service.covering(seq, this.parts.waitMs)))
      return { ok: false, code: 'not_signed' };
    const begun = await this.prepare(wanted, options, { seq: entry.seq, checkpoint });
    // Another key signs bundles since then: the same bytes cannot be had any more.
    return begun.ok || begun.code !== 'not_signed' ? begun : unknown;
  }

  /**
   * The first leaf that is left and was recorded at this time or later. Entries of the same second may stand on either
   * side. Where it is the first that is left, one that is gone may have been recorded after this time too.
   */
  async placeAt(at: number): Promise<number> {
    const { log } = this.parts;
    const { size, pruned } = await log.head();
    let [low, high] = [pruned?.place ?? 0, size];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [entry] = await log.entries(middle, middle + 1, 1);
      const recorded = entry && fromIso(readLeaf(entry.leaf).at);
      if (recorded !== undefined && recorded < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async begin(
    scope: WantedScope,
    said: JsonObject,
    options: ExportOptions,
    actor: Actor,
    subject?: string,
  ): Promise<BegunExport> {
    const data = { format: options.format, ...said };
    const about = subject === undefined ? {} : { subject };
    const { seq } = await this.parts.journal.record({ actor, type: 'history.export', ...about, data });
    const checkpoint = await this.parts.service.covering(seq, this.parts.waitMs);
    if (!checkpoint) return { ok: false, code: 'not_signed' };
    return this.prepare(scope, options, { seq, checkpoint });
  }

  private async prepare(
    scope: WantedScope,
    { attachments, since }: ExportOptions,
    { seq, checkpoint }: { readonly seq: number; readonly checkpoint: StoredCheckpoint },
  ): Promise<BegunExport> {
    const { service, text } = this.parts;
    const wanted = {
      ...{ scope, checkpoint, attachments, exportSeq: seq },
      ...(since === undefined ? {} : { since }),
    };
    const keys = { vkeys: await service.vkeys(), key: await service.bundleKey() };
    try {
      const bundle = await prepareBundle(this.parts, wanted, { ...text, ...keys });
      return { ok: true, bundle, checkpoint };
    } catch (error) {
      if (error instanceof UnannouncedKeyError) return { ok: false, code: 'not_signed' };
      throw error;
    }
  }

  /** What the entry of an export announced; undefined for any other entry, and for whom it is not. */
  private async saidBy(entry: LogEntry, format: string, actor: Actor): Promise<JsonObject | undefined> {
    const leaf = readLeaf(entry.leaf);
    const own = leaf.actor.id === actor.id || actor.roles.some((role) => OVERSEERS.includes(role));
    if (entry.incidentId !== JOURNAL_ID || leaf.event.type !== 'history.export' || !own) return undefined;
    const said: Record<string, Json> = {};
    for (const { key, value } of keptOpenings(entry).filter(isOpen)) said[key.replace(/^data\./, '')] = value;
    return isJsonObject(said) && said['format'] === format ? said : undefined;
  }

  private async scopeOf(
    said: JsonObject,
    asked: { readonly incident: IncidentId } | 'log',
  ): Promise<WantedScope | undefined> {
    const { scope, from, to, incident, seq } = said;
    if (asked === 'log') {
      if (scope !== 'log' || typeof from !== 'number' || typeof to !== 'number') return undefined;
      return { kind: 'log', from, to };
    }
    const row = await this.parts.incidents.incident(asked.incident);
    if (scope !== 'incident' || !row || row.uid !== incident || typeof seq !== 'number') return undefined;
    return { kind: 'incident', incident: row.uid, ref: refOf(asked.incident), seq, id: asked.incident };
  }
}
