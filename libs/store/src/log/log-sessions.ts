import { OperationalError } from '@cordon/kernel';
import pg, { type ClientConfig } from 'pg';
import { withStoreErrors } from '../errors.js';

/** Advisory lock of whoever leads the log; the number only has to differ from other programs' numbers. */
const LEAD_LOCK = 7_466_120_019;
const CHANNEL = 'cordon_log';

/** A leader whose connection hangs for longer than two of these knows that it is lost. */
const BEAT_MS = 5_000;
const RECONNECT_MS = 1_000;

/** What needs a connection of its own: leading, which is a lock that goes with it, and listening. */
export class LogSessions {
  static readonly ASK = `SELECT pg_notify('${CHANNEL}', '')`;
  /** A lock of one 64-bit number is listed as its two halves. */
  static readonly IS_LED = `SELECT EXISTS (
    SELECT FROM pg_locks
     WHERE locktype = 'advisory' AND objsubid = 1 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid::bigint = ${Math.floor(LEAD_LOCK / 2 ** 32)} AND objid::bigint = ${LEAD_LOCK % 2 ** 32}
  ) AS led`;

  private readonly closers = new Set<() => Promise<void>>();
  private closed = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly beatMs = BEAT_MS,
  ) {}

  /** See `LogStore.lead`. */
  async lead<T>(work: (lost: AbortSignal) => Promise<T>): Promise<{ readonly result: T } | undefined> {
    const lost = new AbortController();
    const lose = (cause: unknown): void =>
      lost.abort(new OperationalError('The lead of the log is lost with its connection.', true, { cause }));
    const client = await this.connect(lose);
    let beat: NodeJS.Timeout | undefined;
    const end = async (): Promise<void> => {
      clearInterval(beat);
      // A lost connection may take minutes to end: nobody waits for it.
      const ending = client.end();
      if (lost.signal.aborted) ending.catch(() => undefined);
      else await ending;
    };
    const closer = async (): Promise<void> => {
      const ending = end();
      lose(new OperationalError('The store is closed.', false));
      await ending;
    };
    this.closers.add(closer);
    try {
      if (!(await takesLead(client))) return undefined;
      beat = setInterval(() => void client.query('SELECT 1').catch(lose), this.beatMs).unref();
      return { result: await work(lost.signal) };
    } finally {
      if (this.closers.delete(closer)) await end();
    }
  }

  /** See `LogStore.onAsked`. A lost connection is made again until it stands; a hint that fell between counts as given. */
  async onAsked(listener: () => void): Promise<{ stop(): Promise<void> }> {
    let client: pg.Client | undefined;
    let retry: NodeJS.Timeout | undefined;
    let stopped = false;
    const again = (): void => {
      client = undefined;
      if (stopped) return;
      retry = setTimeout(() => void listen().then(hear, again), RECONNECT_MS).unref();
    };
    const hear = (): void => {
      if (!stopped) listener();
    };
    const listen = async (): Promise<void> => {
      const next = await this.connect(() => undefined);
      try {
        await withStoreErrors(() => next.query(`LISTEN ${CHANNEL}`));
      } catch (thrown) {
        next.end().catch(() => undefined);
        throw thrown;
      }
      if (stopped) return next.end();
      next.on('notification', hear);
      next.on('end', again);
      client = next;
    };
    const stop = async (): Promise<void> => {
      stopped = true;
      this.closers.delete(stop);
      clearTimeout(retry);
      await client?.end();
    };
    this.closers.add(stop);
    try {
      await listen();
    } catch (thrown) {
      this.closers.delete(stop);
      throw thrown;
    }
    return { stop };
  }

  /** Whoever leads learns that it is over. */
  async close(): Promise<void> {
    this.closed = true;
    const closers = [...this.closers];
    this.closers.clear();
    await Promise.all(closers.map((close) => close()));
  }

  private async connect(onLost: (cause: unknown) => void): Promise<pg.Client> {
    if (this.closed) throw new OperationalError('The store is closed.', false);
    const client = new pg.Client(this.config);
    client.on('error', onLost);
    client.on('end', () => onLost(undefined));
    await withStoreErrors(() => client.connect());
    if (!this.closed) return client;
    await client.end();
    throw new OperationalError('The store is closed.', false);
  }
}

async function takesLead(client: pg.Client): Promise<boolean> {
  const sql = 'SELECT pg_try_advisory_lock($1) AS leads';
  const { rows } = await withStoreErrors(() => client.query<{ leads: boolean }>(sql, [LEAD_LOCK]));
  return rows[0]?.leads === true;
}
