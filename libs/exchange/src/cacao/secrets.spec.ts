import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import { maskSecrets, REMOVED } from './secrets.js';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEvAIBADANBg\n-----END RSA PRIVATE KEY-----';

describe('a secret is left out, wherever it stands', () => {
  test.each([
    [
      'authentication',
      { authentication_info_definitions: { x: { type: 'oauth2', token: 'tok-1', oauth_header: 'h-1' } } },
      ['tok-1', 'h-1'],
    ],
    [
      'a member of its name',
      { a: { clientSecret: 's-1', 'api-key': 's-2', pin: 1, access_key: ['s-3'] } },
      ['s-1', 's-2', 's-3'],
    ],
    [
      'a variable of its name',
      { playbook_variables: { __api_token__: { type: 'string', value: 's-4' } } },
      ['s-4'],
    ],
    [
      'a header',
      { headers: { Authorization: ['Basic YWJjOmRlZg=='], Cookie: ['sid=1'] } },
      ['YWJj', 'sid=1'],
    ],
    [
      'a text',
      { command: 'curl -H "Authorization: Bearer abc123def456" https://u:hunter2@h.example/' },
      ['abc123', 'hunter2'],
    ],
    [
      'an option',
      { command: "mysql --password='s3cr3t' -u root; sshpass -p s3cr3t ssh x; curl -u me:s3cr3t x" },
      ['s3cr3t'],
    ],
    [
      'an assignment',
      { command: 'export API_KEY=abcdef; x?token=zyxw&y={"password": "qqq"}' },
      ['abcdef', 'zyxw', 'qqq'],
    ],
    ['a key', { description: `use ${PEM} now` }, ['MIIEvA']],
    ['a cloud key', { description: 'AKIAABCDEFGHIJKLMNOP' }, ['AKIAABC']],
    [
      'a token',
      { description: `ghp_${'a1'.repeat(18)} eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig` },
      ['ghp_', 'eyJ'],
    ],
    ['an encoded command', { command_b64: Buffer.from('login password=s3cr3t').toString('base64') }, []],
  ])('%s', (_place, document, secrets) => {
    const masked = maskSecrets(document);
    const kept = JSON.stringify(masked);
    for (const secret of secrets) expect(kept).not.toContain(secret);
    expect(masked.pointers.length).toBeGreaterThan(0);
    expect(JSON.stringify(Object.values(masked.document))).toMatch(
      /secret left out|W3NlY3JldCBsZWZ0IG91dF0|bG9naW4g/,
    );
  });

  test('an encoded command is decoded, masked and encoded again', () => {
    const encoded = Buffer.from('login password=s3cr3t').toString('base64');
    const { document } = maskSecrets({ command_b64: encoded });
    expect(Buffer.from(document['command_b64'] as string, 'base64').toString()).toBe(
      `login password=${REMOVED}`,
    );
  });
});

describe('what is no secret stays', () => {
  test.each([
    [{ headers: { Authorization: ['Bearer __token__:value'], Accept: ['text/plain'] } }],
    [
      {
        authentication_info_definitions: {
          x: {
            type: 'http-basic',
            user_id: 'u',
            password: '__pw__:value',
            kms: true,
            kms_key_identifier: 'k',
          },
        },
      },
    ],
    [{ description: 'Reset the password: ask the desk. Rotate every token and secret.' }],
    [{ signatures: [{ public_key: 'MIIB', value: 'gXyPW', thumbprint: 'abc' }] }],
    [
      {
        workflow: {
          'action--1': { name: 'Change passwords', commands: [{ type: 'manual', command: 'Revoke tokens' }] },
        },
      },
    ],
    [{ url: 'https://example.org/a@b?x=1', tokenized: 'yes', secretary: 'Ms X' }],
    [{ command_b64: 'not base64 at all!', content_b64: 'AAEC' }],
  ])('%j', (document) => {
    expect(maskSecrets(document as never)).toEqual({ document, pointers: [] });
  });
});
