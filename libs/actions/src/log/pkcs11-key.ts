/** A log key in a hardware token, by PKCS #11: the private key never comes here. */
import { readFile } from 'node:fs/promises';
import { verifyEd25519, vkeyOf } from '@cordon/audit';
import { OperationalError } from '@cordon/kernel';
import type { LogKey } from '@cordon/runtime';
import { parsePkcs11Uri, type Pkcs11Uri } from './pkcs11-uri.js';

export interface Pkcs11KeyOptions {
  /** How the package is loaded; for a package that lies elsewhere. */
  readonly load?: (name: string) => Promise<unknown>;
}

type Handle = Buffer;
type Template = { type: number; value?: number | string | boolean | Buffer }[];

/** What is used of the package pkcs11js 2. */
interface Pkcs11 {
  load(path: string): void;
  C_Initialize(options: { flags: number }): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { label: string; serialNumber: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: Template): void;
  C_FindObjects(session: Handle, count: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: Template): { value: Buffer }[];
  C_SignInit(session: Handle, mechanism: { mechanism: number }, key: Handle): void;
  C_SignAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>;
}

interface OpenKey {
  readonly session: Handle;
  readonly key: Handle;
  readonly publicKey: Buffer;
}

const PACKAGE = 'pkcs11js';
/** PKCS #11 3.0, pkcs11t.h. */
const CKF_OS_LOCKING_OK = 2;
const CKF_SERIAL_SESSION = 4;
const CKU_USER = 1;
const CKA_CLASS = 0;
const CKA_LABEL = 3;
const CKA_KEY_TYPE = 0x100;
const CKA_ID = 0x102;
const CKA_EC_POINT = 0x181;
const CKO_PUBLIC_KEY = 2;
const CKO_PRIVATE_KEY = 3;
const CKK_EC_EDWARDS = 0x40;
const CKM_EDDSA = 0x1057;
const ALREADY = ['CKR_CRYPTOKI_ALREADY_INITIALIZED', 'CKR_USER_ALREADY_LOGGED_IN'];
const SIGNATURE_BYTES = 64;

/**
 * Opens the key that a `pkcs11:` URI (RFC 7512) names, with the package pkcs11js, which has to be installed beside Cordon.
 * One signature at a time; after a failure the session is opened anew, so that a token that was away comes back. Each
 * signature is verified before it is handed out. Throws a TypeError for a URI that is none, and an OperationalError.
 */
