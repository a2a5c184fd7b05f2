/** An issuer whose answers cannot be forged on the way: https, or plain http that does not leave this machine. */
export function isTrustedIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  if (search !== '' || hash !== '' || username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

const NEEDS = ['CORDON_PUBLIC_URL', 'CORDON_OIDC_CLIENT_ID', 'CORDON_OIDC_ROLES'] as const;

/** A sentence for each setting that a provider needs and that is missing, or that is there without a provider. */
export function oidcFaults(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (environment['CORDON_OIDC_ISSUER']) {
    return NEEDS.filter((name) => !environment[name]).map(
      (name) => `CORDON_OIDC_ISSUER needs ${name}: without it nobody could sign in with the provider.`,
    );
  }
  return Object.keys(environment)
    .filter((name) => name.startsWith('CORDON_OIDC_') && environment[name])
    .map((name) => `${name} needs CORDON_OIDC_ISSUER: without a provider it would be ignored.`);
}
