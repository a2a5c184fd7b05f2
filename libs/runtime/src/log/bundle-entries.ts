/** Which entries a bundle shows, and what of their values. */
import { commitmentTo, isOpen, readLeaf, type Leaf, type ShownOpening } from '@cordon/audit';
import { invariant, TamperError, type Json } from '@cordon/kernel';
import { keptOpenings, openingsOf } from '../entries.js';
import { JOURNAL_ID } from '../journal.js';
import { unlockEntries } from '../personal.js';
import type { Vault } from '../vault.js';
import {
  ErasedMeanwhileError,
  type BundleParts,
  type BundleRecord,
  type ShownEntry,
  type WantedBundle,
} from './bundle-ports.js';
import type { LogEntry } from './ports.js';

const PAGE = 500;
/** Heads that may have been announced since an export that is asked for again, and one more. */
const NEWEST_HEADS = 100;
/** What is shown of the journal in every bundle. */
const RECOVERY = 'log.recover';
const KEYS_AND_RECOVERIES = ['log.key', 'log.key_retired', RECOVERY];

/** The journal's entries that a bundle shows whatever its scope. */
export interface JournalPart {
  readonly exported: LogEntry;
  readonly heads?: LogEntry;
  /** Place of the newest entry that says that the log was recovered; -1 where there is none. */
  readonly recovered: number;
  /** All of them, by place, each once. */
  readonly entries: readonly LogEntry[];
  /** Whoever was erased up to the checkpoint, with the entry of it. */
  readonly erased: ReadonlyMap<string, LogEntry>;
  /** Whoever was erased by now, since the checkpoint too. Another process may still open what was theirs for a moment. */
  readonly gone: ReadonlyMap<string, LogEntry>;
}

/** Reads the journal's part at the checkpoint. Throws a TamperError where the export's entry is not covered by it. */
export async function journalPart(
  { log }: Pick<BundleParts, 'log'>,
  { checkpoint, exportSeq }: WantedBundle,
): Promise<JournalPart> {
  const covered = ({ index }: LogEntry): boolean => index < checkpoint.size;
  const [exported] = await log.chainEntries(JOURNAL_ID, exportSeq - 1, exportSeq, 1);
  if (!exported || !covered(exported))
    throw new TamperError('the checkpoint does not cover the entry of the export');
  const always = (await log.journalEntries(KEYS_AND_RECOVERIES)).filter(covered);
  // Those that were announced before the export: from then on the heads are known to us.
  const heads = (await log.journalEntries(['log.heads'], NEWEST_HEADS)).findLast(
    ({ index }) => index < exported.index,
  );
  const erasures = await log.journalEntries(['person.erase']);
  const [erased, gone] = [erasedBy(erasures.filter(covered)), erasedBy(erasures)];
  const entries = inOrder([...always, exported, ...(heads ? [heads] : [])]);
  const recovered = always.findLast(({ leaf }) => readLeaf(leaf).event.type === RECOVERY)?.index ?? -1;
  return { exported, entries, erased, gone, recovered, ...(heads ? { heads } : {}) };
}

/** The journal's entries with those that say who was erased. */
export function withErasures(
  { entries, erased }: JournalPart,
  subjects: Iterable<string>,
): readonly LogEntry[] {
  return inOrder([...entries, ...[...subjects].flatMap((subject) => erased.get(subject) ?? [])]);
}

/**
 * Who counts as erased, by the entries alone, so that a bundle of one checkpoint is always the same: the entry comes
 * before the key is destroyed, and is taken back where nobody else would have been left to administer.
 */
function erasedBy(entries: readonly LogEntry[]): ReadonlyMap<string, LogEntry> {
  const erased = new Map<string, LogEntry>();
  for (const entry of entries) {
    const { event, kind, rejection } = readLeaf(entry.leaf);
    if (event.subject === undefined) continue;
    if (kind === 'journal' && !erased.has(event.subject)) erased.set(event.subject, entry);
    if (rejection === 'only_administrator') erased.delete(event.subject);
  }
  return erased;
}

function inOrder(entries: readonly LogEntry[]): readonly LogEntry[] {
  const byPlace = new Map(entries.map((entry) => [entry.index, entry]));
  return [...byPlace.values()].sort((a, b) => a.index - b.index);
}