export async function openPkcs11Key(
  uri: string,
  name: string,
  { load = loadPackage }: Pkcs11KeyOptions = {},
): Promise<LogKey> {
  const spec = parsePkcs11Uri(uri);
  const module = await initialised(spec, load);
  const { publicKey, ...first } = await openKey(module, spec);
  let open: Omit<OpenKey, 'publicKey'> | undefined = first;
  const signOnce = async (message: Buffer): Promise<Buffer> => {
    if (open === undefined) {
      const again = await openKey(module, spec);
      open = again;
      if (!again.publicKey.equals(publicKey)) throw fault('holds another key under the same name now', false);
    }
    const { session, key } = open;
    try {
      module.C_SignInit(session, { mechanism: CKM_EDDSA }, key);
      return await module.C_SignAsync(session, message, Buffer.alloc(SIGNATURE_BYTES));
    } catch (error) {
      open = undefined;
      closeQuietly(module, session);
      throw faultOf(error, 'does not sign', true);
    }
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    vkey: vkeyOf(name, publicKey).text,
    sign(message) {
      const bytes = Buffer.from(message);
      const done = turn.then(async () => {
        const signature = await signOnce(bytes).catch(() => signOnce(bytes));
        if (!verifyEd25519(publicKey, bytes, signature))
          throw fault('gave a signature that does not verify', false);
        return signature;
      });
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

async function loadPackage(name: string): Promise<unknown> {
  return import(name) as Promise<unknown>;
}

async function initialised(
  { modulePath }: Pkcs11Uri,
  load: (name: string) => Promise<unknown>,
): Promise<Pkcs11> {
  const module = new (await constructorOf(load))();
  try {
    module.load(modulePath);
  } catch (error) {
    throw faultOf(error, `module ${modulePath} cannot be loaded`, false);
  }
  allowing(() => module.C_Initialize({ flags: CKF_OS_LOCKING_OK }), 'cannot be started');
  return module;
}

async function constructorOf(load: (name: string) => Promise<unknown>): Promise<new () => Pkcs11> {
  let loaded: { PKCS11?: unknown; default?: { PKCS11?: unknown } };
  try {
    loaded = (await load(PACKAGE)) as typeof loaded;
  } catch (error) {
    throw new OperationalError(
      `a key in a PKCS #11 token needs the package ${PACKAGE}, which cannot be loaded (${codeOf(error)}): run npm install ${PACKAGE}`,
      false,
      { cause: error },
    );
  }
  const found = loaded.PKCS11 ?? loaded.default?.PKCS11;
  if (typeof found !== 'function')
    throw fault(`package ${PACKAGE} is not one that is known: install version 2`, false);
  return found as new () => Pkcs11;
}

async function openKey(module: Pkcs11, spec: Pkcs11Uri): Promise<OpenKey> {
  const session = attempt('has no session for us', () =>
    module.C_OpenSession(slotOf(module, spec), CKF_SERIAL_SESSION),
  );
  try {
    if (spec.pinFile !== undefined) {
      const pin = await pinIn(spec.pinFile);
      allowing(() => module.C_Login(session, CKU_USER, pin), 'refuses the PIN');
    }
    const key = find(module, session, spec, CKO_PRIVATE_KEY);
    const half = find(module, session, spec, CKO_PUBLIC_KEY);
    return { session, key, publicKey: publicKeyOf(module, session, half) };
  } catch (error) {
    closeQuietly(module, session);
    throw error;
  }
}

function slotOf(module: Pkcs11, { token, serial }: Pkcs11Uri): Handle {
  const slots = attempt('gives no list of tokens', () => module.C_GetSlotList(true)).map((slot) => {
    const { label, serialNumber } = attempt('does not describe itself', () => module.C_GetTokenInfo(slot));
    return { slot, label: label.trim(), serial: serialNumber.trim() };
  });
  const meant = slots.filter(
    (found) =>
      (token === undefined || found.label === token) && (serial === undefined || found.serial === serial),
  );
  const [one] = meant;
  if (one !== undefined && meant.length === 1) return one.slot;
  const there = slots.map(({ label, serial: number }) => `token=${label};serial=${number}`).join(', ');
  throw fault(
    `module has ${meant.length === 0 ? 'no such token' : 'more than one such token'} (there is ${there || 'none'}): name one in the URI`,
    false,
  );
}

function find(module: Pkcs11, session: Handle, { object, id }: Pkcs11Uri, kind: number): Handle {
  const what = kind === CKO_PRIVATE_KEY ? 'private key' : 'public key';
  const template: Template = [
    { type: CKA_CLASS, value: kind },
    { type: CKA_KEY_TYPE, value: CKK_EC_EDWARDS },
    ...(object === undefined ? [] : [{ type: CKA_LABEL, value: object }]),
    ...(id === undefined ? [] : [{ type: CKA_ID, value: id }]),
  ];
  const found = attempt(`cannot look for the ${what}`, () => {
    module.C_FindObjectsInit(session, template);
    const handles = module.C_FindObjects(session, 2);
    module.C_FindObjectsFinal(session);
    return handles;
  });
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw fault(
    `has ${found.length === 0 ? 'no' : 'more than one'} Ed25519 ${what} of this name: both halves of the key must be there, under one object or id`,
    false,
  );
}

/** Modules give the point bare, as an OCTET STRING, or as a BIT STRING (PKCS #11 3.0 and before). */
function publicKeyOf(module: Pkcs11, session: Handle, handle: Handle): Buffer {
  const [point] = attempt('does not show the public key', () =>
    module.C_GetAttributeValue(session, handle, [{ type: CKA_EC_POINT }]),
  );
  const bytes = point?.value ?? Buffer.alloc(0);
  const head = bytes.subarray(0, -32).toString('hex');
  if (bytes.length < 32 || !['', '0420', '032100'].includes(head))
    throw fault('shows a public key that is not an Ed25519 one', false);
  return Buffer.from(bytes.subarray(-32));
}

async function pinIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw fault(`PIN cannot be read from ${file} (${codeOf(error)})`, false);
  }
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw faultOf(error, what, true);
  }
}

/** Two keys of one token share its start and its login: the second finds both done. */
function allowing(act: () => void, what: string): void {
  try {
    act();
  } catch (error) {
    if (!ALREADY.includes(codeOf(error))) throw faultOf(error, what, false);
  }
}

function closeQuietly(module: Pkcs11, session: Handle): void {
  try {
    module.C_CloseSession(session);
  } catch (error) {
    // The token has dropped the session by itself, which is why it is being closed.
    if (!codeOf(error).startsWith('CKR_')) throw error;
  }
}

function faultOf(error: unknown, what: string, retryable: boolean): OperationalError {
  if (error instanceof OperationalError) return error;
  return new OperationalError(`the PKCS #11 token ${what} (${codeOf(error)})`, retryable);
}

function fault(what: string, retryable: boolean): OperationalError {
  return new OperationalError(`the PKCS #11 token ${what}`, retryable);
}

/** CKR_… of a token, errno of a file; never a message, which may quote what it was given. */
function codeOf(error: unknown): string {
  const { message, code, name } = (error ?? {}) as { message?: unknown; code?: unknown; name?: unknown };
  const ckr = typeof message === 'string' ? /CKR_[A-Z0-9_]+/.exec(message)?.[0] : undefined;
  const said = ckr ?? (typeof code === 'string' ? code : name);
  return typeof said === 'string' ? said : 'unknown';
}
