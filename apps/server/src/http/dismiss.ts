import type { Request } from 'express';

/** How long a refused sender may go on before the line is cut: time to read the answer. */
const GRACE_MS = 10_000;

/**
 * Lets a sender whose request was refused, and who is still sending, hear the answer, then cuts the line: an upload may
 * take an hour, and nobody else's body may. Nothing is kept of what comes.
 */
export function dismiss(request: Request, graceMs = GRACE_MS): void {
  if (request.readableEnded || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), graceMs).unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  request.resume();
}
