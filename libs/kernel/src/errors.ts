/** The world misbehaved (network, disk, database). The retry table decides what `retryable` means. */
export class OperationalError extends Error {
  override readonly name = 'OperationalError';
  constructor(
    message: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** We are wrong: a state that our own rules exclude. The work is abandoned and nothing is committed. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** The log does not verify. Appending stops until a person has looked. Never swallowed. */
export class TamperError extends Error {
  override readonly name = 'TamperError';
}

/** Throws an InvariantError unless the condition holds. Stays on in production. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
