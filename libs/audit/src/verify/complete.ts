/** Whether the bundle shows all that it says, and all that there was: docs/audit.md section 6. */
import { chainHeadLeaf, parseHeads, type HeadsDocument } from '../bundle/documents.js';
import type { IncidentScope, Manifest } from '../bundle/manifest.js';
import { leafHash } from '../leaf.js';
import { verifyInclusion } from '../tree/verify-proofs.js';
import type { ChainBook } from './chain-book.js';
import { asRefused, RANK, type Faults } from './faults.js';
import type { Findings } from './findings.js';
import { HEADS, textOf, wholeMember, type Members } from './members.js';
import { notChecked, type NotChecked } from './not-checked.js';
import type { FaultPlace } from './report.js';

/** `log/heads.json`, where there is one; its fault is taken, and it is then undefined. */
export async function readHeads(members: Members, faults: Faults): Promise<HeadsDocument | undefined> {
  if (!members.listed.has(HEADS)) return undefined;
  const bytes = await wholeMember(members, HEADS);
  try {
    return parseHeads(textOf(bytes));
  } catch (error) {
    const refused = asRefused(error, RANK.completeness, { path: HEADS });
    if (!refused) throw error;
    faults.add(refused.rank, refused.code, refused.message, refused.place);
    return undefined;
  }
}

export interface CompletenessParts {
  readonly manifest: Manifest;
  readonly chains: ChainBook;
  readonly findings: Findings;
  readonly heads: HeadsDocument | undefined;
  readonly hasHeads: boolean;
  readonly faults: Faults;
}

/** Gives back what could not be checked. */
export function checkCompleteness(parts: CompletenessParts): readonly NotChecked[] {
  const { scope } = parts.manifest;
  checkExport(parts);
  if (scope.kind === 'incident') return checkHeads(parts, scope);
  if (parts.hasHeads) fault(parts, 'a bundle of the log has no log/heads.json', { path: HEADS });
  return scope.from === 0 ? [] : [notChecked('entries_before', { from: scope.from })];
}

function checkExport(parts: CompletenessParts): void {
  const { manifest, chains, findings } = parts;
  const { scope } = manifest;
  const { exported } = findings;
  if (!exported) {
    fault(parts, `the leaf ${manifest.export} is not the history.export that announces the bundle`, {
      index: manifest.export,
    });
    return;
  }
  const { data, place } = exported;
  if (data['format'] !== 'bundle' || data['scope'] !== scope.kind) {
    fault(parts, `the leaf ${manifest.export} announces something else than this bundle`, place);
    return;
  }
  if (scope.kind === 'log') {
    if (data['from'] !== scope.from || data['to'] !== scope.to)
      fault(
        parts,
        `the leaf ${manifest.export} announces the leaves from ${text(data['from'])} to ${text(data['to'])}`,
        place,
      );
    return;
  }
  const shown = chains.headOf(scope.incident);
  if (data['incident'] !== scope.incident || data['seq'] !== scope.seq)
    fault(
      parts,
      `the leaf ${manifest.export} announces another incident, or another number of entries`,
      place,
    );
  else if (shown?.seq !== scope.seq)
    fault(
      parts,
      `the incident had ${scope.seq} entries when it was exported; ${shown?.seq ?? 0} are shown`,
      place,
    );
  else if (data['head'] !== shown.hash)
    fault(parts, `the incident had another entry ${scope.seq} when it was exported`, place);
}

function checkHeads(parts: CompletenessParts, scope: IncidentScope): readonly NotChecked[] {
  const { heads, hasHeads, findings } = parts;
  const newest = findings.heads;
  if (!heads) return hasHeads ? [] : withoutHeads(parts);
  const path = HEADS;
  const { entry, index, leaf, proof } = heads;
  if (newest?.index !== entry) {
    fault(parts, `the leaf ${entry} is not the newest log.heads that is shown`, { path, index: entry });
  } else if (leaf.incident !== scope.incident) {
    fault(parts, 'log/heads.json is about another incident', { path, incident: leaf.incident });
  } else if (!isProved(newest, index, leafHash(chainHeadLeaf(leaf)), proof)) {
    fault(parts, `log/heads.json does not prove the incident in the heads of leaf ${entry}`, {
      path,
      index: entry,
    });
  } else if (leaf.seq > scope.seq) {
    fault(parts, `the incident had ${leaf.seq} entries at leaf ${entry}; ${scope.seq} are shown`, {
      path,
      index: entry,
    });
  } else if (findings.hashAtSeq !== leaf.head) {
    const { incident, seq } = leaf;
    fault(parts, `entry ${seq} is not the one that leaf ${entry} commits to`, { path, incident, seq });
  }
  return [];
}

function isProved(
  { count, root }: NonNullable<Findings['heads']>,
  index: number,
  hash: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (typeof count !== 'number' || typeof root !== 'string') return false;
  return verifyInclusion({ leafHash: hash, index, size: count, root: Buffer.from(root, 'base64'), proof });
}

/**
 * The document may be absent where the newest heads that are shown say nothing of the incident: they were taken before its
 * first leaf was in the tree, or in the tree that there was before the log was recovered, whose places were others.
 */
function withoutHeads(parts: CompletenessParts): readonly NotChecked[] {
  const { heads: newest, firstIndex, recovered } = parts.findings;
  if (!newest) return [notChecked('end_without_heads')];
  const { index, count, root, size } = newest;
  if (index < recovered) return [notChecked('end_after_recovery', { index })];
  if (!isCount(count) || !isCount(size) || typeof root !== 'string')
    fault(parts, `the leaf ${index} does not say to what it commits`, { index });
  else if (firstIndex !== undefined && firstIndex < size)
    fault(
      parts,
      `the leaf ${index} commits to the heads of ${size} leaves, and the proof of the incident among them is missing`,
      { path: HEADS, index },
    );
  else return [notChecked('end_after_heads', { index })];
  return [];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function fault({ faults }: CompletenessParts, message: string, place: FaultPlace): void {
  faults.add(RANK.completeness, 'E_COMPLETENESS', message, place);
}

function text(value: unknown): string {
  return typeof value === 'number' ? String(value) : 'nowhere';
}
