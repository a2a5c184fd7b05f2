import { maySee, type Actor } from '@cordon/engine';
import type { FeedEntry } from '@cordon/runtime';
import type { ServerResponse } from 'node:http';
import { goneFrame, readyFrame, resyncFrame, retryFrame, transitionFrame } from './frames.js';

/** A client that does not take the end of its stream is cut off after this. */
const PARTING_MS = 5_000;
/** Bytes that may wait for a client that reads slowly; then it is cut off, and resumes where it was. */
const MOST_WAITING_BYTES = 1_048_576;

export interface ListenerOptions {
  readonly actor: Actor;
  /** Place after which to begin; the newest when left out. */
  readonly after: number | undefined;
  /** Who listens, asked anew: undefined when nobody does any more. */
  readonly still: () => Promise<Actor | undefined>;
  /** Calls `tell` when that may have changed; returns what stops it. */
  readonly onEnd: (tell: () => void) => () => void;
  readonly response: ServerResponse;
}

/** One open stream: what it has been sent, and whether it is abreast of what is written. */
export class Listener {
  /** Everything up to here has been sent or was not for them. */
  private place: number | undefined;
  private isLive = false;
  private isOver = false;
  private who: Actor;

  constructor(private readonly options: ListenerOptions) {
    this.who = options.actor;
    this.place = options.after;
    options.response.on('close', () => (this.isOver = true));
  }

  get actor(): Actor {
    return this.who;
  }

  get over(): boolean {
    return this.isOver;
  }

  get live(): boolean {
    return this.isLive;
  }

  get after(): number | undefined {
    return this.place;
  }

  /**
   * Answers the request; the newest place is where a stream begins that asked for none. Only once that is known: who has
   * the answer misses nothing that is written from then on. Once; repeated calls do nothing.
   */
  begin(newest: number): void {
    const { response } = this.options;
    if (this.isOver || response.headersSent) return;
    this.place ??= newest;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.write(retryFrame());
  }

  /** Sends what the person may see of these entries, each at most once, and moves on to the last. */
  deliver(entries: readonly FeedEntry[]): void {
    const news = entries.filter(({ id }) => id > (this.place ?? 0));
    const seen = news.filter(({ visibility }) => visibility && maySee(visibility, this.who));
    if (seen.length > 0) this.write(seen.map(transitionFrame).join(''));
    this.place = news.at(-1)?.id ?? this.place;
  }

  /** Nothing that the person may see is left between here and the place. */
  passTo(place: number): void {
    this.place = place;
  }

  /** The place it asked for does not exist: everything may have changed. */
  startOver(place: number): void {
    this.place = place;
    this.write(resyncFrame());
  }

  /** From now on entries are delivered as they are written. */
  goLive(place: number): void {
    this.isLive = true;
    this.place = Math.max(place, this.place ?? place);
    this.write(readyFrame(this.place));
  }

  /** Asks who listens; ends the stream when that person may not any more. */
  async check(mayListen: (actor: Actor) => boolean): Promise<void> {
    const now = await this.options.still();
    if (this.isOver) return;
    if (now && mayListen(now)) this.who = now;
    else this.part(goneFrame(now ? 'forbidden' : 'unauthenticated'));
  }

  write(text: string): void {
    const { response } = this.options;
    if (this.isOver || !response.headersSent) return;
    response.write(text);
    if (response.writableLength > MOST_WAITING_BYTES) this.cut();
  }

  /** Resolves when the client has taken what was sent; cuts it off when it has not in time. */
  async taken(withinMs: number): Promise<void> {
    const { response } = this.options;
    if (this.isOver || !response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => this.cut(), withinMs);
      const done = (): void => {
        clearTimeout(late);
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  }

  /** Ends the stream in order; the client comes back by itself and resumes. */
  end(): void {
    if (!this.isOver) this.part(retryFrame());
  }

  /** Breaks the connection. */
  cut(): void {
    this.isOver = true;
    this.options.response.destroy();
  }

  private part(lastWords: string): void {
    const { response } = this.options;
    this.begin(0);
    this.write(lastWords);
    this.isOver = true;
    response.end();
    const late = setTimeout(() => response.destroy(), PARTING_MS);
    response.on('close', () => clearTimeout(late));
  }
}
