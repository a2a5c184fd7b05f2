/** A download that is read only as far as the test wants, and a road to the server that breaks at a chosen byte. */
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** For failing, never for timing. */
const REST_BOUND_MS = 45_000;

export interface Stalled {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Reads on to the end; what came, and whether the server ended it as it should. */
  rest(): Promise<{ readonly bytes: Buffer; readonly complete: boolean }>;
  /** As a client that is killed; what came until then. */
  abort(): Buffer;
}

/** Asks, takes at least so many bytes, and reads no further: the server cannot send more than fits on the way. */
export async function stalledDownload(url: string, token: string, bytes: number): Promise<Stalled> {
  const request = get(url, { headers: { authorization: `Bearer ${token}` }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined);
  const chunks: Buffer[] = [];
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const had = (): number => chunks.reduce((sum, { length }) => sum + length, 0);
  /** Takes so many bytes in all; a connection that breaks ends it, and is looked at by `complete`. */
  const take = async (most: number): Promise<void> => {
    while (had() < most) {
      const next = await pieces.next().catch(() => undefined);
      if (next === undefined || next.done === true) return;
      chunks.push(next.value);
    }
  };
  await take(bytes);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    async rest() {
      const late = setTimeout(() => response.destroy(new Error('no end')), REST_BOUND_MS);
      await take(Infinity).finally(() => clearTimeout(late));
      return { bytes: Buffer.concat(chunks), complete: response.complete };
    },
    abort() {
      response.destroy();
      return Buffer.concat(chunks);
    },
  };
}

/** Stands between a client and the server, at an address that stays when the server's does not. */
export class Road {
  private readonly sockets = new Set<Socket>();
  private breakAt: { readonly bytes: number; readonly done: () => void } | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: () => string | undefined,
  ) {}

  static async to(target: () => string | undefined): Promise<Road> {
    const server = createServer();
    const road = new Road(server, target);
    server.on('connection', (client) => road.lead(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return road;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Breaks, once, the connection that first carries so many bytes to its client; resolves when it did. */
  breaksAfter(bytes: number): Promise<void> {
    return new Promise((done) => (this.breakAt = { bytes, done }));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private lead(client: Socket): void {
    const target = this.target();
    if (target === undefined) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    let carried = 0;
    server.on('data', (chunk: Buffer) => {
      const { breakAt } = this;
      carried += chunk.length;
      if (breakAt !== undefined && carried >= breakAt.bytes) {
        this.breakAt = undefined;
        client.write(chunk.subarray(0, chunk.length - (carried - breakAt.bytes)));
        client.destroySoon();
        server.destroy();
        breakAt.done();
      } else if (!client.write(chunk)) {
        server.pause();
        client.once('drain', () => server.resume());
      }
    });
    server.on('end', () => client.end());
  }
}
