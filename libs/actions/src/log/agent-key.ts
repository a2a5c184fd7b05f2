/**
 * A log key that ssh-agent holds (draft-miller-ssh-agent): the private key may be on a token, or on another machine behind
 * a forwarded socket, and never comes here.
 */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { verifyEd25519, vkeyOf } from '@cordon/audit';
import { OperationalError } from '@cordon/kernel';
import type { LogKey } from '@cordon/runtime';

export interface AgentKeySpec {
  /** Path of the agent's socket, as SSH_AUTH_SOCK has it. */
  readonly socket: string;
  /** `SHA256:…` as `ssh-add -l` prints it, or the key's comment. */
  readonly key: string;
  /** For one question; a key that asks a person to confirm takes as long as the person. */
  readonly timeoutMs?: number;
}

interface Identity {
  readonly blob: Buffer;
  readonly comment: string;
}

const TIMEOUT_MS = 30_000;
/** The protocol's own bound (OpenSSH). */
const MAX_MESSAGE_BYTES = 256 * 1024;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const TYPE = 'ssh-ed25519';

/**
 * Finds the one Ed25519 key that the spec names. Rejects with an OperationalError that says what there is when none is
 * meant, or more than one. Each signature is verified before it is handed out.
 */
export async function openAgentKey(spec: AgentKeySpec, name: string): Promise<LogKey> {
  const { blob } = chosen(await identities(spec), spec);
  const publicKey = publicKeyOf(blob);
  return {
    vkey: vkeyOf(name, publicKey).text,
    async sign(message) {
      const request = Buffer.concat([
        Buffer.from([SIGN_REQUEST]),
        text(blob),
        text(message),
        Buffer.alloc(4),
      ]);
      const reader = new Reader(await ask(spec, request, SIGN_RESPONSE));
      const signature = new Reader(reader.bytes());
      if (signature.bytes().toString('latin1') !== TYPE)
        throw fault('signed with another kind of key', false);
      const raw = signature.bytes();
      if (!verifyEd25519(publicKey, message, raw))
        throw fault('gave a signature that does not verify', false);
      return raw;
    },
  };
}

async function identities(spec: AgentKeySpec): Promise<readonly Identity[]> {
  const reader = new Reader(await ask(spec, Buffer.from([REQUEST_IDENTITIES]), IDENTITIES_ANSWER));
  const all: Identity[] = [];
  for (let left = reader.number(); left > 0; left--)
    all.push({ blob: reader.bytes(), comment: reader.bytes().toString('utf8') });
  return all.filter(({ blob }) => new Reader(blob).bytes().toString('latin1') === TYPE);
}

function chosen(all: readonly Identity[], { key }: AgentKeySpec): Identity {
  const meant = all.filter(({ blob, comment }) => fingerprint(blob) === key || comment === key);
  const [one] = meant;
  if (one !== undefined && meant.length === 1) return one;
  const there = all.map(({ blob, comment }) => `${fingerprint(blob)} ${comment}`).join(', ');
  throw fault(
    `holds ${meant.length === 0 ? 'no' : 'more than one'} Ed25519 key "${key}": name one by its fingerprint (there is ${there || 'none'}; ssh-add loads one)`,
    false,
  );
}

function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function publicKeyOf(blob: Buffer): Buffer {
  const reader = new Reader(blob);
  reader.bytes();
  return reader.bytes();
}

/** One question on a connection of its own; the answer without its type byte. */
function ask(
  { socket: path, timeoutMs = TIMEOUT_MS }: AgentKeySpec,
  request: Buffer,
  type: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let got = Buffer.alloc(0);
    const end = (error?: OperationalError, answer?: Buffer): void => {
      socket.destroy();
      if (answer === undefined) reject(error ?? fault('hung up without an answer', true));
      else resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(fault(`did not answer within ${timeoutMs} ms`, true)));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(fault(`cannot be reached at ${path} (${error.code ?? 'unknown'}): is SSH_AUTH_SOCK right?`, true)),
    );
    socket.on('close', () => end());
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (got.length < 4) return;
      const length = got.readUInt32BE(0);
      if (length === 0 || length > MAX_MESSAGE_BYTES)
        return end(fault('sent something that is no answer', false));
      if (got.length < 4 + length) return;
      if (got[4] !== type) return end(fault('refused: it is locked, or somebody said no', true));
      end(undefined, got.subarray(5, 4 + length));
    });
    socket.write(text(request));
  });
}

/** RFC 4251 `string`: a length of four bytes, and the bytes. */
function text(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

class Reader {
  private at = 0;

  constructor(private readonly from: Buffer) {}

  number(): number {
    if (this.at + 4 > this.from.length) throw fault('sent an answer that ends too early', false);
    this.at += 4;
    return this.from.readUInt32BE(this.at - 4);
  }

  bytes(): Buffer {
    const length = this.number();
    if (this.at + length > this.from.length) throw fault('sent an answer that ends too early', false);
    this.at += length;
    return this.from.subarray(this.at - length, this.at);
  }
}

function fault(what: string, retryable: boolean): OperationalError {
  return new OperationalError(`the ssh-agent ${what}`, retryable);
}
