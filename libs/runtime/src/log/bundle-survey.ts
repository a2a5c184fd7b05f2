/** The first pass over a bundle's entries: what else belongs to it. */
import { isOpen, leafHash, readLeaf, type Leaf } from '@cordon/audit';
import { OperationalError } from '@cordon/kernel';
import { keptOpenings } from '../entries.js';
import { unlockEntries } from '../personal.js';
import type { Vault } from '../vault.js';
import { entriesShown, openValue, withErasures, type JournalPart } from './bundle-entries.js';
import { ErasedMeanwhileError, type BundleParts, type WantedBundle } from './bundle-ports.js';
import type { IncidentId } from '../ports.js';
import type { LogEntry } from './ports.js';

export interface Survey {
  /** The journal's entries that are shown, those about whoever is withheld among them. */
  readonly journal: readonly LogEntry[];
  /** All that are shown. */
  readonly entries: number;
  /** Hex digests of playbook sources, sorted. */
  readonly machines: readonly string[];
  /** SHA-256 of the files that entries name, sorted. */
  readonly files: readonly string[];
  /** The entries that name them, in the order of the log. */
  readonly evidence: readonly EvidenceEntry[];
  /** Places of the incident's first and last entry. */
  readonly ends?: readonly [number, number];
  /** Hex hash of the incident's last entry. */
  readonly lastHash?: string;
}

/** An entry `evidence.add` that names a file of ours. */
export interface EvidenceEntry {
  readonly incident: IncidentId;
  readonly seq: number;
}

/** A bundle has at most 100,000 members. */
const MAX_FILES = 90_000;

/**
 * Reads every entry once. Throws ErasedMeanwhileError, before anything was sent, where a value of somebody who was
 * erased since the checkpoint would have to be shown: the first one of each person is tried.
 */
export async function surveyOf(
  parts: BundleParts,
  { scope }: WantedBundle,
  part: JournalPart,
): Promise<Survey> {
  const found = new Findings(part);
  let entries = 0;
  for await (const page of entriesShown(parts, scope, part.entries)) {
    for (const entry of page) found.add(entry, scope);
    await tryOpening(parts.vault, found.untried.splice(0), part);
    entries += page.length;
  }
  const journal = withErasures(part, found.withheld);
  const inScope = (index: number): boolean => scope.kind === 'log' && index >= scope.from && index < scope.to;
  const known = new Set(part.entries.map(({ index }) => index));
  const added = journal.filter(({ index }) => !known.has(index) && !inScope(index)).length;
  return {
    journal,
    entries: entries + added,
    machines: [...found.machines].sort(),
    files: [...found.files].sort(),
    evidence: found.evidence,
    ...(found.ends ? { ends: found.ends } : {}),
    ...(found.lastHash === undefined ? {} : { lastHash: found.lastHash }),
  };
}

/** What the entries name. Grows with people, playbooks and files, and not with entries. */
class Findings {
  readonly machines = new Set<string>();
  readonly files = new Set<string>();
  readonly evidence: EvidenceEntry[] = [];
  /** People whose values are withheld. */
  readonly withheld = new Set<string>();
  /** Entries with the first value of somebody. */
  readonly untried: LogEntry[] = [];
  ends: readonly [number, number] | undefined;
  lastHash: string | undefined;
  private readonly tried = new Set<string>();

  constructor(private readonly part: JournalPart) {}

  add(entry: LogEntry, scope: WantedBundle['scope']): void {
    const leaf = readLeaf(entry.leaf);
    if (leaf.machine !== undefined) this.machines.add(leaf.machine.replace(/^sha256:/, ''));
    const target = leaf.event.type === 'incident.migrate' ? openValue(entry, 'data.digest') : undefined;
    if (typeof target === 'string') this.machines.add(target);
    const file = leaf.event.type === 'evidence.add' ? fileOf(entry, leaf) : undefined;
    if (file !== undefined) {
      this.files.add(file);
      this.evidence.push({ incident: entry.incidentId, seq: leaf.seq });
    }
    if (this.files.size > MAX_FILES)
      throw new OperationalError(
        'The bundle would hold more files than a bundle can: leave them out.',
        false,
      );
    if (scope.kind === 'incident' && leaf.incident === scope.incident) {
      this.ends = [this.ends?.[0] ?? entry.index, entry.index];
      this.lastHash = Buffer.from(leafHash(entry.leaf)).toString('hex');
    }
    this.addSubjects(entry);
  }

  private addSubjects(entry: LogEntry): void {
    const subjects = subjectsOf(entry);
    const { erased, gone } = this.part;
    if (subjects.some((subject) => gone.has(subject) && !erased.has(subject)))
      throw new ErasedMeanwhileError();
    const fresh = subjects.filter((subject) => !this.part.erased.has(subject) && !this.tried.has(subject));
    if (fresh.length > 0) this.untried.push(entry);
    for (const subject of fresh) this.tried.add(subject);
    for (const subject of subjects) if (this.part.erased.has(subject)) this.withheld.add(subject);
  }
}

function subjectsOf(entry: LogEntry): readonly string[] {
  // Most have none, and parsing is what costs.
  if (!entry.openings?.includes('"sealed":')) return [];
  return keptOpenings(entry).flatMap(({ subject }) => subject ?? []);
}

async function tryOpening(
  vault: Vault | undefined,
  entries: readonly LogEntry[],
  { erased }: JournalPart,
): Promise<void> {
  for (const entry of await unlockEntries(vault, entries)) {
    const gone = keptOpenings(entry).some((opening) => !isOpen(opening) && !erased.has(opening.subject));
    if (gone) throw new ErasedMeanwhileError();
  }
}

/** The file that the entry names, where it is one that was received here. */
function fileOf(entry: LogEntry, { kind }: Leaf): string | undefined {
  if (kind !== 'transition') return undefined;
  const sha256 = openValue(entry, 'data.sha256');
  return openValue(entry, 'data.stored') === true && typeof sha256 === 'string'
    ? sha256.toLowerCase()
    : undefined;
}
