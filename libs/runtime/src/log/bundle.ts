/**
 * A bundle (docs/audit.md section 4) of an incident or of a range of the log, at a given checkpoint: the same one each
 * time that it is made, or an error. Constant memory: entries are read in pages, once for each member that needs them.
 */
import { createHash } from 'node:crypto';
import {
  formatManifest,
  formatOpeningsLine,
  MANIFEST_NOTE_PATH,
  MANIFEST_PATH,
  manifestNoteText,
  signNote,
  writeZip,
  type Manifest,
  type ManifestFile,
  type ZipMember,
} from '@cordon/audit';
import { canonicalJson, InvariantError, TamperError } from '@cordon/kernel';
import {
  entriesShown,
  journalPart,
  opened,
  openValue,
  recordOf,
  type JournalPart,
} from './bundle-entries.js';
import { checkFiles, evidenceFile, machineDocuments } from './bundle-files.js';
import { headsDocument } from './bundle-heads.js';
import { consistencyText, entryProofs, gapLines, timestampsShown, type ShownNotes } from './bundle-proofs.js';
import {
  UnannouncedKeyError,
  type BundleAbout,
  type BundleParts,
  type BundleRecord,
  type BundleText,
  type ShownEntry,
  type WantedBundle,
} from './bundle-ports.js';
import { linesOf, textOf } from './bundle-lines.js';
import { surveyOf, type EvidenceEntry, type Survey } from './bundle-survey.js';

/** A bundle that can be made: everything small is there, and everything else was looked through. */
export interface PreparedBundle {
  /** The same for the same bytes, and for no others. */
  readonly tag: string;
  readonly exportIndex: number;
  readonly attachments: Manifest['attachments'];
  /** The entries that name files of ours, whether those are in it or not. */
  readonly evidence: readonly EvidenceEntry[];
  /** The bytes of the zip file; each call makes it anew. Rejects where it cannot be finished: what came is no zip file then. */
  bytes(): AsyncGenerator<Buffer>;
  /** The same entries for one view. */
  records(): AsyncGenerator<BundleRecord>;
  /** A line of JSON for each entry: its place, its hash, the exact bytes of its leaf as text, and what is shown of it. */
  lines(): AsyncGenerator<string>;
  readonly about: BundleAbout;
}

/**
 * Prepares the bundle. Throws ErasedMeanwhileError, UnknownCheckpointError, UnannouncedKeyError, or a TamperError where the store contradicts itself.
 */
export async function prepareBundle(
  parts: BundleParts,
  wanted: WantedBundle,
  text: BundleText,
): Promise<PreparedBundle> {
  const { scope, checkpoint } = wanted;
  const part = await journalPart(parts, wanted);
  if (!part.entries.some((entry) => openValue(entry, 'data.vkey') === text.key.vkey))
    throw new UnannouncedKeyError();
  const survey = await surveyOf(parts, wanted, part);
  checkEnd(wanted, part, survey);
  const head = await parts.log.head();
  if (head.epoch !== checkpoint.epoch || head.size < checkpoint.size)
    throw new TamperError('the log was begun anew after the checkpoint of this bundle');
  const { origin } = head;
  const notes = await consistencyText(parts.log, wanted, head);
  const proofs = await entryProofs(parts.log, wanted, head, survey, part.exported.index);
  const small: Small = {
    notes,
    proofs,
    policy: policyText(text.vkeys),
    machines: await machineDocuments(parts, survey),
    ...(await headsMember(parts, wanted, part)),
    stamps: timestampsShown(notes),
  };
  const attachments = survey.files.length === 0 ? 'none' : wanted.attachments ? 'included' : 'left out';
  if (attachments === 'included') await checkFiles(parts, survey);
  const about: BundleAbout = {
    origin,
    size: checkpoint.size,
    ...(scope.kind === 'incident' ? { ref: scope.ref } : {}),
  };
  const shown = (): AsyncGenerator<readonly ShownEntry[]> => openedPages(parts, wanted, part, survey);
  const made: Made = { parts, wanted, text, survey, small, about, attachments, shown, part };
  return {
    tag: tagOf(made),
    exportIndex: part.exported.index,
    attachments,
    evidence: survey.evidence,
    about,
    bytes: () => zipOf(made),
    records: () => recordsOf(shown()),
    lines: () => jsonLines(shown()),
  };
}

