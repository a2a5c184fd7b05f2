/** The witness's key: Ed25519, made at the first start, in a file of its own that only its owner may read. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Vkey, vkeyOf } from '@cordon/audit';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import { syncFolder } from './folder.js';

/** Type of a cosignature key (C2SP tlog-cosignature, Ed25519). */
const COSIGNATURE = 4;
const FILE = 'witness.key';
const FIRST_LINE = 'cordon-witness/1 ';
/** What a key's name may be: it stands between spaces in a signature line, and before a plus in a vkey. */
const NAME = /^[^\s\p{C}+]{1,200}$/u;

export interface WitnessKey {
  readonly vkey: Vkey;
  readonly path: string;
  /** Whether it was made just now. */
  readonly made: boolean;
  sign(message: Uint8Array): Buffer;
}

/**
 * Opens the key in this folder, or makes one. The name belongs to the key: another one later is refused, since the
 * cosignatures that are out say the first. A file that others may read is refused too.
 */
export async function openWitnessKey(folder: string, name?: string): Promise<WitnessKey> {
  if (name !== undefined && !NAME.test(name))
    throw new CliError(
      'The name of a witness has 1 to 200 characters, no spaces and no "+": give for example --name audit.example.org/w1.',
      exitCodes.usage,
    );
  const path = join(folder, FILE);
  const found = await read(path);
  if (found === undefined) {
    await make(path, name);
    const made = await read(path);
    if (made === undefined) throw new CliError(`The key ${path} was made and is gone again.`);
    return keyOf(path, made, true);
  }
  if (name !== undefined && name !== found.name)
    throw new CliError(
      `The key in ${path} is named ${found.name}: leave --name out, or give another --state for another witness.`,
      exitCodes.usage,
    );
  return keyOf(path, found, false);
}

interface KeyDocument {
  readonly name: string;
  readonly key: KeyObject;
}

function keyOf(path: string, { name, key }: KeyDocument, made: boolean): WitnessKey {
  return {
    vkey: vkeyOf(name, rawPublicKey(key), COSIGNATURE),
    path,
    made,
    sign: (message) => sign(null, message, key),
  };
}

/** The 32 bytes: the end of the SubjectPublicKeyInfo (RFC 8410). */
function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32);
}

/** Undefined where there is no file. */
async function read(path: string): Promise<KeyDocument | undefined> {
  const text = await readPrivate(path);
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const name = text.startsWith(FIRST_LINE) ? text.slice(FIRST_LINE.length, end) : '';
  try {
    if (!NAME.test(name)) throw new Error('its first line names no key');
    const key = createPrivateKey(text.slice(end + 1));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is not an Ed25519 key');
    return { name, key };
  } catch (error) {
    throw new CliError(
      `The file ${path} is no witness key (${reasonOf(error)}): start a new witness with another --state.`,
    );
  }
}

async function readPrivate(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new CliError(
        `The key ${path} may be read by others (mode ${(mode & 0o777).toString(8)}): see who has read it, then run chmod 600 ${path}.`,
      );
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof CliError) throw error;
    throw new CliError(`The key ${path} cannot be read (${reasonOf(error)}).`);
  }
}

/** Complete or not there at all, and never over another one: a link fails where the name is taken. */
async function make(path: string, name: string | undefined): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const called = name ?? `cordon-witness/${fingerprint(privateKey)}`;
  const part = `${path}.${process.pid}.part`;
  const handle = await open(part, 'w', 0o600);
  try {
    await handle.writeFile(`${FIRST_LINE}${called}\n${privateKey.export({ type: 'pkcs8', format: 'pem' })}`);
    await handle.sync();
    await link(part, path);
  } finally {
    await handle.close();
    await rm(part, { force: true });
  }
  await syncFolder(path);
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256').update(rawPublicKey(key)).digest('hex').slice(0, 8);
}
