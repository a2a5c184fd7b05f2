/** The keys of the log in their folder: `log.key` and `bundle.key`, each with a name of the log's origin. */
import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { bundleKeyName, vkeyOf } from '@cordon/audit';
import type { KeyPurpose, LogKey, LogKeys } from '@cordon/runtime';
import { LogKeyFile } from './key-file.js';

export class FolderKeys implements LogKeys {
  private readonly files: Readonly<Record<KeyPurpose, LogKeyFile>>;

  /** @param logKeyPath where the log's own key lies, if not in the folder */
  constructor(folder: string, logKeyPath = join(folder, 'log.key')) {
    this.files = { log: new LogKeyFile(logKeyPath), bundle: new LogKeyFile(join(folder, 'bundle.key')) };
  }

  file(purpose: KeyPurpose): LogKeyFile {
    return this.files[purpose];
  }

  async present(
    purpose: KeyPurpose,
    origin: string,
    make: boolean,
  ): Promise<{ readonly keys: readonly LogKey[]; readonly replaces: boolean }> {
    const file = this.files[purpose];
    let found = await file.keys();
    if (found.length === 0 && make) {
      await file.make();
      found = await file.keys();
    }
    const name = purpose === 'log' ? origin : bundleKeyName(origin);
    return { keys: found.map((key) => logKey(name, key)), replaces: found.length > 1 };
  }

  replace(purpose: KeyPurpose): Promise<void> {
    return this.files[purpose].replace();
  }
}

function logKey(name: string, key: KeyObject): LogKey {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    vkey: vkeyOf(name, Buffer.from(x, 'base64url')).text,
    sign: async (message) => sign(null, message, key),
  };
}
