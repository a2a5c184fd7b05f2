import { OperationalError } from '@cordon/kernel';
import { EmbeddedPostgresError, VaultKeyError } from '@cordon/store';
import { ConfigError, type Config } from '../config.js';

/** Why the start failed and what to do about it, for a person. Never contains a password. */
export function explainFailure(error: unknown, config: Config | undefined): string {
  if ([ConfigError, EmbeddedPostgresError, VaultKeyError].some((known) => error instanceof known))
    return (error as Error).message;
  const { code, message = String(error), stack } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (config && code === 'EADDRINUSE') {
    return `Port ${config.port} on ${config.host} is in use by another program. Stop that program, or set PORT to another number.`;
  }
  if (config && (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') && isListen(error)) {
    return `Cannot listen on ${config.host}:${config.port} (${message}). Set HOST and PORT to an address and port of this machine.`;
  }
  if (config?.databaseUrl !== undefined && error instanceof OperationalError) {
    return `The database of DATABASE_URL (${placeOf(config.databaseUrl)}) cannot be used: ${message.replace(/\.$/, '')}. Check that it runs and that the address is right.`;
  }
  return stack ?? message;
}

function isListen(error: unknown): boolean {
  return ['listen', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall ?? '');
}

/** Host, port and database, without the login. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
