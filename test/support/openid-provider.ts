/**
 * A real OpenID provider on this machine, that signs in whomever the test says and can be made to misbehave: what it
 * would never issue by itself is signed with its own keys.
 */
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, SignJWT, type JWTPayload } from 'jose';
import Provider, { type Context } from 'oidc-provider';

export interface Account {
  readonly sub: string;
  readonly name: string;
  readonly email: string;
  groups: readonly string[];
}

export const CLIENT = { id: 'cordon', secret: 'a-secret-of-the-client-cordon-in-tests' };
/** Another program at the same provider. */
export const OTHER_CLIENT = { id: 'payroll', redirect: 'http://127.0.0.1:9/callback' };

export interface OpenIdProvider {
  readonly issuer: string;
  /** Who signs in next, and what `/interaction` answers: undefined refuses. */
  account: Account | undefined;
  /** How often somebody had to say who they are. */
  readonly logins: number;
  /** Whose key signs ID tokens that are tampered with. */
  signer: 'provider' | 'stranger';
  /** Changes the claims of the next ID tokens before they are signed. */
  tamper: ((claims: JWTPayload) => JWTPayload) | undefined;
  /** Signs what the test likes: with the provider's key, or with one that nobody knows. */
  sign(claims: JWTPayload, by?: 'provider' | 'stranger'): Promise<string>;
  /** Stops answering, and answers again at the same address. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startOpenIdProvider(port: number, cordonUrl: string): Promise<OpenIdProvider> {
  const provider = new TestProvider(port, cordonUrl);
  await provider.up();
  return provider;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const KID = 'test-key';

class TestProvider implements OpenIdProvider {
  readonly issuer: string;
  account: Account | undefined;
  logins = 0;
  signer: 'provider' | 'stranger' = 'provider';
  tamper: ((claims: JWTPayload) => JWTPayload) | undefined;
  private readonly accounts = new Map<string, Account>();
  private readonly key = rsaKey();
  private readonly strangersKey = rsaKey();
  private readonly provider: Provider;
  private server: Server | undefined;

  constructor(
    private readonly port: number,
    cordonUrl: string,
  ) {
    this.issuer = `http://127.0.0.1:${port}`;
    this.provider = new Provider(this.issuer, this.configuration(cordonUrl));
  }

  async sign(claims: JWTPayload, by: 'provider' | 'stranger' = 'provider'): Promise<string> {
    const key = by === 'provider' ? this.key : this.strangersKey;
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KID }).sign(key);
  }

  async up(): Promise<void> {
    const answer = this.provider.callback();
    const server = createServer((request, response) => void this.handle(request, response, answer));
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.server = server;
  }

  async down(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await new Promise((resolve) => {
      server?.close(resolve);
      server?.closeAllConnections();
    });
  }

  async close(): Promise<void> {
    if (this.server) await this.down();
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
    answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ): Promise<void> {
    const path = request.url ?? '';
    if (path.startsWith('/interaction/')) return this.interact(request, response);
    if (path.startsWith('/token') && this.tamper) this.intercept(response, this.tamper);
    return answer(request, response);
  }

  private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { account } = this;
    if (!account) {
      const error = { error: 'access_denied', error_description: 'not today' };
      return this.provider.interactionFinished(request, response, error);
    }
    this.logins += 1;
    this.accounts.set(account.sub, account);
    return this.provider.interactionFinished(request, response, { login: { accountId: account.sub } });
  }

  /** Replaces the ID token in the answer that is about to be written. */
  private intercept(response: ServerResponse, tamper: (claims: JWTPayload) => JWTPayload): void {
    const end = response.end.bind(response) as (text: string) => ServerResponse;
    const forge = async (body: unknown): Promise<void> => {
      const answer = JSON.parse(String(body)) as Record<string, unknown>;
      const token = answer['id_token'];
      if (typeof token === 'string')
        answer['id_token'] = await this.sign(tamper(decodeJwt(token)), this.signer);
      const text = JSON.stringify(answer);
      response.setHeader('Content-Length', Buffer.byteLength(text));
      end(text);
    };
    response.end = ((body: unknown) => {
      void forge(body);
      return response;
    }) as ServerResponse['end'];
  }

  private configuration(cordonUrl: string): object {
    const web = { response_types: ['code'], grant_types: ['authorization_code'] };
    return {
      clients: [
        {
          ...{ client_id: CLIENT.id, client_secret: CLIENT.secret, ...web },
          redirect_uris: [`${cordonUrl}/auth/oidc/callback`],
          post_logout_redirect_uris: [`${cordonUrl}/`],
          backchannel_logout_uri: `${cordonUrl}/auth/oidc/logout`,
        },
        {
          ...{ client_id: OTHER_CLIENT.id, token_endpoint_auth_method: 'none', ...web },
          redirect_uris: [OTHER_CLIENT.redirect],
        },
      ],
      jwks: { keys: [{ ...this.key.export({ format: 'jwk' }), kid: KID, use: 'sig', alg: 'RS256' }] },
      cookies: { keys: [randomUUID()] },
      claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => this.claimsOf(sub) }),
      loadExistingGrant: grantEverything,
      // Its own protection against requests to this machine would keep it from reaching us.
      fetch: (address: string, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) =>
        fetch(address, options),
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        IdToken: 600,
        Interaction: 600,
        Grant: 600,
        Session: 600,
      },
    };
  }

  private claimsOf(sub: string): object {
    const account = this.accounts.get(sub);
    return { ...account, sub, email_verified: true };
  }
}

async function grantEverything({ oidc }: Context): Promise<object> {
  const { Grant } = oidc.provider;
  const grant = new Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile email groups');
  await grant.save();
  return grant;
}

function rsaKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}
