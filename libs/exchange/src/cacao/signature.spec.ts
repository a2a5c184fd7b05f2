import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@cordon/kernel';
import { signDocument, signedText, verifySignature } from './signature.js';

const file = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../../../test/fixtures/cacao/signature/rs256.json',
);
const example = JSON.parse(readFileSync(file, 'utf8')) as JsonObject & { signatures: JsonObject[] };
const [other = {}, own = {}] = example.signatures;

describe("the standard's own example", () => {
  test('is hashed to the value that the example prints', () => {
    const hash = createHash('sha256').update(signedText(example, own)).digest('hex');
    expect(hash).toBe('973bb6492184e4681b1eab9df1f56926fc1a91582e3529bfd0bfb231e1c51b0a');
  });

  test('verifies, over the hash as text', () => {
    expect(verifySignature(example, own)).toEqual({ outcome: 'valid', form: 'hash-hex' });
  });

  test('does not verify once anything in it is changed', () => {
    expect(verifySignature({ ...example, name: 'Playbook 2' }, own)).toEqual({ outcome: 'invalid' });
    expect(verifySignature(example, { ...own, signee: 'Somebody' })).toEqual({ outcome: 'invalid' });
  });

  test('a signature whose key cannot be read is neither valid nor invalid', () => {
    expect(verifySignature(example, other)).toEqual({
      outcome: 'unknown',
      reason: expect.stringContaining('key'),
    });
  });
});

describe('a signature made here', () => {
  const document = { type: 'playbook', id: 'playbook--1', modified: '2026-01-01T00:00:00.000Z', name: 'P' };
  const about = { id: 'jss--1', at: '2026-01-02T00:00:00.000Z', signee: 'Cordon' };

  test.each([
    ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
  ])('verifies by %s, and stands beside others', (algorithm, keys) => {
    const { privateKey } = keys();
    const once = signDocument(document, { ...about, algorithm, privateKey });
    const twice = signDocument(once, { ...about, id: 'jss--2', algorithm, privateKey });
    const signatures = twice['signatures'] as unknown as readonly JsonObject[];
    expect(signatures).toHaveLength(2);
    for (const signature of signatures) {
      expect(verifySignature(twice, signature)).toEqual({ outcome: 'valid', form: 'hash-hex' });
      expect(verifySignature({ ...twice, name: 'Q' }, signature)).toEqual({ outcome: 'invalid' });
    }
  });

  test('is refused for an algorithm that is not known', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(() => signDocument(document, { ...about, algorithm: 'HS256', privateKey })).toThrow(TypeError);
  });
});
