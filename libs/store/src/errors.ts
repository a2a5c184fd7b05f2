import { InvariantError, OperationalError } from '@cordon/kernel';

/** SQLSTATE classes (two characters) and codes (five) after which the same work may succeed when it is done again. */
const RETRYABLE_SQLSTATE: ReadonlySet<string> = new Set([
  '08', // connection exception
  '53', // insufficient resources: disk, memory, connections
  '25006', // read-only transaction: a failover is under way
  '40001', // serialisation failure
  '40P01', // deadlock
  '55P03', // lock_timeout
  '57014', // statement_timeout, or cancelled by an administrator
  '57P01', // the server shuts down
  '57P02', // the server crashed
  '57P03', // the server starts
]);

const RETRYABLE_ERRNO: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the socket file, while the server restarts
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What node-postgres throws without a code when a connection is gone or none comes free in time. */
const RETRYABLE_MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable/i;

/** Integrity constraint violations: our own rules excluded what we tried to write. */
const INTEGRITY_CLASS = '23';

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The parts of a driver error that decide; absent where the thrown value has none. */
export interface DatabaseFault {
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
}

export function faultOf(thrown: unknown): DatabaseFault {
  if (typeof thrown !== 'object' || thrown === null) return { message: String(thrown) };
  const { message, code, constraint, errors } = thrown as Record<string, unknown>;
  // Connecting to a name with several addresses fails with one error for all, whose own message is empty.
  if (message === '' && Array.isArray(errors) && errors.length > 0) return faultOf(errors[0]);
  return {
    message: String(message),
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
  };
}

/** Whether the server itself answered with an error, which leaves the connection usable. */
export function isServerError(fault: DatabaseFault): boolean {
  return fault.code !== undefined && SQLSTATE.test(fault.code) && !/^(08|57P)/.test(fault.code);
}

/** One answer, from the tables above, to "may the same work be tried again?". */
function isRetryable(fault: DatabaseFault): boolean {
  const { code } = fault;
  if (code === undefined) return RETRYABLE_MESSAGE.test(fault.message);
  if (RETRYABLE_ERRNO.has(code)) return true;
  return SQLSTATE.test(code) && (RETRYABLE_SQLSTATE.has(code) || RETRYABLE_SQLSTATE.has(code.slice(0, 2)));
}

/**
 * What a driver error means to the use cases: an OperationalError when the world misbehaved, an InvariantError when a
 * constraint of the schema stopped something that should never have been asked for.
 */
export function asStoreError(thrown: unknown): OperationalError | InvariantError {
  if (thrown instanceof OperationalError || thrown instanceof InvariantError) return thrown;
  const fault = faultOf(thrown);
  const where = fault.constraint === undefined ? '' : ` (${fault.constraint})`;
  if (fault.code?.length === 5 && fault.code.startsWith(INTEGRITY_CLASS)) {
    return new InvariantError(`the database refused a row${where}: ${fault.message}`, { cause: thrown });
  }
  const code = fault.code === undefined ? '' : ` [${fault.code}]`;
  return new OperationalError(`database: ${fault.message}${code}`, isRetryable(fault), { cause: thrown });
}

/** Runs the work and turns what the driver throws into a store error. */
export async function withStoreErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw asStoreError(thrown);
  }
}
