import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Witness } from './witness.js';

/** Longest body: 63 lines of proof, and a note with as many signatures as a note may have. */
const MAX_BODY_BYTES = 256 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 256;
const CHECKPOINT = /^\/([0-9a-f]{64})\/checkpoint$/;

/**
 * The witness over HTTP: `POST /add-checkpoint` (C2SP tlog-witness), `GET /<SHA-256 of an origin>/checkpoint` with the
 * last checkpoint that was cosigned, and `GET /health`. Not yet listening. `failed` is told of what must not happen.
 */
export function witnessServer(witness: Witness, failed: (error: unknown) => void): Server {
  const server = createServer((request, response) => {
    route(witness, request, response).catch((error: unknown) => {
      // A client that went away while it was still sending is nothing to tell of.
      if (request.errored !== null || response.destroyed) return;
      failed(error);
      if (!response.headersSent) send(response, 500, 'the witness could not do this\n');
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

async function route(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return send(response, 405, 'POST only\n', { allow: 'POST' });
    return addCheckpoint(witness, request, response);
  }
  const name = CHECKPOINT.exec(path)?.[1];
  if (name === undefined && path !== '/health') return send(response, 404, 'there is nothing here\n');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, 'GET only\n', { allow: 'GET, HEAD' });
  if (name === undefined) return send(response, 200, 'ok\n');
  const note = await witness.checkpointOf(name);
  if (note === undefined) return send(response, 404, 'nothing was cosigned for this log\n');
  return send(response, 200, note);
}

async function addCheckpoint(
  witness: Witness,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const bytes = await bodyOf(request);
  if (bytes === undefined)
    return send(response, 413, `a request has at most ${MAX_BODY_BYTES} bytes\n`, { connection: 'close' });
  const body = textOf(bytes);
  if (body === undefined) return send(response, 400, 'the request is not UTF-8\n');
  const { status, type, body: answer } = await witness.addCheckpoint(body);
  send(response, status, answer, { 'content-type': type });
}

/** Undefined where it is too long; the rest of it is not read. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Its one error: these bytes are not UTF-8.
    return undefined;
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
