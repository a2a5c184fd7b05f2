import { once } from 'node:events';
import { createServer } from 'node:net';
import { CliError, exitCodes } from '../exit-codes.js';

const TRIES = 50;

/** The first free port of this machine from the wanted one on; 0 leaves the choice to the system. */
export async function choosePort(wanted: string | undefined): Promise<number> {
  const first = Number(wanted || '3000');
  if (!Number.isInteger(first) || first < 0 || first > 65_535)
    throw new CliError(`PORT must be a whole number from 0 to 65535, not "${wanted}".`, exitCodes.usage);
  for (let port = first; port < first + TRIES && port <= 65_535; port += 1) {
    const free = await tryPort(port);
    if (free !== undefined) return free;
  }
  throw new CliError(`No port from ${first} to ${first + TRIES - 1} is free: name another in PORT.`);
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}
