import type { IncidentId } from './ports.js';

interface Claim {
  readonly ids: ReadonlySet<IncidentId>;
  readonly begin: () => void;
}

/**
 * Whose turn it is at which incident, in this process: one at a time writes to it. Whoever needs several waits in a
 * queue and takes them at once, so nobody holds one while waiting for another; meanwhile nobody new gets any of them.
 */
export class Turns {
  private readonly busy = new Set<IncidentId>();
  private readonly queue: Claim[] = [];

  get waiting(): number {
    return this.queue.length;
  }

  /** Takes one incident; false when somebody has it or waits for it. */
  take(id: IncidentId): boolean {
    if (this.busy.has(id) || this.queue.some(({ ids }) => ids.has(id))) return false;
    this.busy.add(id);
    return true;
  }

  /** Resolves when all of them are this caller's, in the order of the callers. */
  takeAll(ids: ReadonlySet<IncidentId>): Promise<void> {
    return new Promise((begin) => {
      this.queue.push({ ids, begin });
      this.next();
    });
  }

  release(ids: Iterable<IncidentId>): void {
    for (const id of ids) this.busy.delete(id);
    this.next();
  }

  /** Those whose turn it is begin; what earlier ones wait for is not given to later ones. */
  private next(): void {
    const wanted = new Set<IncidentId>();
    for (const claim of [...this.queue]) {
      const { ids, begin } = claim;
      if ([...ids].some((id) => this.busy.has(id) || wanted.has(id))) {
        for (const id of ids) wanted.add(id);
        continue;
      }
      for (const id of ids) this.busy.add(id);
      this.queue.splice(this.queue.indexOf(claim), 1);
      begin();
    }
  }
}
