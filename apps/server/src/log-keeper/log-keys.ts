import { dirname, join, resolve } from 'node:path';
import { openAgentKey, openPkcs11Key } from '@cordon/actions';
import type { KeyPurpose, LogKey, LogKeys } from '@cordon/runtime';
import { FolderKeys } from '@cordon/store';
import { ConfigError, type Config } from '../config.js';

/** The folder of keys: that of the vault's key, because every process of the deployment has it. */
export function keyFolder({ vaultKeyFile, dataDir }: Pick<Config, 'vaultKeyFile' | 'dataDir'>): string {
  return vaultKeyFile === undefined ? join(resolve(dataDir), 'keys') : dirname(resolve(vaultKeyFile));
}

type KeySource = (origin: string) => Promise<readonly LogKey[]>;

/** The keys that CORDON_LOG_KEY names; `log.key` in the folder of keys where it names none. */
export function logKeysOf(
  config: Pick<Config, 'vaultKeyFile' | 'dataDir' | 'logKey'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LogKeys {
  const folder = keyFolder(config);
  const specs = config.logKey ?? [];
  const [only] = specs;
  if (only === undefined) return new FolderKeys(folder);
  if (specs.length === 1 && only.startsWith('file:')) return new FolderKeys(folder, resolve(only.slice(5)));
  return new NamedKeys(
    new FolderKeys(folder),
    specs.map((spec) => sourceOf(spec, folder, environment)),
  );
}

/** Keys of the log that are named one by one, the one before and the one after; those for bundles are in the folder all the same. */
class NamedKeys implements LogKeys {
  private opened: { readonly origin: string; readonly keys: Promise<readonly LogKey[]> } | undefined;

  constructor(
    private readonly folder: FolderKeys,
    private readonly sources: readonly KeySource[],
  ) {}

  async present(
    purpose: KeyPurpose,
    origin: string,
    make: boolean,
  ): Promise<{ readonly keys: readonly LogKey[]; readonly replaces: boolean }> {
    if (purpose === 'bundle') return this.folder.present(purpose, origin, make);
    return { keys: await this.open(origin), replaces: false };
  }

  async replace(purpose: KeyPurpose): Promise<void> {
    if (purpose === 'bundle') await this.folder.replace(purpose);
  }

  /** Opened once; again after a failure, and where the origin is another. */
  private open(origin: string): Promise<readonly LogKey[]> {
    if (this.opened?.origin !== origin) {
      const keys = Promise.all(this.sources.map((source) => source(origin))).then((all) => all.flat());
      this.opened = { origin, keys };
      keys.catch(() => (this.opened = undefined));
    }
    return this.opened.keys;
  }
}

function sourceOf(
  spec: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): KeySource {
  if (spec.startsWith('pkcs11:')) return async (origin) => [await openPkcs11Key(spec, origin)];
  if (spec.startsWith('file:')) {
    const files = new FolderKeys(folder, resolve(spec.slice(5)));
    return async (origin) => (await files.present('log', origin, false)).keys;
  }
  const socket = environment['SSH_AUTH_SOCK'];
  if (!socket)
    throw new ConfigError(
      'CORDON_LOG_KEY names a key of an ssh-agent: set SSH_AUTH_SOCK to the path of its socket.',
    );
  const key = spec.slice('agent:'.length);
  return async (origin) => [await openAgentKey({ socket, key }, origin)];
}
