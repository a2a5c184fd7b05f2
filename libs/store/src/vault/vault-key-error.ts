import { OperationalError } from '@cordon/kernel';

/** The vault's key file is missing, is another one's, or cannot be written. The message names it and says what to do. */
export class VaultKeyError extends OperationalError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, false, options);
  }
}
