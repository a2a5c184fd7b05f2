/**
 * One sign-in on its way. The browser keeps one random value in a cookie, the provider carries another (`state`), and of
 * both together the store keeps a hash, once: so an answer counts once, in the browser that asked, and only where we
 * asked (RFC 9700, 4.7). Nonce and PKCE verifier follow from the two and are kept nowhere.
 */
import { createHmac, hash, randomBytes } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';

export const FLOW_MS = 10 * 60_000;

export interface Flow {
  readonly cookie: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** What the store knows it by. */
  readonly hash: Uint8Array;
}

/** A new flow; of a browser that has several on their way, one cookie serves all. */
export function newFlow(cookieHeader: string | undefined, secure: boolean): Flow {
  return flowOf(cookieOf(cookieHeader, secure) ?? random(), random());
}

/** The flow that a browser comes back with; undefined without its cookie. */
export function returningFlow(
  cookieHeader: string | undefined,
  state: string | undefined,
  secure: boolean,
): Flow | undefined {
  const cookie = cookieOf(cookieHeader, secure);
  return cookie === undefined || state === undefined || !VALUE.test(state)
    ? undefined
    : flowOf(cookie, state);
}

/** `Set-Cookie` for a flow; without one, to forget it. Lax: the provider sends the browser back from another site. */
export function flowCookie(flow: Flow | undefined, secure: boolean): string {
  return stringifySetCookie({
    name: nameOf(secure),
    value: flow?.cookie ?? '',
    ...{ httpOnly: true, secure, sameSite: 'lax', path: '/', maxAge: flow ? FLOW_MS / 1000 : 0 },
  });
}

/** 256 random bits in base64url. */
const VALUE = /^[A-Za-z0-9_-]{43}$/;
const random = (): string => randomBytes(32).toString('base64url');
const nameOf = (secure: boolean): string => (secure ? '__Host-cordon-oidc' : 'cordon-oidc');

function cookieOf(header: string | undefined, secure: boolean): string | undefined {
  const value = parseCookie(header ?? '')[nameOf(secure)];
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

function flowOf(cookie: string, state: string): Flow {
  const derive = (what: string): string =>
    createHmac('sha256', cookie).update(`${what}:${state}`).digest('base64url');
  return {
    ...{ cookie, state, nonce: derive('nonce'), verifier: derive('verifier') },
    hash: hash('sha256', `oidc:${cookie}:${state}`, 'buffer'),
  };
}
