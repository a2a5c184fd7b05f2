import type { Config } from '../../config.js';
import type { RoleMap } from './role-map.js';

/** What the deployment says about its OpenID provider. */
export interface OidcSettings {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly roles: RoleMap;
  readonly groupsClaim: string;
  readonly scopes: string;
  /** Where people open us: the provider sends them back there. */
  readonly publicUrl: string;
}

/** The settings; undefined where there is no provider. */
export function oidcSettings(config: Config): OidcSettings | undefined {
  const { oidcIssuer, oidcClientId, oidcRoles, publicUrl } = config;
  if (!oidcIssuer || !oidcClientId || !oidcRoles || !publicUrl) return undefined;
  return {
    ...{ issuer: new URL(oidcIssuer), clientId: oidcClientId, clientSecret: config.oidcClientSecret },
    ...{ roles: oidcRoles, groupsClaim: config.oidcGroupsClaim, scopes: config.oidcScopes, publicUrl },
  };
}

export const isSecure = ({ publicUrl }: Pick<OidcSettings, 'publicUrl'>): boolean =>
  publicUrl.startsWith('https:');
export const callbackUrl = ({ publicUrl }: Pick<OidcSettings, 'publicUrl'>): string =>
  `${publicUrl}/auth/oidc/callback`;
