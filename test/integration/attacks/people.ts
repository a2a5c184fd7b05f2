/** People who sign in with a browser, and the authenticators that they hold. */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { Ask, Reply } from '../../support/ask.js';
import type { Stage } from './stage.js';

/** Where people open the app of these tests; the stage needs it as CORDON_PUBLIC_URL. */
export const SITE = 'https://cordon.example.org';
export const COOKIE = '__Host-cordon';
/** For a stage on which people sign in from addresses of their own. */
export const BROWSERS = { CORDON_PUBLIC_URL: SITE, CORDON_TRUSTED_PROXIES: '1' };
export const PASSWORD = 'a quiet horse eats 9 lemons';

/** What a browser on our own site sends beside, from this address. */
export const from = (
  address: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  ...{ 'sec-fetch-site': 'same-origin', origin: SITE, 'x-forwarded-for': address, ...more },
});

export interface Enrolled {
  readonly id: string;
  readonly email: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** Value for a Cookie header. */
  readonly cookie: string;
  readonly link: string;
}

let addresses = 0;
/** An address that nobody else in the file has. */
export const someAddress = (): string => `198.51.${Math.floor(++addresses / 250)}.${addresses % 250}`;

/** The six digits of a moment (RFC 6238, SHA-1, 30 seconds). */
export function codeOf(secret: string, at = Date.now()): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', base32(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

function base32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** Six digits that are the code of no moment near. */
export function wrongCode(secret: string): string {
  const near = [-60_000, -30_000, 0, 30_000, 60_000].map((ms) => codeOf(secret, Date.now() + ms));
  return (
    ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code)) ?? ''
  );
}

/** Adds somebody; the token of their one-time link. */
export async function invited(
  on: Stage,
  email: string,
  role = 'responder',
): Promise<{ id: string; link: string }> {
  const { id, link } = await on.made('/api/v1/people', { name: 'Test Person', email, roles: [role] });
  return { id: String(id), link: String(link).split('#')[1] ?? '' };
}

/** Somebody who has just enrolled with a password and one-time codes, whose code of now is used up. */
export async function enrolled(on: Stage, role = 'responder'): Promise<Enrolled> {
  const email = `${randomBytes(6).toString('hex')}@example.org`;
  const { id, link } = await invited(on, email, role);
  const headers = from(someAddress());
  const { body } = await on.ask('/api/v1/enrolment', { json: { token: link }, headers });
  const { secret } = body['totp'] as { readonly secret: string };
  const json = { token: link, password: PASSWORD, code: codeOf(secret) };
  const reply = await on.ask('/api/v1/enrolment/password', { json, headers });
  if (reply.status !== 201) throw new Error(`${reply.status} ${reply.text}`);
  const recoveryCodes = reply.body['recoveryCodes'] as readonly string[];
  return { id, email, secret, recoveryCodes, cookie: cookieOf(reply) ?? '', link };
}

/** The session of an answer as a browser would send it back; undefined where none is set. */
export function cookieOf({ headers }: Reply): string | undefined {
  const set = headers.getSetCookie().find((one) => one.startsWith(`${COOKIE}=`));
  const pair = set?.split(';')[0];
  return pair === `${COOKIE}=` ? undefined : pair;
}

/** An attempt with a password, from an address. */
export function signIn(
  on: Stage,
  { login, password, code }: { readonly login: string; readonly password: string; readonly code: string },
  headers: Readonly<Record<string, string>> = from(someAddress()),
): Promise<Reply> {
  return on.ask('/api/v1/session', { json: { login, password, code }, headers });
}

/** A request of somebody's browser on our own site. */
export function browse(on: Stage, cookie: string, path: string, what: Ask = {}): Promise<Reply> {
  return on.ask(path, { ...what, headers: { ...from('203.0.113.1'), cookie, ...what.headers } });
}

/** An authenticator with one passkey, in software (WebAuthn Level 3, sections 6.1 and 6.5). */
export class Authenticator {
  readonly id = randomBytes(32);
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private counter = 0;

  constructor(private readonly site = SITE) {}

  register(challenge: string): object {
    const point = this.keys.publicKey.export({ format: 'jwk' });
    const [x, y] = [point.x ?? '', point.y ?? ''].map((part) => Buffer.from(part, 'base64url'));
    // A map of five: kty EC2, alg ES256, crv P-256, x, y (RFC 9053).
    const key = [Buffer.from('a5010203262001215820', 'hex'), x ?? '', Buffer.from('225820', 'hex'), y ?? ''];
    const length = Buffer.from([0, this.id.length]);
    const attested = Buffer.concat([
      Buffer.alloc(16),
      length,
      this.id,
      ...key.map((part) => Buffer.from(part)),
    ]);
    const data = Buffer.concat([this.data(0x45), attested]);
    // A map of three: fmt none, attStmt {}, authData.
    const head = Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex');
    const size = Buffer.from([0x59, data.length >> 8, data.length & 255]);
    const client = this.client('webauthn.create', challenge);
    const response = { clientDataJSON: client, attestationObject: Buffer.concat([head, size, data]) };
    return this.answer(response);
  }

  sign(challenge: string, key: KeyObject = this.keys.privateKey): object {
    const [data, client] = [this.data(0x05), this.client('webauthn.get', challenge)];
    const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
    const response = {
      clientDataJSON: client,
      authenticatorData: data,
      signature: sign('sha256', signed, key),
    };
    return this.answer(response);
  }

  private data(flags: number): Buffer {
    const head = createHash('sha256').update(new URL(this.site).hostname).digest();
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE((this.counter += 1));
    return Buffer.concat([head, Buffer.from([flags]), counter]);
  }

  private client(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.site, crossOrigin: false }));
  }

  private answer(parts: Readonly<Record<string, Buffer>>): object {
    const id = this.id.toString('base64url');
    const response = Object.fromEntries(
      Object.entries(parts).map(([name, bytes]) => [name, bytes.toString('base64url')]),
    );
    return { id, rawId: id, type: 'public-key', response };
  }
}
