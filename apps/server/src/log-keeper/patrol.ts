import { setTimeout as pause } from 'node:timers/promises';
import { TamperError } from '@cordon/kernel';
import { patrol, type LogStore, type SelfChecked } from '@cordon/runtime';
import type { Logger } from 'pino';
import type { LogHealth } from './log-health.js';

export interface PatrolParts {
  readonly store: LogStore;
  readonly health: Pick<LogHealth, 'fail' | 'passWhole'>;
  readonly log: Logger;
}

/** Between two blocks of about 2,000 entries: at least so long, and never more than a fiftieth of the time at work. */
const PAUSE_MS = 500;
const SHARE = 50;
const NEXT_ROUND_MS = 6 * 3_600_000;
const RETRY_MS = 60_000;

/** Looks at the whole log over and over, slowly: first at what the start left out, then a round every six hours. */
export class Patrol {
  private readonly stopped = new AbortController();
  private walking: Promise<void> | undefined;

  constructor(
    private readonly parts: PatrolParts,
    private readonly since: SelfChecked,
  ) {}

  start(): void {
    this.walking ??= this.walk();
  }

  /** Resolves when the block under way has ended. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.walking;
  }

  private async walk(): Promise<void> {
    let since: SelfChecked | undefined = this.since;
    while (!this.stopped.signal.aborted) {
      try {
        await patrol(this.parts.store, this.breath(), since);
        this.parts.health.passWhole();
        since = undefined;
        await this.sleep(NEXT_ROUND_MS);
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        if (error instanceof TamperError) return this.alarm(error);
        this.parts.log.warn({ err: error }, 'looking at the log failed; it is tried again');
        await this.sleep(RETRY_MS).catch(() => undefined);
      }
    }
  }

  private alarm(error: TamperError): void {
    this.parts.health.fail(error.message);
    this.parts.log.fatal({ err: error }, 'THE LOG DOES NOT VERIFY: nothing is sequenced or signed any more');
  }

  /** A pause as long as the work since the last one asks for. */
  private breath(): () => Promise<void> {
    let resumedAt = performance.now();
    return async () => {
      const took = performance.now() - resumedAt;
      await this.sleep(Math.max(PAUSE_MS, took * SHARE));
      resumedAt = performance.now();
    };
  }

  /** Rejects when stopped. */
  private async sleep(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopped.signal });
  }
}