/** The entries in scope with those of the journal among them, by place, page by page. Reads anew each time it is called. */
export async function* entriesShown(
  parts: Pick<BundleParts, 'log'>,
  scope: WantedBundle['scope'],
  journal: readonly LogEntry[],
): AsyncGenerator<readonly LogEntry[]> {
  let next = 0;
  let shown = 0;
  let last = -1;
  const ordered = (page: readonly LogEntry[]): readonly LogEntry[] => {
    for (const { index } of page) {
      if (index <= last) throw new TamperError(`the entry at ${index} does not follow the one at ${last}`);
      last = index;
    }
    return page;
  };
  for await (const page of pagesOf(parts, scope)) {
    shown += page.length;
    const merged: LogEntry[] = [];
    for (const entry of page) {
      for (let one = journal[next]; one && one.index <= entry.index; one = journal[next]) {
        if (one.index < entry.index) merged.push(one);
        next += 1;
      }
      merged.push(entry);
    }
    yield ordered(merged);
  }
  const wanted = scope.kind === 'log' ? scope.to - scope.from : scope.seq;
  if (shown !== wanted) throw new TamperError(`the log gave ${shown} of ${wanted} entries`);
  if (next < journal.length) yield ordered(journal.slice(next));
}

async function* pagesOf(
  { log }: Pick<BundleParts, 'log'>,
  scope: WantedBundle['scope'],
): AsyncGenerator<readonly LogEntry[]> {
  if (scope.kind === 'log') {
    for (let from = scope.from; from < scope.to;) {
      const page = await log.entries(from, scope.to, PAGE);
      if (page.length === 0) return;
      yield page;
      from = (page.at(-1)?.index ?? scope.to) + 1;
    }
    return;
  }
  for (let after = 0; after < scope.seq;) {
    const page = await log.chainEntries(scope.id, after, scope.seq, PAGE);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.seq ?? scope.seq;
  }
}

/**
 * The page with what is shown of each value: a person's is withheld exactly when an entry up to the checkpoint says that
 * they were erased. Throws ErasedMeanwhileError where the vault does not open a value that should be shown, a TamperError
 * where openings do not fit their leaf: no bundle is made that would fail in the auditor's hands.
 */
export async function opened(
  vault: Vault | undefined,
  page: readonly LogEntry[],
  erased: ReadonlyMap<string, LogEntry>,
): Promise<readonly ShownEntry[]> {
  const unlocked = await unlockEntries(vault, page);
  return page.map((entry, i) => {
    const leaf = readLeaf(entry.leaf);
    const openings = keptOpenings(unlocked[i] ?? entry).map((opening): ShownOpening => {
      const { key, subject } = opening;
      if (subject !== undefined && erased.has(subject)) return { key, subject, withheld: true };
      if (isOpen(opening)) return opening;
      throw new ErasedMeanwhileError();
    });
    checkCommitments(entry.index, leaf, openings);
    return { entry, leaf, openings };
  });
}

/** A value of the entry that is nobody's personal data. */
export function openValue(entry: Pick<LogEntry, 'openings'>, key: string): Json | undefined {
  return openingsOf(entry).find((opening) => opening.key === key && opening.subject === undefined)?.value;
}

export function recordOf({ entry, leaf, openings }: ShownEntry): BundleRecord {
  return { index: entry.index, hash: Buffer.from(entry.hash).toString('hex'), leaf, openings };
}

function checkCommitments(index: number, leaf: Leaf, openings: readonly ShownOpening[]): void {
  const left = new Set(leaf.sd);
  invariant(left.size === (leaf.sd?.length ?? 0), `the leaf ${index} commits to one value twice`);
  for (const opening of openings) {
    if (isOpen(opening) && !left.delete(commitmentTo(opening)))
      throw new TamperError(`the leaf ${index} does not commit to the stored ${opening.key}`);
  }
  const withheld = openings.filter((opening) => !isOpen(opening)).length;
  if (left.size !== withheld)
    throw new TamperError(`the leaf ${index} commits to values of which no opening is stored`);
}