/** The incident's last entry is the one that the export announced. */
function checkEnd({ scope }: WantedBundle, { exported }: JournalPart, { lastHash }: Survey): void {
  const said = openValue(exported, 'data.head');
  if (scope.kind === 'incident' && typeof said === 'string' && said !== lastHash)
    throw new TamperError(`the entry ${scope.seq} of ${scope.ref} is not the one that its export announced`);
}

interface Small {
  readonly notes: ShownNotes;
  readonly proofs: readonly { readonly name: string; readonly text: string }[];
  readonly policy: string;
  readonly machines: readonly { readonly digest: string; readonly text: string }[];
  readonly heads?: string;
  readonly stamps: readonly { readonly size: number; readonly reply: Uint8Array }[];
}

interface Made {
  readonly parts: BundleParts;
  readonly wanted: WantedBundle;
  readonly text: BundleText;
  readonly survey: Survey;
  readonly small: Small;
  readonly about: BundleAbout;
  readonly attachments: Manifest['attachments'];
  readonly part: JournalPart;
  shown(): AsyncGenerator<readonly ShownEntry[]>;
}

/** The members with the manifest of them at the end. */
function zipOf(made: Made): AsyncGenerator<Buffer> {
  const files: ManifestFile[] = [];
  async function* all(): AsyncGenerator<ZipMember> {
    yield* membersOf(made);
    const { origin } = made.about;
    const manifest = Buffer.from(formatManifest(manifestOf(made, files)), 'utf8');
    yield { path: MANIFEST_PATH, data: manifest };
    const digest = createHash('sha256').update(manifest).digest('hex');
    const note = await signNote(manifestNoteText(origin, digest), [made.text.key]);
    yield { path: MANIFEST_NOTE_PATH, data: Buffer.from(note, 'utf8') };
  }
  return writeZip(all(), (path, bytes, sha256) => files.push({ path, bytes, sha256 }));
}

async function* membersOf(made: Made): AsyncGenerator<ZipMember> {
  const { parts, wanted, text, small, survey, shown, about } = made;
  const plain = (path: string, data: string): ZipMember => ({ path, data: Buffer.from(data, 'utf8') });
  yield { path: 'VERIFY.txt', data: text.verifyText };
  yield { path: 'verify/verify.py', data: text.verifyPy };
  yield plain('policy.example.txt', small.policy);
  yield plain('log/checkpoint', wanted.checkpoint.note);
  yield plain('log/consistency.jsonl', small.notes.text);
  yield { path: 'log/gaps.txt', data: linesOf(gapLines(parts.log, wanted.checkpoint, () => pagesOf(made))) };
  yield { path: 'log/entries.jsonl', data: linesOf(leavesOf(made)) };
  yield { path: 'log/openings.jsonl', data: linesOf(openingsOf(shown())) };
  if (small.heads !== undefined) yield plain('log/heads.json', small.heads);
  for (const { size, reply } of small.stamps) yield { path: `log/timestamps/${size}.tsr`, data: reply };
  for (const proof of small.proofs) yield plain(`proofs/${proof.name}.tlog-proof`, proof.text);
  for (const machine of small.machines) yield plain(`machines/${machine.digest}.json`, machine.text);
  if (made.attachments === 'included') {
    for (const sha256 of survey.files)
      yield { path: `attachments/${sha256}`, data: evidenceFile(parts, sha256) };
  }
  for (const view of text.views)
    yield { path: view.path, data: textOf(view.write(() => recordsOf(shown()), about)) };
}

