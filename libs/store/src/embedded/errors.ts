/** Why the embedded server could not be had. Each is a matter of the machine, not of Cordon's own logic. */
export type EmbeddedPostgresErrorCode =
  /** No PostgreSQL binary is installed for this platform. */
  | 'binary_missing'
  /** A binary is installed and does not run. */
  | 'binary_broken'
  /** Started as root, and there is no unprivileged user to run PostgreSQL as. */
  | 'no_user'
  /** The data folder cannot be made, entered or written. */
  | 'data_unreachable'
  /** Another living process has the data folder open. */
  | 'in_use'
  /** The data was made by another major version of PostgreSQL. */
  | 'version_mismatch'
  /** The cluster could not be made, or the server did not come up. */
  | 'start_failed'
  /** The server did not end when asked to. */
  | 'stop_failed';

/** The way out that always works; every message that ends a start offers it. */
export const useOwnServer =
  'set DATABASE_URL (postgres://user:password@host:5432/database) to use a PostgreSQL server of your own';

/** A message is whole sentences meant for the operator's eyes; print it without the stack. `cause` holds the system's own error. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The errno name or exit code a failed system call or child process carries; undefined when it has none. */
export function codeOf(error: unknown): string | number | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}

/** One line of what went wrong, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n')[0] ?? 'unknown error';
}
