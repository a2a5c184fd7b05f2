import { isIP } from 'node:net';
import type { Config } from '../config.js';

/** Who a passkey is for (WebAuthn Level 3, section 5.1.2): a domain, and the address at which it is used. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

/**
 * The public address's; where none is set, only `localhost`, because a host that a request merely names may be
 * anybody's. Undefined where there can be no passkeys: a browser makes none for an IP address.
 */
export function relyingParty(
  { publicUrl }: Pick<Config, 'publicUrl'>,
  host: string | undefined,
): RelyingParty | undefined {
  const address = publicUrl ?? `http://${host ?? ''}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, origin } = new URL(address);
  if (publicUrl === undefined && hostname !== 'localhost') return undefined;
  return hostname.startsWith('[') || isIP(hostname) > 0 ? undefined : { id: hostname, origin };
}
