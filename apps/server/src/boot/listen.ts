import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Config } from '../config.js';

/** Requests under way when the server stops have this long to finish. */
const graceMs = 10_000;

/** Listens, and returns the address that people open. Rejects with the system's error when the port cannot be had. */
export async function listen(
  app: NestExpressApplication,
  { host, port, publicUrl }: Config,
): Promise<string> {
  await app.listen(port, host);
  if (publicUrl !== undefined) return publicUrl;
  const bound = app.getHttpServer().address() as unknown as AddressInfo;
  return `http://${nameOf(host)}:${bound.port}`;
}

/** Stops accepting, lets requests under way finish, and after ten seconds cuts off those that have not. */
export async function stopListening(app: NestExpressApplication): Promise<void> {
  const server = app.getHttpServer();
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  // Node looks for idle connections once; those that fall idle while it waits would stay for their keep-alive time.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearTimeout(grace);
    clearInterval(sweep);
  }
}

/** An address that listens everywhere is opened by its loopback; IPv6 goes into brackets. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
