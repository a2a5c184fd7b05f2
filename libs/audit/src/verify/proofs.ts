/** Checkpoints that are held against the tree, and proofs of single entries. */
import type { Passed } from './pass.js';
import { NoteError } from '../note/note-error.js';
import type { Policy } from '../note/policy.js';
import { parseTlogProof, type TlogProof } from '../note/tlog-proof.js';
import { verifyConsistency, verifyInclusion } from '../tree/verify-proofs.js';
import type { Vkey } from '../note/vkey.js';
import { asRefused, RANK, type Faults } from './faults.js';
import { CONSISTENCY, limitedNote, textOf, wholeMember, type Members } from './members.js';
import { claimedBy, signedByOrigin, type Claimed, type OlderCheckpoint } from './signed.js';

export interface ProofFile {
  readonly path: string;
  readonly proof: TlogProof;
}

const PROOFS = 'proofs/';
/** A proof is a note and some hashes. */
const MAX_PROOF_BYTES = 2 * 1024 * 1024;

export async function readProofs(members: Members, faults: Faults): Promise<readonly ProofFile[]> {
  const files: ProofFile[] = [];
  for (const { path } of members.zip.members.filter((one) => one.path.startsWith(PROOFS))) {
    const bytes = await wholeMember(members, path, MAX_PROOF_BYTES);
    try {
      files.push({ path, proof: parseTlogProof(textOf(bytes)) });
    } catch (error) {
      const refused = asRefused(error, RANK.proof, { path });
      if (!refused) throw error;
      faults.add(RANK.proof, 'E_PROOF', `${path}: ${refused.message}`, { path });
    }
  }
  return files;
}

/** Each is of this tree, under this very checkpoint, and of a leaf that is shown. */
export function checkProofs(
  files: readonly ProofFile[],
  { note, checkpoint }: Claimed,
  { leafHashes }: Passed,
  keys: readonly Vkey[],
  policy: Policy | undefined,
  faults: Faults,
): void {
  for (const { path, proof: file } of files) {
    const { index, proof } = file;
    const { size, root } = checkpoint;
    const fault = (message: string): void =>
      faults.add(RANK.proof, 'E_PROOF', `${path}: ${message}`, { path, index });
    const leafHash = leafHashes.get(index);
    const own = Buffer.from(file.checkpoint);
    if (limitedNote(own, path).text !== note.text)
      fault('it is made for another checkpoint than log/checkpoint');
    else if (!isSigned(own, path, keys, policy)) fault('a signature of its checkpoint does not hold');
    else if (!leafHash) fault(`the leaf ${index} is not shown`);
    else if (!verifyInclusion({ leafHash, index, size, root, proof }))
      fault(`it does not prove that leaf ${index} is in the tree`);
  }
}

/** By the log, and by every witness of the policy who is said to have cosigned. */
function isSigned(bytes: Buffer, path: string, keys: readonly Vkey[], policy: Policy | undefined): boolean {
  try {
    const { note, checkpoint } = claimedBy(bytes, path, policy);
    signedByOrigin(note, checkpoint, keys);
    return true;
  } catch (error) {
    if (error instanceof NoteError) return false;
    throw error;
  }
}

/** Older checkpoints: signed by a key that the log had, and beginnings of this tree. */
export function checkOlder(
  older: readonly OlderCheckpoint[],
  { checkpoint: { origin, size, root } }: Claimed,
  keys: readonly Vkey[],
  faults: Faults,
): void {
  for (const { checkpoint: old, note, proof, line } of older) {
    const place = { path: CONSISTENCY };
    const where = `${CONSISTENCY}: line ${line}: the checkpoint of ${old.size} leaves`;
    try {
      signedByOrigin(note, old, keys);
    } catch (error) {
      const refused = asRefused(error, RANK.consistency, place);
      if (!refused) throw error;
      faults.add(refused.rank, refused.code, `${where}: ${refused.message}`, place);
      continue;
    }
    const claim = { oldSize: old.size, oldRoot: old.root, size, root, proof };
    if (old.origin !== origin || !verifyConsistency(claim))
      faults.add(
        RANK.consistency,
        'E_CONSISTENCY',
        `${where} is not proved to be a beginning of this tree`,
        place,
      );
  }
}

/** The auditor's own checkpoint is of a beginning of this tree. */
export function checkSince(
  since: Claimed,
  now: Claimed,
  older: readonly OlderCheckpoint[],
  { roots }: Passed,
  faults: Faults,
): void {
  const { size, root, origin } = since.checkpoint;
  const current = now.checkpoint;
  const fault = (code: 'E_CONSISTENCY' | 'E_ORIGIN', message: string): void =>
    faults.add(RANK.consistency, code, message);
  if (origin !== current.origin)
    return fault(
      'E_ORIGIN',
      `the checkpoint of ${size} leaves that was kept is of ${origin}, the bundle of ${current.origin}`,
    );
  if (size > current.size)
    return fault(
      'E_CONSISTENCY',
      `the tree had ${size} leaves in the checkpoint that was kept, and has ${current.size} now`,
    );
  if (size === 0) return;
  const known =
    size === current.size
      ? current.root
      : (roots.get(size) ?? older.find(({ checkpoint }) => checkpoint.size === size)?.checkpoint.root);
  if (!known)
    return fault(
      'E_CONSISTENCY',
      `the bundle does not prove that the tree of ${size} leaves that was kept is its beginning; ask for one that does`,
    );
  if (Buffer.compare(known, root) !== 0)
    fault('E_CONSISTENCY', `the first ${size} leaves are others than those of the checkpoint that was kept`);
}
