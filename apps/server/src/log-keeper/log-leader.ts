import { TamperError } from '@cordon/kernel';
import type { LogKeeper, LogStore } from '@cordon/runtime';
import type { Logger } from 'pino';
import type { LogHealth } from './log-health.js';

/** Another leads: asked again so much later. */
const FOLLOW_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** What is left to do when the process stops has this long. */
const FINISH_MS = 15_000;

export interface LeaderParts {
  readonly keeper: Pick<LogKeeper, 'begin' | 'turn' | 'finish' | 'ask'>;
  readonly store: Pick<LogStore, 'lead' | 'onAsked'>;
  readonly health: Pick<LogHealth, 'fail' | 'fault'>;
  readonly log: Logger;
}

/**
 * Keeps the log while this process leads, and tries to lead while it does not. What fails is logged and tried again; a log
 * that does not verify ends it for good: nothing is sequenced or signed any more by this process.
 */
export class LogLeader {
  private stopping = false;
  private running: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private listening: { stop(): Promise<void> } | undefined;

  constructor(private readonly parts: LeaderParts) {}

  async start(): Promise<void> {
    const { store, keeper } = this.parts;
    this.listening = await store.onAsked(() => {
      keeper.ask();
      this.wake?.();
    });
    this.running = this.run();
  }

  /** After a last checkpoint over all that is committed. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake?.();
    await this.running;
    await this.listening?.stop();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping && this.parts.health.fault === undefined) {
      try {
        const led = await this.parts.store.lead((lost) => this.keep(lost, () => (failures = 0)));
        if (!led) await this.sleep(FOLLOW_MS);
      } catch (error) {
        if (error instanceof TamperError) return this.alarm(error);
        this.parts.log.error({ err: error }, 'keeping the log failed; it is tried again');
        await this.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures));
        failures += 1;
      }
    }
  }

  private async keep(lost: AbortSignal, turned: () => void): Promise<void> {
    const { keeper, health } = this.parts;
    const over = (): boolean => lost.aborted || health.fault !== undefined;
    await keeper.begin();
    while (!this.stopping && !over()) {
      const pause = await keeper.turn();
      turned();
      if (pause > 0) await this.sleep(pause);
    }
    if (!over()) await this.finish();
  }

  private async finish(): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      late = setTimeout(() => {
        this.parts.log.warn('the last checkpoint took too long; the next start makes it');
        resolve();
      }, FINISH_MS);
    });
    await Promise.race([this.parts.keeper.finish(), tooLong]).finally(() => clearTimeout(late));
  }

  private alarm(error: TamperError): void {
    this.parts.health.fail(error.message);
    this.parts.log.fatal({ err: error }, 'THE LOG DOES NOT VERIFY: nothing is sequenced or signed any more');
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
