/** The demo's alert channel: what Cordon would post to the organisation's webhook ends here, on this machine. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type Json } from '@cordon/kernel';

export interface AlertSink {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BYTES = 64 * 1024;

/** `onAlert` gets the subject of each message, once per message however often it is delivered. */
export async function startAlertSink(onAlert: (subject: string) => void): Promise<AlertSink> {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    void readSubject(request).then((subject) => {
      const key = String(request.headers['idempotency-key'] ?? subject);
      if (subject !== undefined && !seen.has(key)) onAlert(subject);
      seen.add(key);
      response.writeHead(subject === undefined ? 400 : 204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readSubject(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json;
    const subject = isJsonObject(body) ? body['subject'] : undefined;
    return typeof subject === 'string' ? subject : undefined;
  } catch {
    return undefined;
  }
}
