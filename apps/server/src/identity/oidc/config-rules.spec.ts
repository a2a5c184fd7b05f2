import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../config.js';
import { oidcSettings } from './settings.js';

const whole = {
  CORDON_PUBLIC_URL: 'https://cordon.example/',
  CORDON_OIDC_ISSUER: 'https://id.example/realm',
  CORDON_OIDC_CLIENT_ID: 'cordon',
  CORDON_OIDC_ROLES: 'ir=responder',
};

const faultsOf = (environment: Record<string, string>): string => {
  try {
    loadConfig(environment);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
};

test('a provider is described by its address, what it knows us by, and the roles of its groups', () => {
  expect(oidcSettings(loadConfig(whole))).toMatchObject({
    issuer: new URL('https://id.example/realm'),
    clientId: 'cordon',
    clientSecret: undefined,
    roles: new Map([['ir', ['responder']]]),
    groupsClaim: 'groups',
    scopes: 'openid profile email groups',
    publicUrl: 'https://cordon.example',
  });
  expect(oidcSettings(loadConfig({}))).toBeUndefined();
});

test.each(['CORDON_PUBLIC_URL', 'CORDON_OIDC_CLIENT_ID', 'CORDON_OIDC_ROLES'])(
  'a provider without %s stops the start with a sentence that names it',
  (name) => {
    expect(faultsOf({ ...whole, [name]: '' })).toContain(`CORDON_OIDC_ISSUER needs ${name}`);
  },
);

test('settings of a provider without a provider are not ignored in silence', () => {
  expect(faultsOf({ CORDON_OIDC_SCOPES: 'openid' })).toContain('CORDON_OIDC_SCOPES needs CORDON_OIDC_ISSUER');
});

test.each([
  'http://id.example',
  'http://127.0.0.1.example',
  'http://localhost.example',
  'ftp://127.0.0.1',
  'https://user:word@id.example',
  'https://id.example?a=b',
  'https://id.example#a',
  'id.example',
])('%s is not an issuer that can be trusted', (issuer) => {
  expect(faultsOf({ ...whole, CORDON_OIDC_ISSUER: issuer })).toContain('CORDON_OIDC_ISSUER must be');
});

test.each(['http://127.0.0.1:9000', 'http://localhost:9000/realm', 'http://[::1]:9000'])(
  'plain http is enough for %s, which does not leave this machine',
  (issuer) => expect(faultsOf({ ...whole, CORDON_OIDC_ISSUER: issuer })).toBe(''),
);

test('a mapping or scopes that cannot be meant are refused; the secret is never repeated', () => {
  expect(faultsOf({ ...whole, CORDON_OIDC_ROLES: 'ir=king' })).toContain('CORDON_OIDC_ROLES must be');
  expect(faultsOf({ ...whole, CORDON_OIDC_SCOPES: 'profile' })).toContain('CORDON_OIDC_SCOPES must be');
  const faults = faultsOf({ ...whole, CORDON_OIDC_CLIENT_SECRET: 'geheim word' });
  expect(faults).toContain('CORDON_OIDC_CLIENT_SECRET must be');
  expect(faults).not.toContain('geheim');
});
