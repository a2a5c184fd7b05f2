import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parseNote, parseVkey } from '@cordon/audit';
import { tiledLog } from './tiled-log.js';

const isThere = spawnSync('openssl', ['version']).status === 0;
const withOpenssl = isThere ? test : test.skip;
const needs = isThere ? '' : ' (skipped: needs openssl)';

const folder = mkdtempSync(join(tmpdir(), 'cordon-openssl-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What an auditor would type: the signed text, the 64 bytes behind the key id, and the key as a PEM file. */
function opensslAccepts(vkey: string, text: string, signature: Uint8Array): boolean {
  const file = (name: string, data: string | Uint8Array): string => {
    writeFileSync(join(folder, name), data);
    return join(folder, name);
  };
  const x = parseVkey(vkey).publicKey.toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const pem = file('log.pem', key.export({ format: 'pem', type: 'spki' }));
  const files = ['-inkey', pem, '-in', file('text', text), '-sigfile', file('signature', signature)];
  const { status, stdout } = spawnSync('openssl', ['pkeyutl', '-verify', '-rawin', '-pubin', ...files], {
    encoding: 'utf8',
  });
  return status === 0 && stdout.includes('Signature Verified Successfully');
}

withOpenssl(
  `openssl verifies the signature of a checkpoint, and of no other text or key${needs}`,
  async () => {
    const log = tiledLog('cordon-log/example', 300, (i) => Buffer.from(`entry ${i}`));
    const { text, signatures } = parseNote(await log.checkpoint());
    const signature = signatures[0]?.signature ?? Buffer.alloc(0);
    const other = tiledLog('cordon-log/example', 1, (i) => Buffer.from(`entry ${i}`));
    expect(opensslAccepts(log.signer.vkey, text, signature)).toBe(true);
    expect(opensslAccepts(log.signer.vkey, text.replace('\n300\n', '\n301\n'), signature)).toBe(false);
    expect(opensslAccepts(log.signer.vkey, text, Buffer.from(signature).fill(0, 0, 1))).toBe(false);
    expect(opensslAccepts(other.signer.vkey, text, signature)).toBe(false);
  },
);
