/** What the process answers to the shell. The numbers are part of the command line's contract. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  verification: 5,
  /** Stopped by the person at the keyboard (128 + SIGINT). */
  interrupted: 130,
  /** The terminal has gone (128 + SIGHUP). */
  hungUp: 129,
  /** Stopped by another program (128 + SIGTERM). */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * An error that a person can act on: one sentence that holds the fix, and lines of detail below it.
 * It is printed without a stack, and ends the process with its exit code.
 */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    readonly exitCode: ExitCode = exitCodes.failure,
    readonly lines: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The person asked to stop (Ctrl+C), or nobody reads the output any more. Carries how the process then ends. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly exitCode: ExitCode) {
    super('Stopped.');
  }
}

/** One line of what went wrong, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
  return cause.trim().split('\n')[0] ?? error.name;
}
