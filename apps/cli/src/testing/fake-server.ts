/**
 * A server small enough to read at one sitting, over real HTTP: one playbook of six steps, tokens that are persons, an
 * approval that nobody gives to work of their own, an action that fails, a fact that holds a step up, and a real chain.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@cordon/kernel';
import { FakeIncident, Refusal } from './fake-incident.js';

export interface FakeServer {
  readonly url: string;
  readonly incident: FakeIncident;
  /** Tokens that are valid now, with the name of each. */
  readonly tokens: Map<
    string,
    { readonly id: string; readonly name: string; readonly roles: readonly string[] }
  >;
  /** Every idempotency key of an event, as often as it was sent. */
  readonly keys: string[];
  /** Called before each request; what it returns is answered instead. */
  before?: (
    method: string,
    path: string,
  ) => { status: number; headers?: Record<string, string>; body?: JsonObject } | 'drop' | 'cut' | undefined;
  readonly close: () => Promise<void>;
}

export const ADMIN = 'admin-token-of-the-fake-server';

export async function startFakeServer(): Promise<FakeServer> {
  const incident = new FakeIncident();
  const server = createServer((request, response) => void handle(fake, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    incident,
    tokens: new Map([[ADMIN, { id: 'admin', name: 'admin', roles: ['administrator'] }]]),
    keys: [],
    close: () => stop(server),
  };
  return fake;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

async function handle(fake: FakeServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET';
  const path = (request.url ?? '').replace(/^\/api\/v1/, '');
  const text = await bodyOf(request);
  const early = fake.before?.(method, path);
  if (early === 'drop') return void request.socket.destroy();
  if (early === 'cut') return cut(response);
  if (early) return send(response, early.status, early.body ?? {}, early.headers);
  try {
    const [status, answer] = route(
      fake,
      request,
      method,
      path,
      text === '' ? {} : (JSON.parse(text) as JsonObject),
    );
    send(response, status, answer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    send(response, error.status, { title: 'No', detail: error.message, ...error.extra });
  }
}

function route(
  fake: FakeServer,
  request: IncomingMessage,
  method: string,
  path: string,
  body: JsonObject,
): [number, unknown] {
  const person = fake.tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
  if (path === '/health/ready') return [200, { product: 'cordon', status: 'ok' }];
  if (!person) throw new Refusal(401, 'Sign in first', { code: 'unauthenticated' });
  if (path === '/tokens') return [201, issue(fake, body)];
  if (path.startsWith('/tokens/')) return [200, revoke(fake, path.slice(8))];
  if (path === '/playbooks') return [200, { items: [{ id: 'small', version: '1.0.0' }] }];
  if (path === '/playbooks/small/versions/1.0.0/source') return [200, fake.incident.source];
  if (path === '/incidents' && method === 'POST') return [201, fake.incident.open(body)];
  if (path === '/incidents' || path.startsWith('/incidents?'))
    return [200, { items: [fake.incident.view()], nextCursor: null }];
  if (!path.startsWith('/incidents/INC-1'))
    throw new Refusal(404, 'There is no such incident', { code: 'unknown_incident' });
  const rest = path.slice('/incidents/INC-1'.length);
  if (rest === '') return [200, fake.incident.view()];
  if (rest === '/steps') return [200, { items: fake.incident.steps() }];
  if (rest.startsWith('/transitions'))
    return [200, page(fake.incident, new URLSearchParams(rest.split('?')[1]))];
  if (rest.startsWith('/export')) return [200, fake.incident.export()];
  const key = String(request.headers['idempotency-key'] ?? '');
  fake.keys.push(key);
  return [200, fake.incident.submit(key, person.name, person.roles, body)];
}

function page(incident: FakeIncident, query: URLSearchParams): JsonObject {
  const from = Number(query.get('cursor') ?? 0);
  const items = incident.entries.slice(from, from + 5).map(({ leaf: _, openings: __, ...entry }) => entry);
  const next = from + items.length;
  return { items, nextCursor: next < incident.entries.length ? String(next) : null };
}

function issue(fake: FakeServer, body: JsonObject): JsonObject {
  const id = randomUUID();
  fake.tokens.set(`t-${id}`, { id, name: body['name'] as string, roles: body['roles'] as string[] });
  return { id, token: `t-${id}` };
}

function revoke(fake: FakeServer, id: string): JsonObject {
  for (const [token, person] of fake.tokens) if (person.id === id) fake.tokens.delete(token);
  return {};
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The connection breaks when half of the answer has been sent. */
function cut(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('x'.repeat(500), () => response.socket?.destroy());
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
