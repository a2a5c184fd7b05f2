import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ClientAuth,
} from 'openid-client';
import type { OidcSettings } from './settings.js';

/** How long a provider may take to answer; people wait for it. */
const TIMEOUT_S = 10;
/** What was discovered is asked for again after this; keys are looked up anew by themselves. */
const FRESH_MS = 60 * 60_000;
/** After a failure nobody waits again for so long: everybody is told at once. */
const PAUSE_MS = 2_000;
const CLOCK_TOLERANCE_S = 30;

/** The provider does not answer, or not as OpenID Connect Discovery asks. It is asked again. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

/** What the provider says of itself: asked for when somebody first signs in, so that nothing else depends on it. */
export class Provider {
  private known: Promise<Configuration> | undefined;
  private askAgainAt = 0;

  constructor(readonly settings: OidcSettings) {}

  /** Rejects with ProviderUnavailable. */
  configuration(): Promise<Configuration> {
    const now = performance.now();
    if (this.known && now < this.askAgainAt) return this.known;
    const before = this.known;
    this.askAgainAt = now + TIMEOUT_S * 1_000;
    const asked = this.discover().then(
      (found) => {
        this.askAgainAt = performance.now() + FRESH_MS;
        return found;
      },
      (error: unknown) => {
        this.askAgainAt = performance.now() + PAUSE_MS;
        // What was known stays true until the provider says something else.
        return before ?? Promise.reject(unavailable(error));
      },
    );
    asked.catch(() => undefined);
    return (this.known = asked);
  }

  private async discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const execute = issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
    const found = await discovery(issuer, clientId, undefined, None(), { timeout: TIMEOUT_S, execute });
    const { supportsPKCE: _, ...server } = found.serverMetadata();
    const methods = server.token_endpoint_auth_methods_supported;
    const configuration = new Configuration(
      server,
      clientId,
      { [clockTolerance]: CLOCK_TOLERANCE_S },
      clientAuth(clientSecret, methods),
    );
    configuration.timeout = TIMEOUT_S;
    execute.forEach((run) => run(configuration));
    // The signature of the ID token too, not only the connection it came by.
    enableNonRepudiationChecks(configuration);
    return configuration;
  }
}

/** Without a list a provider takes the secret in the header (OpenID Connect Discovery 1.0, 3). */
function clientAuth(secret: string | undefined, methods = ['client_secret_basic']): ClientAuth {
  if (secret === undefined) return None();
  return methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

function unavailable(cause: unknown): ProviderUnavailable {
  return new ProviderUnavailable('the OpenID provider does not answer', { cause });
}
