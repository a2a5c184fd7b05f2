import { pino, type DestinationStream, type Logger } from 'pino';

/**
 * JSON lines on standard error. Of an error only its name, message, code, stack and cause: a database error also
 * carries the query's values, and those are people's.
 */
export function makeLog(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: plainError } },
    destination,
  );
}

function plainError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    stack,
    ...(cause !== undefined && depth < 5 ? { cause: plainError(cause, depth + 1) } : {}),
  };
}
