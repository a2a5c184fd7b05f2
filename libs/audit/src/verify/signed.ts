/** Who signed what: the checkpoint, the older ones, and the manifest. */
import type { EpochMs } from '@cordon/kernel';
import { bundleKeyName, manifestNoteText, type Manifest } from '../bundle/manifest.js';
import { parseConsistencyLine } from '../bundle/documents.js';
import { parseCheckpoint, type Checkpoint } from '../note/checkpoint.js';
import { verifyCosignatures } from '../note/cosignature.js';
import { NoteError } from '../note/note-error.js';
import { openNote } from '../note/signed-note.js';
import { parsePolicy, PolicyError, quorumMet, type Policy } from '../note/policy.js';
import type { Note } from '../note/parse-note.js';
import { parseVkey, type Vkey } from '../note/vkey.js';
import { Lines, MAX_LINE } from './lines.js';
import { asRefused, RANK, Refused, type Faults } from './faults.js';
import {
  CHECKPOINT,
  CONSISTENCY,
  digested,
  EXAMPLE_POLICY,
  limitedNote,
  textOf,
  wholeMember,
  type Members,
} from './members.js';

/** A checkpoint whose log's signature is yet to be held against the keys. */
export interface Claimed {
  readonly bytes: Buffer;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
  /** When witnesses of the policy say that they signed it. */
  readonly cosignedAt: readonly EpochMs[];
  /** Names of these witnesses in the policy. */
  readonly witnesses: ReadonlySet<string>;
}

export interface OlderCheckpoint extends Claimed {
  readonly proof: readonly Uint8Array[];
  /** Line of `log/consistency.jsonl`, from 1. */
  readonly line: number;
}

/** The keys to hold the log's signature against: the auditor's, else those of the bundle, which prove nothing. */
export async function logKeys(members: Members, policy: Policy | undefined): Promise<readonly Vkey[]> {
  const example = textOf(await wholeMember(members, EXAMPLE_POLICY));
  if (policy) return policy.logs.map(({ vkey }) => vkey);
  try {
    return parsePolicy(example).logs.map(({ vkey }) => vkey);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new Refused(
      RANK.checkpoint,
      'E_UNKNOWN_LOG',
      `${EXAMPLE_POLICY} cannot be read: ${error.message}`,
      {
        path: EXAMPLE_POLICY,
      },
    );
  }
}

/** A checkpoint in parts, its cosignatures checked. Throws a NoteError or a Refused. */
export function claimedBy(bytes: Buffer, path: string, policy: Policy | undefined): Claimed {
  const note = limitedNote(bytes, path);
  const checkpoint = parseCheckpoint(note.text);
  const known = [...(policy?.witnesses ?? [])];
  const cosigned = verifyCosignatures(
    note,
    known.map(([, { vkey }]) => vkey),
  );
  const names = cosigned.flatMap(
    ({ vkey }) => known.find(([, one]) => one.vkey.text === vkey.text)?.[0] ?? [],
  );
  return {
    ...{ bytes, note, checkpoint },
    cosignedAt: cosigned.map(({ timeSeconds }) => timeSeconds * 1000),
    witnesses: new Set(names),
  };
}

/** The checkpoint that everything is proved against: of one of these keys, of this origin, and the manifest's. */
export async function readCheckpoint(
  members: Members,
  keys: readonly Vkey[],
  policy: Policy | undefined,
): Promise<Claimed> {
  const claimed = claimedBy(await wholeMember(members, CHECKPOINT), CHECKPOINT, policy);
  const { checkpoint, note } = claimed;
  signedByOrigin(note, checkpoint, keys);
  const { manifest } = members;
  if (checkpoint.origin !== manifest.origin)
    throw new Refused(
      RANK.checkpoint,
      'E_ORIGIN',
      `the manifest is of the log ${manifest.origin}, the checkpoint of ${checkpoint.origin}`,
      { path: CHECKPOINT },
    );
  return claimed;
}

/** Throws a NoteError unless one of the keys signed it, whose name is the origin. */
export function signedByOrigin(note: Note, { origin }: Checkpoint, keys: readonly Vkey[]): void {
  const { by } = openNote(note, keys);
  if (!by.some(({ name }) => name === origin))
    throw new NoteError(
      'E_ORIGIN',
      `the checkpoint is of ${origin}, and signed by ${by[0]?.name ?? 'nobody'}`,
    );
}

