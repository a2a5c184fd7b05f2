import { InvariantError } from '@cordon/kernel';
import type { Vault } from '@cordon/runtime';

/** Stands where a store was opened without a key file, for work that touches nobody's data; every use is our mistake. */
export class NoVault implements Vault {
  seal(): Promise<string> {
    return refused();
  }

  open(): Promise<string | undefined> {
    return refused();
  }

  erase(): Promise<boolean> {
    return refused();
  }
}

function refused(): Promise<never> {
  return Promise.reject(
    new InvariantError('personal data was asked for, but the store was opened without a vault key file'),
  );
}
