/** A webhook that takes alerts, as an organisation's chat or pager would, and remembers which it was given. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AlertSink {
  readonly url: string;
  /** How often each `Idempotency-Key` came. */
  readonly received: ReadonlyMap<string, number>;
  /** From now on nobody gets an answer; what came meanwhile is answered at the release. */
  hold(): void;
  /** Deliveries that wait for an answer. */
  held(): number;
  release(): void;
  close(): Promise<void>;
}

/** `refuses` is asked at each delivery; true is answered with 503, so that the delivery comes again. */
export async function openAlertSink(refuses: (times: number) => boolean = () => false): Promise<AlertSink> {
  const received = new Map<string, number>();
  const waiting: ServerResponse[] = [];
  let holding = false;
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key']);
    request.resume().on('end', () => {
      const times = (received.get(key) ?? 0) + 1;
      received.set(key, times);
      response.statusCode = refuses(times) ? 503 : 200;
      if (holding) waiting.push(response);
      else response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const release = (): void => {
    holding = false;
    for (const response of waiting.splice(0)) response.end();
  };
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    received,
    hold: () => void (holding = true),
    held: () => waiting.filter((response) => !response.destroyed).length,
    release,
    async close() {
      release();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
