/** An open event stream as a test hears it: read as the standard says, over a plain connection that can be left unread. */
import { request, type IncomingMessage } from 'node:http';

export interface HeardEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  /** Everything that was sent so far. */
  text(): string;
  /** Events of this name so far. */
  of(event: string): readonly HeardEvent[];
  /** The first event of this name that fits, as soon as it comes. */
  event(event: string, fits?: (heard: HeardEvent) => boolean): Promise<HeardEvent>;
  count(event: string, atLeast: number): Promise<void>;
  /** Resolves when the stream is over, however that came about. */
  ended(): Promise<void>;
  /** True when it was broken off by the other side, and did not end in order. */
  broken(): boolean;
  /** Reads what was left unread, until it is over. */
  cutOff(): Promise<void>;
  close(): void;
}

export interface Listen {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Leaves what comes unread, so that it piles up. */
  readonly unread?: boolean;
}

/** How long a test waits for what must come: for failing, never for timing. */
const BOUND_MS = 20_000;

/** Opens a stream; resolves with the answer's head, whatever its status. */
export async function listen(url: string, { token, headers = {}, unread = false }: Listen): Promise<Heard> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = request(url, {
    headers: { accept: 'text/event-stream', ...authorization, ...headers },
    agent: false,
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject).end();
  });
  return new Hearing(response, unread, () => sent.destroy());
}

class Hearing implements Heard {
  readonly status: number;
  readonly headers: Headers;
  private said = '';
  private parsed = 0;
  private readonly events: HeardEvent[] = [];
  private over = false;
  private wasBroken = false;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly response: IncomingMessage,
    unread: boolean,
    private readonly hangUp: () => void,
  ) {
    this.status = response.statusCode ?? 0;
    this.headers = new Headers(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    );
    response.setEncoding('utf8');
    response.on('error', () => (this.wasBroken = true));
    response.on('close', () => {
      this.over = true;
      this.wake();
    });
    if (!unread) this.read();
  }

  text(): string {
    return this.said;
  }

  of(event: string): readonly HeardEvent[] {
    return this.events.filter((heard) => heard.event === event);
  }

  async event(event: string, fits: (heard: HeardEvent) => boolean = () => true): Promise<HeardEvent> {
    const found = () => this.of(event).find(fits);
    await this.until(`the event ${event}`, () => found() !== undefined);
    return found() as HeardEvent;
  }

  async count(event: string, atLeast: number): Promise<void> {
    await this.until(`${atLeast} events ${event}`, () => this.of(event).length >= atLeast);
  }

  async ended(): Promise<void> {
    await this.until('the end', () => this.over);
  }

  broken(): boolean {
    return this.wasBroken;
  }

  async cutOff(): Promise<void> {
    this.read();
    await this.ended();
  }

  close(): void {
    this.hangUp();
  }

  private read(): void {
    this.response.on('data', (chunk: string) => {
      this.said += chunk;
      this.parse();
      this.wake();
    });
  }

  /** Blocks end with an empty line; a block without data is no event (HTML Living Standard, 9.2.6). */
  private parse(): void {
    for (let end; (end = this.said.indexOf('\n\n', this.parsed)) >= 0; this.parsed = end + 2) {
      const lines = this.said.slice(this.parsed, end).split('\n');
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [data, id] = [field('data'), field('id')];
      if (data !== undefined)
        this.events.push({ event: field('event') ?? 'message', data, ...(id === undefined ? {} : { id }) });
    }
  }

  private async until(what: string, isTrue: () => boolean): Promise<void> {
    const giveUpAt = performance.now() + BOUND_MS;
    while (!isTrue()) {
      const left = giveUpAt - performance.now();
      if (left <= 0 || (this.over && what !== 'the end')) {
        throw new Error(`${what} did not come. Heard: ${JSON.stringify(this.said.slice(-2_000))}`);
      }
      await new Promise<void>((resolve) => {
        const bound = setTimeout(resolve, left);
        this.waiting.push(() => {
          clearTimeout(bound);
          resolve();
        });
      });
    }
  }

  private wake(): void {
    this.waiting.splice(0).forEach((resolve) => resolve());
  }
}
