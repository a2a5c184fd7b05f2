import type { JsonObject, JsonValue } from 'openid-client';

/** Groups beyond this are not looked at: a token has a size, and a mapping too. */
const MOST_GROUPS = 5_000;

/**
 * The groups that a claim names: a list, or one as text. The claim's name is looked for as it is, then as a path
 * (`realm_access.roles`). Undefined when there is no such claim.
 */
export function groupsOf(claims: JsonObject, name: string): readonly string[] | undefined {
  const value = own(claims, name) ?? name.split('.').reduce<JsonValue | undefined>(own, claims);
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, MOST_GROUPS).filter((group) => typeof group === 'string');
}

export interface Profile {
  readonly name: string;
  readonly email?: string;
}

/** What we keep of somebody, under the vault's lock. An address that the provider has not verified is nobody's. */
export function profileOf(claims: JsonObject): Profile {
  const { email } = claims;
  const name = ['name', 'preferred_username', 'nickname', 'email']
    .map((key) => line(claims[key]))
    .find(Boolean);
  const address = claims['email_verified'] === false ? undefined : line(email);
  return { name: name ?? '—', ...(address === undefined ? {} : { email: address }) };
}

/** One line of at most 200 characters, without what would change how others are shown. */
function line(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const clean = value.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
  return clean === '' ? undefined : [...clean].slice(0, 200).join('');
}

function own(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
