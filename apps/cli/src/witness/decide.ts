/**
 * What a witness answers, decided without files, sockets or a clock: C2SP tlog-witness v1, call `add-checkpoint`.
 *
 * A witness cosigns a checkpoint only when it goes on from the last one that it cosigned for that log. So a log cannot
 * show its history to one reader and another history to the next, and cannot take back what it said.
 */
import {
  type Checkpoint,
  EMPTY_ROOT,
  NoteError,
  openNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  type Policy,
  verifyConsistency,
  type Vkey,
} from '@cordon/audit';

/** By origin line, the keys whose signature counts for that log. */
export type KnownLogs = ReadonlyMap<string, readonly Vkey[]>;

/** A request that is well formed, of a log that is known, and signed by it. */
export interface WitnessRequest {
  readonly checkpoint: Checkpoint;
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The checkpoint's lines, those of an extension among them: what is cosigned. */
  readonly text: string;
  /** The log's own signature lines that hold; lines of keys that are not known are left out. */
  readonly signatures: readonly string[];
}

/** Refused, with the status and the media type of the specification. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 409 | 422;
  readonly reason: string;
  /** Size of the last checkpoint that was cosigned; only where the answer is to be `text/x.tlog.size`. */
  readonly knownSize?: number;
}

export type Read = { readonly request: WitnessRequest } | { readonly refusal: Refusal };

/** Longest name of a log in one line of this program's own output. */
const SHOWN = 120;

/** The logs of a policy, by origin: the name of a log's key is its origin line. */
export function knownLogs(policy: Policy): KnownLogs {
  const logs = new Map<string, Vkey[]>();
  for (const { vkey } of policy.logs) logs.set(vkey.name, [...(logs.get(vkey.name) ?? []), vkey]);
  return logs;
}

/**
 * Reads the body of a request in the specification's order: form (400), origin (404), signature (403). A line that names
 * a known key and does not verify refuses the whole note, whatever else has signed it.
 */
export function readRequest(body: string, logs: KnownLogs): Read {
  const read = formOf(body);
  if ('refusal' in read) return read;
  const { oldSize, proof, note, text, checkpoint } = read;
  const vkeys = logs.get(checkpoint.origin);
  if (vkeys === undefined) return refused(404, `the log ${shorten(checkpoint.origin)} is not known here`);
  const signatures = signedBy(note, vkeys);
  if (signatures === undefined)
    return refused(403, `no signature of a trusted key of ${shorten(checkpoint.origin)} verifies`);
  if (oldSize > checkpoint.size)
    return refused(400, `the old size ${oldSize} is larger than the checkpoint's size ${checkpoint.size}`);
  return { request: { checkpoint, oldSize, proof, text, signatures } };
}

/**
 * Whether the checkpoint goes on from the last one that was cosigned; undefined when it does, and may be cosigned. The
 * same checkpoint again is cosigned again, which says that the log stands still.
 */
export function judge(
  known: Pick<Checkpoint, 'size' | 'root'> | undefined,
  request: WitnessRequest,
): Refusal | undefined {
  const { checkpoint, oldSize, proof } = request;
  const knownSize = known?.size ?? 0;
  if (oldSize !== knownSize)
    return {
      status: 409,
      reason: `the last checkpoint cosigned here has size ${knownSize}, not ${oldSize}`,
      knownSize,
    };
  const knownRoot = known?.root ?? EMPTY_ROOT;
  if (oldSize === checkpoint.size && !equal(knownRoot, checkpoint.root))
    return known === undefined
      ? { status: 422, reason: 'an empty tree has another root' }
      : { status: 409, reason: `FORK: another root was cosigned for size ${knownSize}` };
  if (oldSize === 0 || oldSize === checkpoint.size)
    return proof.length === 0 ? undefined : { status: 422, reason: 'the proof has to be empty here' };
  const holds = verifyConsistency({
    oldSize,
    oldRoot: knownRoot,
    size: checkpoint.size,
    root: checkpoint.root,
    proof,
  });
  return holds
    ? undefined
    : { status: 422, reason: `the proof from ${oldSize} to ${checkpoint.size} does not hold` };
}

type Form =
  | { oldSize: number; proof: readonly Uint8Array[]; note: string; text: string; checkpoint: Checkpoint }
  | { refusal: Refusal };

function formOf(body: string): Form {
  try {
    const { oldSize, proof, note } = parseAddCheckpoint(body);
    const { text } = parseNote(note);
    return { oldSize, proof, note, text, checkpoint: parseCheckpoint(text, true) };
  } catch (error) {
    if (error instanceof NoteError) return refused(400, error.message);
    throw error;
  }
}

/** Signature lines of these keys; undefined when there is none, or one does not verify. */
function signedBy(note: string, vkeys: readonly Vkey[]): readonly string[] | undefined {
  try {
    const { by, signatures } = openNote(note, vkeys);
    return signatures
      .filter(({ name, keyId }) => by.some((vkey) => vkey.name === name && equal(vkey.keyId, keyId)))
      .map(({ line }) => line);
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

function refused(status: Refusal['status'], reason: string): { refusal: Refusal } {
  return { refusal: { status, reason } };
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function shorten(name: string): string {
  return name.length <= SHOWN ? name : `${name.slice(0, SHOWN)}…`;
}
