import { expect, test } from '@jest/globals';
import { relyingParty } from './relying-party.js';
import { SessionCookie } from './session-cookie.js';
import { userAgentFamily } from './user-agent.js';

const token = 'a'.repeat(43);
const at = (host: string, publicUrl?: string) => new SessionCookie({ host, publicUrl });

test('the cookie is out of scripts’ and other sites’ reach, and bound to this host over TLS', () => {
  expect(at('0.0.0.0', 'https://cordon.example.org').set(token, 60)).toBe(
    `__Host-cordon=${token}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`,
  );
  expect(at('0.0.0.0', 'https://cordon.example.org').clear()).toMatch(/^__Host-cordon=; Max-Age=0; .*Secure/);
});

test.each([
  ['127.0.0.1', undefined, 'cordon'],
  ['::1', undefined, 'cordon'],
  ['0.0.0.0', 'http://localhost:3000', 'cordon'],
  ['0.0.0.0', undefined, '__Host-cordon'],
  ['127.0.0.1', 'http://cordon.example.org', '__Host-cordon'],
  ['127.0.0.1', 'https://localhost', '__Host-cordon'],
  ['127.0.0.1', 'http://127.0.0.1.example.org', '__Host-cordon'],
])('on %s with the public address %s it is called %s', (host, publicUrl, name) => {
  expect(at(host, publicUrl).name).toBe(name);
  expect(at(host, publicUrl).set(token, 1).includes('Secure')).toBe(name !== 'cordon');
});

test('only what could be a token of ours is looked at', () => {
  const cookie = at('127.0.0.1');
  expect(cookie.tokenIn(`a=b; cordon=${token}`)).toBe(token);
  for (const header of [
    undefined,
    '',
    'cordon=',
    `cordon=${token}x`,
    `__Host-cordon=${token}`,
    `cordon=${"'".repeat(43)}`,
  ])
    expect(cookie.tokenIn(header)).toBeUndefined();
});

test('passkeys belong to the public address, or to localhost; never to whatever host a request names', () => {
  expect(relyingParty({ publicUrl: 'https://cordon.example.org:8443' }, 'evil.example')).toEqual({
    id: 'cordon.example.org',
    origin: 'https://cordon.example.org:8443',
  });
  expect(relyingParty({ publicUrl: undefined }, 'localhost:3000')).toEqual({
    id: 'localhost',
    origin: 'http://localhost:3000',
  });
  for (const host of [undefined, 'evil.example', '127.0.0.1:3000', '[::1]:3000', 'localhost.evil.example'])
    expect(relyingParty({ publicUrl: undefined }, host)).toBeUndefined();
  expect(relyingParty({ publicUrl: 'https://192.0.2.7' }, 'localhost')).toBeUndefined();
});

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0',
    'Edge on Linux',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari on iOS',
  ],
  ['curl/8.5.0', undefined],
  [undefined, undefined],
])('of a browser only the family is kept: %s', (text, family) => {
  expect(userAgentFamily(text)).toBe(family);
});
