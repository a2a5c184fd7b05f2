import { Secret, TOTP } from 'otpauth';
import { toDataURL } from './qr.js';
import type { EpochMs } from '@cordon/kernel';

const PERIOD_S = 30;

export interface NewTotp {
  readonly secret: string;
  readonly uri: string;
  /** A data: URL of an SVG image. */
  readonly qr: string;
}

function totpOf(secret: string, label = ''): TOTP {
  return new TOTP({
    issuer: 'Cordon',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_S,
    secret: Secret.fromBase32(secret),
  });
}

/** Twenty bytes, as RFC 4226 section 4 recommends, in the spelling of authenticator apps. */
export function totpSecret(bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes.subarray(0, 20)).buffer }).base32;
}

/** What an authenticator app is told: as a link, a picture, and a text to type. */
export function describeTotp(secret: string, label: string): NewTotp {
  const uri = totpOf(secret, label).toString();
  return { secret, uri, qr: toDataURL(uri) };
}

/**
 * The time step whose code this is: the current one or the one before, for clocks that go slow and people that type
 * slowly (RFC 6238 section 5.2). Undefined for a wrong code. Whoever accepts it must see that each step is used once.
 */
export function totpStep(secret: string, code: string, now: EpochMs): number | undefined {
  // The library compares bytes of equal length, and throws for six characters that are more than six bytes.
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window: 1 });
  if (delta !== 0 && delta !== -1) return undefined;
  return Math.floor(now / 1_000 / PERIOD_S) + delta;
}
