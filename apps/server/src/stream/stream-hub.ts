import type { Actor } from '@cordon/engine';
import { FeedTail } from '@cordon/runtime';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { isAllowed } from '../access/policy.js';
import { ProblemError, say } from '../http/problem-error.js';
import { LOG, STORE, type ServerStore } from '../injection.js';
import { Loop } from '../worker/loop.js';
import { heartbeatFrame } from './frames.js';
import { Listener, type ListenerOptions } from './listener.js';

/** Streams of one person, and of everybody, in one process. */
export const STREAMS_A_PERSON = 10;
const STREAMS_A_PROCESS = 1_000;

/**
 * The feed is polled while anybody listens, and not announced by NOTIFY: that would make every commit of every incident
 * wait for one lock, to save listeners a tenth of a second on average.
 */
const POLL_MS = 200;
/** How often everybody is asked about. Who has not been for `KNOWN_MS` is sent nothing: so a revoked person is gone within a second. */
const CHECK_MS = 500;
const KNOWN_MS = 1_000;
const HEARTBEAT_MS = 15_000;
/** Entries that one who resumes is sent at a time, and how long it may take over them. */
const PAGE = 200;
const PAGE_MS = 30_000;

/** Everybody who listens to this process. One poll serves all who are abreast; whoever resumes reads for themselves until then. */
@Injectable()
export class StreamHub implements OnModuleDestroy {
  private readonly listeners = new Set<Listener>();
  private running: Running | undefined;
  private closing = false;
  /** Settled when everything that was stopped has come to rest. */
  private resting: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** Opens a stream; throws a ProblemError when there are too many, or when the process is about to end. */
  open(options: ListenerOptions): void {
    this.admit(options.actor);
    const listener = new Listener(options);
    this.listeners.add(listener);
    const unwatch = options.onEnd(() => this.running?.checkSoon());
    options.response.on('close', () => {
      unwatch();
      this.leave(listener);
    });
    this.running ??= this.start();
    this.running.welcome(listener);
  }

  /** Ends every stream in order. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    for (const listener of this.listeners) listener.end();
    this.rest();
    await this.resting;
  }

  private admit({ id }: Actor): void {
    if (this.closing) {
      throw new ProblemError(
        'unavailable',
        say('The server is stopping.', '伺服器正在停止。'),
        {},
        retryAfter,
      );
    }
    const own = [...this.listeners].filter(({ actor }) => actor.id === id).length;
    if (own < STREAMS_A_PERSON && this.listeners.size < STREAMS_A_PROCESS) return;
    const sentence =
      own < STREAMS_A_PERSON
        ? say('Too many streams are open here.', '此處開啟的串流過多。')
        : say(`You have ${own} streams open: close one first.`, `你已開啟 ${own} 條串流：請先關閉其中一條。`);
    throw new ProblemError('too_many_requests', sentence, {}, retryAfter);
  }

  private leave(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.rest();
  }

  private rest(): void {
    const idle = this.running;
    this.running = undefined;
    this.resting = Promise.all([this.resting, idle?.stop()]);
  }

  private start(): Running {
    const running = new Running(this.store, this.log, this.listeners);
    running.start();
    return running;
  }
}

const retryAfter = { 'Retry-After': '5' };

/** The work while somebody listens. */
class Running {
  private readonly tail: FeedTail;
  private readonly polling: Loop;
  private readonly checking: Loop;
  private readonly heart: NodeJS.Timeout;
  /** Listeners that are being brought up to what is settled. */
  private readonly resuming = new Map<Listener, Promise<void>>();
  /** When everybody was last known to be who they were, on the clock that never jumps. */
  private knownAt = performance.now();

  constructor(
    private readonly store: ServerStore,
    private readonly log: Logger,
    private readonly listeners: ReadonlySet<Listener>,
  ) {
    this.tail = new FeedTail(store.feed);
    this.polling = new Loop('stream', log, () => this.poll());
    this.checking = new Loop('stream access', log, () => this.check());
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  start(): void {
    this.polling.start();
    this.checking.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.heart);
    await Promise.all([this.polling.stop(), this.checking.stop(), ...this.resuming.values()]);
  }

  /** Answers a listener and brings it up to date, as soon as it is known where the stream stands. */
  welcome(listener: Listener): void {
    const { settled } = this.tail;
    if (settled === undefined || this.resuming.has(listener)) return;
    listener.begin(settled);
    this.resuming.set(listener, this.bringUp(listener));
  }

  private async poll(): Promise<number> {
    if (!this.isKnown()) return POLL_MS;
    const { entries, more } = await this.tail.advance();
    for (const listener of this.listeners) {
      if (listener.live) listener.deliver(entries);
      else this.welcome(listener);
    }
    return more ? 0 : POLL_MS;
  }

  /** While this fails nothing is delivered to anybody; it is logged and tried again. */
  private async check(): Promise<number> {
    const askedAt = performance.now();
    const mayListen = (actor: Actor): boolean => isAllowed('stream.read', actor.roles);
    await Promise.all([...this.listeners].map((listener) => listener.check(mayListen)));
    this.knownAt = askedAt;
    return CHECK_MS;
  }

  /** Asks about everybody now, and tells nothing until it is known. */
  checkSoon(): void {
    this.knownAt = -Infinity;
    // Where this fails the loop, which asks the same, fails too, says so and goes on.
    this.check().catch(() => undefined);
  }

  private isKnown(): boolean {
    return performance.now() - this.knownAt < KNOWN_MS;
  }

  private beat(): void {
    for (const listener of this.listeners) listener.write(heartbeatFrame);
  }

  private async bringUp(listener: Listener): Promise<void> {
    try {
      await this.resume(listener);
    } catch (err) {
      this.log.warn({ err }, 'a stream could not be resumed; the client comes back');
      listener.cut();
    } finally {
      this.resuming.delete(listener);
    }
  }

  private async resume(listener: Listener): Promise<void> {
    const { feed } = this.store;
    const settled = (): number => this.tail.settled ?? 0;
    const { after = 0 } = listener;
    if (after > settled() && after > (await feed.newest())) listener.startOver(settled());
    while (!listener.over) {
      const from = listener.after ?? 0;
      const through = settled();
      // Between this look and the next delivery nothing else runs: what is settled later is delivered.
      if (from >= through) return listener.goLive(through);
      const rows = this.isKnown() ? await feed.read(from, PAGE, through) : undefined;
      if (!rows) {
        await pause(POLL_MS);
        continue;
      }
      listener.deliver(rows);
      if (rows.length < PAGE) listener.passTo(through);
      await listener.taken(PAGE_MS);
    }
  }
}
