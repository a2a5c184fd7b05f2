import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { evidenceReferences } from '@cordon/store';
import type { Evidence } from '@cordon/runtime';
import type { Logger } from 'pino';
import { LOG, STORE, type ServerStore } from '../injection.js';
import { EVIDENCE } from './evidence-tokens.js';

const EVERY_MS = 60 * 60_000;

/** Once an hour, removes files that no entry came to name. The process that has the folder does it, whatever its role. */
@Injectable()
export class EvidenceSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.store.dataSource) return;
    this.timer = setInterval(() => {
      this.sweeping = this.sweep();
    }, EVERY_MS).unref();
  }

  /** Waits for a sweep that is under way: it asks the database. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const { dataSource } = this.store;
    if (!dataSource) return;
    try {
      const removed = await this.evidence.sweep(evidenceReferences(dataSource));
      if (removed > 0) this.log.info({ removed }, 'evidence files without an entry removed');
    } catch (err) {
      this.log.error({ err }, 'sweeping evidence failed; it is tried again in an hour');
    }
  }
}
