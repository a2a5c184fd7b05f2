import { invariant, type Clock } from '@cordon/kernel';
import type { Journal, Vault } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import {
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type Configuration,
  type JsonObject,
} from 'openid-client';
import type { Logger } from 'pino';
import type { Config } from '../../config.js';
import { CLOCK, CONFIG, JOURNAL, LOG, STORE, VAULT, type ServerStore } from '../../injection.js';
import { KeyedHash } from '../keyed-hash.js';
import { Sessions } from '../sessions.js';
import { SignIn, type Visitor } from '../sign-in.js';
import { admit, cordon } from './admission.js';
import { groupsOf, profileOf } from './claims.js';
import { FLOW_MS, flowCookie, newFlow, returningFlow, type Flow } from './flow.js';
import { LogoutTokens } from './logout-token.js';
import type { NoticeCode } from './page.js';
import { Provider, ProviderUnavailable } from './provider.js';
import { returnPath } from './return-path.js';
import { rolesOf } from './role-map.js';
import { callbackUrl, isSecure, oidcSettings, type OidcSettings } from './settings.js';

/** Who comes, and with which cookies. */
export interface Visit extends Visitor {
  readonly cookie: string | undefined;
}

/** Where the browser goes next, and what it is to remember; or what it is told instead. */
export type Onward =
  { readonly to: string; readonly cookies: readonly string[] } | { readonly notice: NoticeCode };

const PURPOSE = 'oidc';
/** Sign-ins begun from one address in a minute: whole organisations share one. */
const STARTS = 300;
/** Refusals on record in a minute, together: anybody can bring them about without an account. */
const REFUSALS = 60;
const MINUTE_MS = 60_000;