function manifestOf(
  { attachments, wanted, survey, about, part }: Made,
  files: readonly ManifestFile[],
): Manifest {
  const { scope, checkpoint } = wanted;
  return {
    attachments,
    checkpoint: { size: checkpoint.size, root: checkpoint.root },
    entries: survey.entries,
    export: part.exported.index,
    files,
    origin: about.origin,
    scope:
      scope.kind === 'log'
        ? scope
        : { kind: 'incident', incident: scope.incident, ref: scope.ref, seq: scope.seq },
  };
}

function pagesOf({ parts, wanted, survey }: Made): ReturnType<typeof entriesShown> {
  return entriesShown(parts, wanted.scope, survey.journal);
}

async function* openedPages(
  parts: BundleParts,
  { scope }: WantedBundle,
  { erased }: JournalPart,
  { journal }: Survey,
): AsyncGenerator<readonly ShownEntry[]> {
  for await (const page of entriesShown(parts, scope, journal)) yield opened(parts.vault, page, erased);
}

async function* leavesOf(made: Made): AsyncGenerator<Uint8Array> {
  for await (const page of pagesOf(made)) for (const { leaf } of page) yield leaf;
}

async function* openingsOf(pages: AsyncIterable<readonly ShownEntry[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    for (const { entry, leaf, openings } of page)
      if (leaf.sd !== undefined) yield formatOpeningsLine({ index: entry.index, openings });
  }
}

async function* recordsOf(pages: AsyncIterable<readonly ShownEntry[]>): AsyncGenerator<BundleRecord> {
  for await (const page of pages) for (const entry of page) yield recordOf(entry);
}

async function* jsonLines(pages: AsyncIterable<readonly ShownEntry[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    for (const { entry, openings } of page) {
      const { index } = entry;
      const leaf = Buffer.from(entry.leaf).toString('utf8');
      yield `${canonicalJson({ index, hash: Buffer.from(entry.hash).toString('hex'), leaf, openings })}\n`;
    }
  }
}

async function headsMember(
  { log }: BundleParts,
  { scope }: WantedBundle,
  { heads: entry, recovered }: JournalPart,
): Promise<{ readonly heads?: string }> {
  if (scope.kind !== 'incident' || !entry) return {};
  const heads = await headsDocument(log, entry, scope.incident, entry.index < recovered);
  return heads === undefined ? {} : { heads };
}

/** C2SP tlog-policy without witnesses. */
function policyText(vkeys: readonly string[]): string {
  if (vkeys.length === 0) throw new InvariantError('the log has no key');
  const lines = [
    '# Compare this with what you have from the operator by another way; trust nothing that comes in the bundle itself.',
    ...vkeys.map((vkey) => `log ${vkey}`),
    'quorum none',
  ];
  return `${lines.join('\n')}\n`;
}

/** Over everything that is not read again while streaming, and over what decides what is read. */
function tagOf({ wanted, text, survey, small, attachments, about }: Made): string {
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const { checkpoint, scope } = wanted;
  const whole = canonicalJson({
    ...{ attachments, origin: about.origin, note: checkpoint.note, policy: small.policy },
    consistency: small.notes.text,
    heads: small.heads ?? null,
    stamps: small.stamps.map(({ size, reply }) => [size, digest(reply)]),
    proofs: small.proofs.map(({ name, text: proof }) => [name, proof]),
    machines: survey.machines,
    files: survey.files,
    journal: survey.journal.map(({ index }) => index),
    entries: survey.entries,
    scope: scope.kind === 'log' ? scope : { incident: scope.incident, seq: scope.seq },
    verify: [digest(text.verifyText), digest(text.verifyPy)],
    views: [text.release, ...text.views.map(({ path }) => path)],
    key: text.key.vkey,
  });
  return createHash('sha256').update(whole).digest('base64url');
}