/** The older checkpoints in the bundle, their form checked. */
export async function readOlder(
  members: Members,
  policy: Policy | undefined,
  faults: Faults,
): Promise<readonly OlderCheckpoint[]> {
  const lines = new Lines(CONSISTENCY, MAX_LINE, digested(members, CONSISTENCY));
  const older: OlderCheckpoint[] = [];
  const fault = (message: string): void =>
    faults.add(RANK.consistency, 'E_CONSISTENCY', `${CONSISTENCY}: ${message}`, { path: CONSISTENCY });
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    const number = older.length + 1;
    try {
      const { checkpoint, proof } = parseConsistencyLine(textOf(line));
      const claimed = claimedBy(Buffer.from(checkpoint), CONSISTENCY, policy);
      if (claimed.checkpoint.size <= (older.at(-1)?.checkpoint.size ?? 0))
        fault(`line ${number} does not follow the one before it by size`);
      older.push({ ...claimed, proof, line: number });
    } catch (error) {
      const known = asRefused(error, RANK.consistency, { path: CONSISTENCY });
      if (!known) throw error;
      faults.add(known.rank, known.code, `${CONSISTENCY}: line ${number}: ${known.message}`, known.place);
      if (known.rank === RANK.form) throw known;
      for (let rest = await lines.next(); rest !== undefined; rest = await lines.next());
      return older;
    }
  }
  if (lines.cut) fault('its last line has no line feed');
  return older;
}

/** A key of the log as an entry of the journal announces it, or takes it back. */
export interface AnnouncedKey {
  readonly index: number;
  readonly purpose: string;
  readonly vkey: string;
  readonly retired: boolean;
}

/** Those of this purpose that are in force after the last of these entries. */
export function keysInForce(
  announced: readonly AnnouncedKey[],
  purpose: string,
  retired = false,
): readonly Vkey[] {
  const inForce = new Set<string>();
  for (const key of announced) {
    if (key.purpose !== purpose) continue;
    if (!key.retired) inForce.add(key.vkey);
    else if (!retired) inForce.delete(key.vkey);
  }
  return [...inForce].flatMap((text) => {
    try {
      return parseVkey(text);
    } catch (error) {
      if (error instanceof NoteError) return [];
      throw error;
    }
  });
}

/** The manifest's note: over this manifest, by a key of this name that the bundle's own entries announce. */
export function checkManifestNote(
  { note, manifest, digest }: Members,
  announced: readonly AnnouncedKey[],
  allRead: boolean,
  faults: Faults,
): void {
  const place = { path: 'MANIFEST.note' };
  if (note.text !== manifestNoteText(manifest.origin, digest)) {
    faults.add(RANK.manifest, 'E_MANIFEST', 'MANIFEST.note does not sign this MANIFEST.json', place);
    return;
  }
  const name = bundleKeyName(manifest.origin);
  const keys = keysInForce(announced, 'bundle').filter((key) => key.name === name);
  try {
    openNote(note, keys);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    // Where openings cannot be read, that is what is wrong, and not the signature.
    if (error.code === 'E_UNKNOWN_LOG' && !allRead) return;
    const why =
      error.code === 'E_UNKNOWN_LOG'
        ? `no log.key entry of the bundle announces the key that signed it`
        : error.message;
    faults.add(RANK.manifestSignature, 'E_SIG', `MANIFEST.note: ${why}`, place);
  }
}

export function checkQuorum(policy: Policy, { witnesses }: Claimed, faults: Faults): void {
  if (quorumMet(policy, witnesses)) return;
  const who = witnesses.size === 0 ? 'none of its witnesses' : `only ${[...witnesses].join(', ')}`;
  faults.add(
    RANK.quorum,
    'E_QUORUM',
    `the policy asks for the quorum ${policy.quorum}, and ${who} cosigned the checkpoint`,
    {
      path: CHECKPOINT,
    },
  );
}

/** What of the manifest the checkpoint bears out. */
export function checkAgainst(
  { checkpoint: said }: Manifest,
  { size, root }: Checkpoint,
  faults: Faults,
): void {
  if (said.size !== size || Buffer.compare(said.root, root) !== 0)
    faults.add(RANK.manifest, 'E_MANIFEST', 'MANIFEST.json names another size or root than log/checkpoint', {
      path: 'MANIFEST.json',
    });
}
