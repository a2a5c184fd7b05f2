/** Which key of which token, by RFC 7512. */
export interface Pkcs11Uri {
  readonly modulePath: string;
  /** File that holds the PIN. */
  readonly pinFile?: string;
  /** Label of the token; absent where any token may have the key. */
  readonly token?: string;
  readonly serial?: string;
  /** Label of the key. */
  readonly object?: string;
  /** CKA_ID of the key. */
  readonly id?: Buffer;
}

const SHAPE =
  'write it as pkcs11:token=LABEL;object=LABEL?module-path=/usr/lib/…so&pin-source=file:/run/secrets/pin';
const IN_PATH = ['token', 'serial', 'object', 'id', 'type'];
const IN_QUERY = ['module-path', 'pin-source'];

/** Reads a `pkcs11:` URI. Throws a TypeError that names what is wrong, never what a PIN is. */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (!text.startsWith('pkcs11:')) throw new TypeError(`the key is no PKCS #11 URI: ${SHAPE}`);
  const [path = '', query = ''] = text.slice('pkcs11:'.length).split('?');
  const inPath = attributes(path, ';', IN_PATH);
  const inQuery = attributes(query, '&', IN_QUERY);
  const modulePath = inQuery.get('module-path')?.toString('utf8');
  if (modulePath === undefined) throw new TypeError(`the PKCS #11 URI has no module-path: ${SHAPE}`);
  const pinSource = inQuery.get('pin-source')?.toString('utf8');
  if (pinSource !== undefined && !pinSource.startsWith('file:'))
    throw new TypeError(
      'pin-source of the PKCS #11 URI must be a file: write pin-source=file:/run/secrets/pin',
    );
  const type = inPath.get('type')?.toString('utf8');
  if (type !== undefined && type !== 'private')
    throw new TypeError(
      `type=${type} in the PKCS #11 URI is no key that signs: write type=private, or leave it out`,
    );
  const id = inPath.get('id');
  const [token, serial, object] = ['token', 'serial', 'object'].map((name) =>
    inPath.get(name)?.toString('utf8'),
  );
  if (object === undefined && id === undefined)
    throw new TypeError(`the PKCS #11 URI names no key by object or id: ${SHAPE}`);
  return {
    modulePath,
    ...(pinSource !== undefined && { pinFile: pinSource.replace(/^file:(\/\/(?=\/))?/, '') }),
    ...(token !== undefined && { token }),
    ...(serial !== undefined && { serial }),
    ...(object !== undefined && { object }),
    ...(id !== undefined && { id }),
  };
}

function attributes(text: string, separator: string, known: readonly string[]): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const part of text.split(separator)) {
    if (part === '') continue;
    const [name = '', ...value] = part.split('=');
    if (name === 'pin-value')
      throw new TypeError(
        'a PIN does not belong into the PKCS #11 URI: put it into a file, and write pin-source=file:…',
      );
    if (!known.includes(name))
      throw new TypeError(`the PKCS #11 URI has "${name}"; understood are ${known.join(', ')}`);
    if (found.has(name)) throw new TypeError(`the PKCS #11 URI has ${name} twice`);
    found.set(name, decoded(value.join('='), name));
  }
  return found;
}

/** Percent-encoding to bytes: an id is bytes, and seldom text. */
function decoded(text: string, name: string): Buffer {
  const parts = text.match(/%[0-9a-fA-F]{2}|[^%]+/g) ?? [];
  if (parts.join('') !== text)
    throw new TypeError(`${name} of the PKCS #11 URI has a "%" without two hex digits`);
  return Buffer.concat(
    parts.map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  );
}