/** Signing in with the deployment's OpenID provider. */
@Injectable()
export class Oidc {
  readonly settings: OidcSettings | undefined;
  private readonly provider: Provider | undefined;
  private readonly logoutTokens = new LogoutTokens();

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
    private readonly hash: KeyedHash,
  ) {
    this.settings = oidcSettings(config);
    this.provider = this.settings && new Provider(this.settings);
  }

  /** Sends the browser to the provider; back it comes to `callback`, and then to `returnTo`. */
  async start(visit: Visit, returnTo: string | undefined): Promise<Onward> {
    const { settings, configuration } = await this.ready();
    if (!configuration) return { notice: 'unavailable' };
    const { attempts } = this.store.people;
    const key = await this.hash.of('oidc-start', visit.address ?? '');
    const { count } = await attempts.hit(key, this.clock.now(), MINUTE_MS);
    if (count > STARTS) return { notice: 'too_many' };
    const flow = newFlow(visit.cookie, isSecure(settings));
    const now = this.clock.now();
    const data = JSON.stringify({ to: returnPath(returnTo) });
    await attempts.ask({ hash: flow.hash, purpose: PURPOSE, data, expiresAt: now + FLOW_MS }, now);
    const to = buildAuthorizationUrl(configuration, {
      ...{
        redirect_uri: callbackUrl(settings),
        scope: settings.scopes,
        state: flow.state,
        nonce: flow.nonce,
      },
      code_challenge: await calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    });
    return { to: to.href, cookies: [flowCookie(flow, isSecure(settings))] };
  }

  /** Takes what the provider answered, once, and signs the person in. `query` begins with its question mark. */
  async callback(visit: Visit, query: string): Promise<Onward> {
    const { settings, configuration } = await this.ready();
    const secure = isSecure(settings);
    const state = new URLSearchParams(query).get('state') ?? undefined;
    const flow = returningFlow(visit.cookie, state, secure);
    const kept = flow && (await this.store.people.attempts.take(flow.hash, PURPOSE, this.clock.now()));
    if (!flow || kept === undefined) return this.refuse('unknown_state');
    if (!configuration) return { notice: 'unavailable' };
    const claims = await this.redeem(configuration, settings, flow, query);
    if (typeof claims === 'string') {
      return claims === 'unavailable' ? { notice: claims } : this.refuse(claims);
    }
    const admission = await this.admit(configuration, settings, claims);
    if (admission.outcome === 'refused') return { notice: admission.code };
    const { actor } = admission;
    const session = await this.signIn.start({ id: actor.id, roles: actor.roles }, 'oidc', visit);
    const { to } = JSON.parse(kept) as { to: string };
    return { to: returnPath(to), cookies: [session.cookie, flowCookie(undefined, secure)] };
  }

  /** Signs out whom the provider says. False for a token that does not prove it. */
  async backchannelLogout(token: string): Promise<boolean> {
    const { configuration } = await this.ready();
    if (!configuration) throw new ProviderUnavailable('the OpenID provider does not answer');
    const request = await this.logoutTokens.read(token, configuration).catch((err: unknown) => {
      this.log.info({ err }, 'a logout token was not accepted');
    });
    if (!request) return false;
    const { issuer } = configuration.serverMetadata();
    const subjectHash = await this.subjectHash(issuer, request.subject);
    const person = await this.store.people.persons.byIdentity(issuer, subjectHash);
    if (!person) return true;
    const ended = await this.sessions.endAll(person.id);
    const data = { method: 'backchannel', sessions: ended.length };
    await this.journal.record({ actor: cordon, type: 'session.end', subject: person.id, data });
    return true;
  }

  /** Where to sign out at the provider; undefined when it offers none, or does not answer. */
  async endSessionUrl(): Promise<string | undefined> {
    const { settings, configuration } = await this.ready();
    if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined;
    return buildEndSessionUrl(configuration, { post_logout_redirect_uri: `${settings.publicUrl}/` }).href;
  }

  private async ready(): Promise<{ settings: OidcSettings; configuration: Configuration | undefined }> {
    if (!this.settings || !this.provider) throw new Error('there is no OpenID provider');
    const configuration = await this.provider.configuration().catch((err: unknown) => {
      this.log.warn({ err }, 'the OpenID provider does not answer');
      return undefined;
    });
    return { settings: this.settings, configuration };
  }

  /** The claims that the code stands for, proved; or why there are none. */
  private async redeem(
    configuration: Configuration,
    settings: OidcSettings,
    flow: Flow,
    query: string,
  ): Promise<JsonObject | 'unavailable' | 'provider_refused' | 'provider_answer'> {
    try {
      const tokens = await authorizationCodeGrant(configuration, new URL(callbackUrl(settings) + query), {
        ...{ expectedState: flow.state, expectedNonce: flow.nonce, pkceCodeVerifier: flow.verifier },
        idTokenExpected: true,
      });
      const claims = (tokens.claims() ?? {}) as JsonObject;
      const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
      if (groupsOf(claims, settings.groupsClaim) !== undefined || !hasUserInfo) return claims;
      const { access_token: token } = tokens;
      const more = await fetchUserInfo(configuration, token, subjectOf(claims));
      return { ...(more as JsonObject), ...claims };
    } catch (err) {
      this.log.warn({ err: withoutBody(err) }, 'a sign-in with the OpenID provider failed');
      if (err instanceof AuthorizationResponseError) return 'provider_refused';
      return isOutage(err) ? 'unavailable' : 'provider_answer';
    }
  }

  private subjectHash(issuer: string, subject: string): Promise<Uint8Array> {
    return this.hash.of('oidc-subject', JSON.stringify([issuer, subject]));
  }

  private async admit(configuration: Configuration, settings: OidcSettings, claims: JsonObject) {
    const { store, vault, journal, clock, sessions } = this;
    const { issuer } = configuration.serverMetadata();
    const groups = groupsOf(claims, settings.groupsClaim) ?? [];
    return admit(
      { people: store.people, vault, journal, clock, endAll: (id) => sessions.endAll(id) },
      {
        issuer,
        subjectHash: await this.subjectHash(issuer, subjectOf(claims)),
        profile: profileOf(claims),
        roles: rolesOf(groups, settings.roles),
      },
    );
  }

  private async refuse(code: 'unknown_state' | 'provider_refused' | 'provider_answer'): Promise<Onward> {
    const key = await this.hash.of('oidc-refused', '');
    const { count } = await this.store.people.attempts.hit(key, this.clock.now(), MINUTE_MS);
    const event = { actor: cordon, type: 'session.start', data: { method: 'oidc' }, refused: code };
    if (count <= REFUSALS) await this.journal.record(event);
    else this.log.warn({ code }, 'more refused sign-ins than the journal takes');
    return { notice: code };
  }
}

/** Every ID token that was accepted has one (OpenID Connect Core 1.0, 2). */
function subjectOf({ sub }: JsonObject): string {
  invariant(typeof sub === 'string' && sub !== '', 'an ID token says whom it is about');
  return sub;
}

/** No answer at all, as against one that is not accepted. */
function isOutage(error: unknown): boolean {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  return (
    code === 'OAUTH_TIMEOUT' ||
    name === 'TimeoutError' ||
    (error instanceof TypeError && message === 'fetch failed')
  );
}

/** What went wrong, without what was received: that may hold tokens and names. */
function withoutBody(error: unknown): object {
  const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
  return { name, message, code };
}
