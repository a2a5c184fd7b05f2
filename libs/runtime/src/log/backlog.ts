import { BusyError } from '../busy-error.js';
import type { Cordon } from '../cordon.js';
import type { LogStore } from './ports.js';

/** Entries that may wait for the tree before nothing new is taken in. Tessera's default. */
export const MAX_BACKLOG = 4_096;

/** How many entries wait for the tree, as this process saw it last. */
export class Backlog {
  private count = 0;

  constructor(private readonly store: Pick<LogStore, 'backlog'>) {}

  /** Counted up to one more than may wait. */
  get waiting(): number {
    return this.count;
  }

  /** Looks again. One indexed read of what waits; to be called about once a second. */
  async look(): Promise<void> {
    this.count = await this.store.backlog(MAX_BACKLOG + 1);
  }

  /** Throws a BusyError while too many wait: what is not in the tree yet could still be changed unseen. */
  refuseWhenFull(): void {
    if (this.count > MAX_BACKLOG)
      throw new BusyError(`more than ${MAX_BACKLOG} entries wait for the log's tree: try again shortly`);
  }
}

/** The use cases, which take nothing in while too much waits. What is read, timers and verdicts go on. */
export function heldBack<C extends Cordon>(cordon: C, backlog: Pick<Backlog, 'refuseWhenFull'>): C {
  const held =
    <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      backlog.refuseWhenFull();
      return work(...args);
    };
  return {
    ...cordon,
    openIncident: held(cordon.openIncident.bind(cordon)),
    submitEvent: held(cordon.submitEvent.bind(cordon)),
    submitMany: held(cordon.submitMany.bind(cordon)),
    handOver: held(cordon.handOver.bind(cordon)),
    recordRefusal: held(cordon.recordRefusal.bind(cordon)),
  };
}
