import { OperationalError, TamperError } from '@cordon/kernel';
import { LogKeyError } from '@cordon/runtime';
import { EmbeddedPostgresError, VaultKeyError } from '@cordon/store';
import { ConfigError, type Config } from '../config.js';

/** Errors whose message is for a person as it is. */
const spoken = [ConfigError, EmbeddedPostgresError, VaultKeyError, LogKeyError];

/** Why the start failed and what to do about it, for a person. Never contains a password. */
export function explainFailure(error: unknown, config: Config | undefined): string {
  if (spoken.some((known) => error instanceof known)) return (error as Error).message;
  if (error instanceof TamperError) return `THE LOG DOES NOT VERIFY. ${error.message}`;
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
