import type { Logger } from 'pino';

/** After a failure the loop waits this long, doubling up to the second figure, before it tries again. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** A pause of nought still lets everything else have its turn. */
const SHORTEST_PAUSE_MS = 5;

/** Work that is done over and over: each turn says how long to sleep before the next. A failing turn is logged and repeated. */
export class Loop {
  private stopping = false;
  private running: Promise<void> | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly name: string,
    private readonly log: Logger,
    private readonly turn: () => Promise<number>,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when the turn under way has ended; no other begins. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake?.();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      let pause: number;
      try {
        pause = Math.max(SHORTEST_PAUSE_MS, await this.turn());
        failures = 0;
      } catch (error) {
        this.log.error({ err: error, loop: this.name }, 'a turn of the worker failed; it is tried again');
        pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        failures += 1;
      }
      if (!this.stopping) await this.sleep(pause);
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
