/** What entries say that other checks need, gathered while they pass by. */
import type { Json } from '@cordon/kernel';
import type { Manifest } from '../bundle/manifest.js';
import type { LeafView } from './leaf-view.js';
import type { ReadOpening } from './openings-line.js';
import type { FaultPlace } from './report.js';
import type { AnnouncedKey } from './signed.js';

export interface NamedFile extends FaultPlace {
  readonly sha256: string;
  readonly index: number;
}

export interface HeadsEntry {
  readonly index: number;
  readonly count: Json | undefined;
  readonly root: Json | undefined;
  readonly size: Json | undefined;
}

export interface ExportEntry {
  readonly data: Readonly<Record<string, Json | undefined>>;
  readonly place: FaultPlace;
}

/** Constant memory but for keys, erasures, files and what was asked for. */
export class Findings {
  readonly keys: AnnouncedKey[] = [];
  /** The first entry that says of each person that they were erased. */
  readonly erasures = new Map<string, number>();
  readonly files: NamedFile[] = [];
  heads: HeadsEntry | undefined;
  exported: ExportEntry | undefined;
  /** Place of the newest entry that says that the log was recovered. */
  recovered = -1;
  /** Place of the incident's first entry, and the hash of the one that was asked for. */
  firstIndex: number | undefined;
  hashAtSeq: string | undefined;

  constructor(
    private readonly manifest: Manifest,
    private readonly wanted: { readonly incident: string; readonly seq: number } | undefined,
  ) {}

  /** `openings` are those that match. `hash` is hex. */
  next(leaf: LeafView, hash: string, index: number, openings: readonly ReadOpening[]): void {
    const { incident, seq, event, kind } = leaf;
    const { scope } = this.manifest;
    if (scope.kind === 'incident' && incident === scope.incident) {
      if (seq === 1) this.firstIndex = index;
      if (this.wanted?.incident === incident && this.wanted.seq === seq) this.hashAtSeq = hash;
    }
    if (index === this.manifest.export) this.takeExport(leaf, index, openings);
    if (kind === 'journal') this.takeJournal(leaf, index, openings);
    else if (kind === 'transition' && event.type.startsWith('evidence.'))
      this.takeEvidence(leaf, index, openings);
  }

  private takeExport(leaf: LeafView, index: number, openings: readonly ReadOpening[]): void {
    const { incident, seq, event, kind } = leaf;
    if (kind !== 'journal' || event.type !== 'history.export') return;
    this.exported = { data: dataOf(openings), place: { index, incident, seq } };
  }

  private takeJournal({ event }: LeafView, index: number, openings: readonly ReadOpening[]): void {
    const { type, subject } = event;
    if (type === 'person.erase' && subject !== undefined && !this.erasures.has(subject))
      this.erasures.set(subject, index);
    if (type === 'log.recover') this.recovered = index;
    if (type !== 'log.key' && type !== 'log.key_retired') return;
    const { purpose, vkey } = dataOf(openings);
    if (typeof purpose === 'string' && typeof vkey === 'string')
      this.keys.push({ index, purpose, vkey, retired: type === 'log.key_retired' });
  }

  takeHeads({ event, kind }: LeafView, index: number, openings: readonly ReadOpening[]): void {
    if (kind !== 'journal' || event.type !== 'log.heads') return;
    const { count, root, size } = dataOf(openings);
    this.heads = { index, count, root, size };
  }

  private takeEvidence(
    { event, incident, seq }: LeafView,
    index: number,
    openings: readonly ReadOpening[],
  ): void {
    const { sha256, stored } = dataOf(openings);
    if (event.type === 'evidence.add' && stored === true && typeof sha256 === 'string')
      this.files.push({ sha256: sha256.toLowerCase(), index, incident, seq });
  }
}

/** What is open of an entry's data, by name. */
function dataOf(openings: readonly ReadOpening[]): Readonly<Record<string, Json | undefined>> {
  const data: Record<string, Json> = {};
  for (const { key, disclosure, value } of openings)
    if (disclosure !== undefined && key.startsWith('data.')) data[key.slice(5)] = value();
  return data;
}
