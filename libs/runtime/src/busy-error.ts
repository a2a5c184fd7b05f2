import { OperationalError } from '@cordon/kernel';

/** A job could not be carried out now; it may or may not be safe to say that nothing happened, so the same key is sent again. */
export class BusyError extends OperationalError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, true, options);
  }
}
