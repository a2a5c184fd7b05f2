import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LogHealth, LogStatus } from '../log-keeper/log-health.js';

/** What is counted, in a registry of its own, so that two apps in one process do not meet. */
export class Metrics {
  readonly registry = new Registry();
  private readonly transitions = new Counter({
    name: 'cordon_transitions_total',
    help: 'Events that incidents accepted.',
    labelNames: ['type'],
    registers: [this.registry],
  });
  private readonly rejections = new Counter({
    name: 'cordon_rejections_total',
    help: 'Events that were refused, by problem code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly requests = new Histogram({
    name: 'cordon_http_request_seconds',
    help: 'Time from request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });

  /** Adds the process's own measurements (memory, event loop); the observers that it starts live as long as the process. */
  withProcess(): this {
    collectDefaultMetrics({ register: this.registry });
    return this;
  }

  /** Adds how the log stands, read when somebody reads the metrics; left out of an answer while the database does not. */
  withLog(health: Pick<LogHealth, 'status'>): this {
    const figures: readonly [string, string, (status: LogStatus) => number][] = [
      ['backlog_entries', 'Entries that wait for the tree of the log.', ({ backlog }) => backlog],
      ['entries', 'Entries in the tree of the log.', ({ size }) => size],
      [
        'checkpoint_entries',
        'Entries that the newest checkpoint covers.',
        (one) => one.checkpoint?.size ?? 0,
      ],
      [
        'checkpoint_age_seconds',
        'Age of the newest checkpoint.',
        (one) => (one.checkpoint?.ageMs ?? NaN) / 1000,
      ],
      ['verifies', '1 while the log verifies, 0 when it does not.', ({ check }) => (check === 'bad' ? 0 : 1)],
    ];
    for (const [name, help, read] of figures) {
      const gauge: Gauge = new Gauge({
        name: `cordon_log_${name}`,
        help,
        registers: [this.registry],
        async collect() {
          const status = await health.status().catch(() => undefined);
          if (status) gauge.set(read(status));
          else gauge.reset();
        },
      });
    }
    return this;
  }

  /** `type` must be one that the engine accepted: what people make up would grow without limit. */
  countTransition(type: string): void {
    this.transitions.inc({ type });
  }

  countRejection(code: string): void {
    this.rejections.inc({ code });
  }

  observeRequest(
    labels: { readonly method: string; readonly route: string; readonly status: string },
    seconds: number,
  ): void {
    this.requests.observe(labels, seconds);
  }
}
