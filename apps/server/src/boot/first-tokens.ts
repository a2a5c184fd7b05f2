import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '@cordon/kernel';
import type { TokenStore } from '@cordon/runtime';
import { isValid } from '../access/authentication.js';
import { newTokenText, tokenHash } from '../access/token-text.js';
import type { Config } from '../config.js';

const TOKEN_FILE = 'admin-token';

/**
 * Sees to it that somebody can sign in: with the bootstrap token where one is set, else with a token in a file of the
 * data folder that its owner alone may read. Returns the file's path, or undefined for the bootstrap token.
 */
export async function ensureAdministrator(
  config: Config,
  tokens: TokenStore,
  clock: Clock,
): Promise<string | undefined> {
  if (config.bootstrapToken === undefined) return ensureTokenFile(resolve(config.dataDir), tokens, clock);
  await addAdministrator('Bootstrap token', config.bootstrapToken, tokens, clock);
  return undefined;
}

/** Leaves a token that was there before as it is: one that was revoked stays revoked. */
async function addAdministrator(name: string, text: string, tokens: TokenStore, clock: Clock): Promise<void> {
  const hash = tokenHash(text);
  if (await tokens.byHash(hash)) return;
  const token = { id: randomUUID(), name, roles: ['administrator'], createdAt: clock.now(), hash };
  await tokens.add(token).catch(async (error: unknown) => {
    // Another process that starts with the same value was quicker.
    if (!(await tokens.byHash(hash))) throw error;
  });
}

async function ensureTokenFile(folder: string, tokens: TokenStore, clock: Clock): Promise<string> {
  const file = join(folder, TOKEN_FILE);
  const present = (await readFile(file, 'utf8').catch(() => '')).trim();
  const known = present === '' ? undefined : await tokens.byHash(tokenHash(present));
  if (known && isValid(known, clock.now())) {
    await chmod(file, 0o600);
    return file;
  }
  const text = newTokenText();
  await addAdministrator('Administrator of this machine', text, tokens, clock);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePrivately(file, `${text}\n`);
  return file;
}

/** Whoever opens the file sees all of it or the one before, and no one else can ever read either. */
async function writePrivately(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
