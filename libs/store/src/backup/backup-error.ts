import { OperationalError } from '@cordon/kernel';
import { faultOf } from '../errors.js';

export type BackupErrorCode =
  /** The file is not a whole backup. */
  | 'damaged'
  /** Made by, or of, another version of Cordon. */
  | 'other_version'
  /** The file cannot be written or read. */
  | 'file'
  /** The database is not one that a backup can be made of, or put into. */
  | 'database'
  /** What lies in the evidence folder is in the way. */
  | 'evidence';

/** A backup cannot be made, read or put back; trying again does not help. The message, for the operator, names the thing and the fix. */
export class BackupError extends OperationalError {
  constructor(
    readonly code: BackupErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, false, options);
  }
}

const NOT_ALLOWED = '42501';

/** Rethrows; where the server refused for want of rights, as a sentence with its fix. */
export function asOwnersWork(error: unknown): never {
  if (
    !(error instanceof BackupError) &&
    error instanceof OperationalError &&
    faultOf(error.cause).code === NOT_ALLOWED
  )
    throw new BackupError(
      'database',
      `This database login may not do that (${faultOf(error.cause).message}): use the one that owns the tables, which is the one that migrates.`,
      { cause: error },
    );
  throw error;
}
