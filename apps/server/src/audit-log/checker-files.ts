import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** The checker that goes into every bundle. */
export async function readVerifyPy(): Promise<Uint8Array> {
  return readFile(createRequire(import.meta.url).resolve('@cordon/audit/verify.py'));
}

/** Version of this program. */
export async function readRelease(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
