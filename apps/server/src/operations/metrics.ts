import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

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
