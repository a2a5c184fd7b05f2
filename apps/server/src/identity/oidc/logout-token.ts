import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import type { Configuration } from 'openid-client';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const FRESH_S = 120;
const CLOCK_TOLERANCE_S = 30;

export interface LogoutRequest {
  readonly subject: string;
  /** Names the token: it counts once. */
  readonly id: string;
}

/** Checks logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.6), with the provider's keys. */
export class LogoutTokens {
  private readonly keys = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

  /** Who is to be signed out; rejects for a token that is not for us, not from the provider, not fresh, or not of this kind. */
  async read(token: string, configuration: Configuration): Promise<LogoutRequest> {
    const { issuer, jwks_uri } = configuration.serverMetadata();
    const { payload } = await jwtVerify(token, this.keysAt(jwks_uri ?? ''), {
      ...{ issuer, audience: configuration.clientMetadata().client_id, algorithms: ALGORITHMS },
      ...{
        maxTokenAge: FRESH_S,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['iat', 'jti', 'sub', 'events'],
      },
    });
    return requestOf(payload);
  }

  private keysAt(address: string): ReturnType<typeof createRemoteJWKSet> {
    const known = this.keys.get(address);
    if (known) return known;
    const made = createRemoteJWKSet(new URL(address), { timeoutDuration: 5_000 });
    this.keys.set(address, made);
    return made;
  }
}

/** An ID token has a nonce and no such event: none of them may be taken for a logout token. */
function requestOf({ sub, jti, events, nonce }: JWTPayload): LogoutRequest {
  const event =
    typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[EVENT] : undefined;
  const isLogout = typeof event === 'object' && event !== null && nonce === undefined;
  if (!isLogout || typeof sub !== 'string' || sub === '' || typeof jti !== 'string' || jti === '') {
    throw new Error('it is not a logout token');
  }
  return { subject: sub, id: jti };
}
