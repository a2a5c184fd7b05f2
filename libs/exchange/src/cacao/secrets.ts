/**
 * Secrets inside a document are left out before anything else reads it: neither the playbook, nor its origin, nor a
 * finding holds their values. A value that is a variable (`__token__:value`) is no secret and stays.
 */
import { Buffer } from 'node:buffer';
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { PRIVATE_KEY, TOKEN_SHAPES } from '../token-shapes.js';
import { pointerOf } from './document.js';

/** What stands where a secret stood. */
export const REMOVED = '[secret left out]';

/** Last words of member names, header names and variable names whose values are secrets. */
const SECRET_NAME =
  /(?:^|_)(?:pass|passwd|password|passphrase|pwd|secret|secrets|token|tokens|jwt|bearer|credential|credentials|authorization|cookie|apikey|oauth_header|(?:api|access|private|secret|signing|encryption|account|shared|master|session|ssh|auth)_keys?)(?:_(?:value|b64|base64|hash))?$/;

/** Members of authentication information that identify and describe, and open nothing. */
const AUTH_OPEN = new Set(['type', 'name', 'description', 'username', 'user_id', 'kms_key_identifier']);

/** Texts inside texts that are secrets wherever they stand; the first group, if any, stays. Each looks a bounded way ahead. */
const SECRET_TEXT: readonly RegExp[] = [
  PRIVATE_KEY,
  /((?:^|[^a-z])(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|digest|token|negotiate|apikey)\s+)?)(?!__|\$)[^\s"',;]{4,}/gi,
  /(\b(?:basic|bearer)\s+)(?=[A-Za-z0-9+/._~-]*\d)[A-Za-z0-9+/._~-]{12,}={0,2}/gi,
  /(\b[a-z][a-z0-9+.-]{0,31}:\/\/[^\s/:@"']{0,256}:)(?!__)[^\s/@"']{1,256}(?=@)/gi,
  /((?:^|[^a-z])(?:password|passwd|passphrase|pwd|secret|client_secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s*=\s*["']?)(?!__|\$)[^\s"',;&}]{3,}/gi,
  /((?:^|[^a-z])["'](?:password|passwd|passphrase|pwd|secret|client_secret|token|access_token|refresh_token|api[_-]?key|private[_-]?key)["']\s*:\s*["'])(?!__)[^"']{1,4096}/gi,
  /((?:^|[^a-z])(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key)\s*:\s*)(?=\S{0,200}\d)(?=\S{0,200}[A-Za-z])(?!__)[^\s"',;]{6,}/gi,
  /((?:^|\s)--?(?:password|passwd|token|secret|api-key)[ =]["']?)(?!__|\$)[^\s"']{3,}/gi,
  /((?:^|\s)(?:-u|--user)\s+["']?[^\s:"']{1,256}:)(?!__|\$)[^\s"']{1,256}/g,
  /((?:^|\s)sshpass\s+-p\s*["']?)(?!__|\$)[^\s"']{1,256}/g,
  ...TOKEN_SHAPES,
];

const VARIABLE = /__[a-zA-Z_][\w-]*__(?::value)?/g;

export interface Masked {
  readonly document: JsonObject;
  /** Where something was left out. */
  readonly pointers: readonly string[];
}

/** A copy of the document without its secrets. Linear in its size but for the patterns' bounded look-ahead. */
export function maskSecrets(document: JsonObject): Masked {
  const pointers: string[] = [];
  const masked = maskObject(document, [], { names: false, auth: false }, pointers);
  return { document: masked, pointers };
}

interface Place {
  /** Inside a member whose name says secret: every text below is one. */
  readonly names: boolean;
  /** Inside authentication information: every text but the describing ones is one. */
  readonly auth: boolean;
}

function mask(value: Json, path: readonly string[], place: Place, pointers: string[]): Json {
  if (typeof value === 'string') return maskText(value, path, place, pointers);
  if (typeof value === 'number') {
    if (!place.names) return value;
    pointers.push(pointerOf(...path));
    return REMOVED;
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, i) => mask(item, [...path, String(i)], place, pointers));
  }
  return isJsonObject(value) ? maskObject(value, path, place, pointers) : value;
}

function maskObject(
  object: JsonObject,
  path: readonly string[],
  place: Place,
  pointers: string[],
): JsonObject {
  const copy: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    const at = [...path, name];
    const auth = place.auth || (path.length === 0 && name === 'authentication_info_definitions');
    const secret =
      place.names || saysSecret(name) || (place.auth && path.length >= 2 && !AUTH_OPEN.has(name));
    copy[name] =
      isVariable(value) && saysSecret(name)
        ? maskVariable(value, at, auth, pointers)
        : mask(value, at, { names: secret && !isDefinitions(value), auth }, pointers);
  }
  return copy;
}

/** Definitions under a name that says secret (`credentials: {…}`) are looked into by their members' names. */
function isDefinitions(value: Json): boolean {
  return isJsonObject(value) && Object.values(value).some(isJsonObject);
}

function isVariable(value: Json): value is JsonObject {
  return isJsonObject(value) && typeof value['type'] === 'string';
}

/** A variable called `__api_token__`: its value is the secret, its description is not. */
function maskVariable(
  variable: JsonObject,
  path: readonly string[],
  auth: boolean,
  pointers: string[],
): JsonObject {
  const copy: Record<string, Json> = {};
  for (const [name, value] of Object.entries(variable)) {
    copy[name] = mask(value, [...path, name], { names: name === 'value', auth }, pointers);
  }
  return copy;
}

function saysSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return SECRET_NAME.test(words);
}

function maskText(text: string, path: readonly string[], { names }: Place, pointers: string[]): string {
  if (text === '') return text;
  if (names) {
    if (isOnlyVariables(text)) return text;
    pointers.push(pointerOf(...path));
    return REMOVED;
  }
  const name = path.at(-1) ?? '';
  const masked = name.endsWith('_b64') ? maskEncoded(text) : maskWithin(text);
  if (masked !== text) pointers.push(pointerOf(...path));
  return masked;
}

/** `__user__:value` and `Bearer __token__:value` hold no secret. */
function isOnlyVariables(text: string): boolean {
  const rest = text.replaceAll(VARIABLE, '').trim();
  return rest !== text.trim() && /^(?:basic|bearer|token|digest|apikey)?$/i.test(rest);
}

function maskWithin(text: string): string {
  let out = text;
  for (const pattern of SECRET_TEXT) {
    out = out.replaceAll(pattern, (...found: readonly unknown[]) => {
      const kept = found[1];
      return (typeof kept === 'string' ? kept : '') + REMOVED;
    });
  }
  return out;
}

function maskEncoded(text: string): string {
  const plain = decodeBase64(text);
  if (plain === undefined) return text;
  const masked = maskWithin(plain);
  return masked === plain ? text : Buffer.from(masked, 'utf8').toString('base64');
}

/** The text that was encoded; undefined when the bytes are no text. */
export function decodeBase64(encoded: string): string | undefined {
  const compact = encoded.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64'));
    // The control characters are what tells bytes from text.
    // eslint-disable-next-line no-control-regex
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
