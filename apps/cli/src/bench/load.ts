/** A closed loop of callers: each sends its next event when the one before is answered. */
import { performance } from 'node:perf_hooks';

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of this process per call, microseconds. */
  readonly cpuUs: number;
  readonly calls: number;
  /** What each call took, milliseconds, ascending. */
  readonly latencies: readonly number[];
}

/** Runs `callers` loops for `seconds`; `call(caller, turn)` rejects on anything but success, which ends the run. */
export async function runLoad(
  callers: number,
  seconds: number,
  call: (caller: number, turn: number) => Promise<void>,
): Promise<Load> {
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        const from = performance.now();
        await call(caller, turn);
        latencies.push(performance.now() - from);
      }
    }),
  );
  const elapsed = performance.now() - started;
  const used = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    perSecond: (latencies.length / elapsed) * 1000,
    ...quantiles(latencies),
    cpuUs: (used.user + used.system) / Math.max(1, latencies.length),
    calls: latencies.length,
    latencies,
  };
}

function quantiles(ascending: readonly number[]): Pick<Load, 'p50Ms' | 'p99Ms'> {
  const at = (share: number): number =>
    ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** What several processes did at the same time, as one. */
export function together(loads: readonly Load[]): Load {
  const latencies = loads.flatMap((load) => load.latencies).sort((a, b) => a - b);
  const sum = (pick: (load: Load) => number): number => loads.reduce((all, load) => all + pick(load), 0);
  return {
    perSecond: sum((load) => load.perSecond),
    ...quantiles(latencies),
    cpuUs: sum((load) => load.cpuUs * load.calls) / Math.max(1, latencies.length),
    calls: latencies.length,
    latencies,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The value that this share of them does not exceed; NaN of none. */
export function percentile(taken: readonly number[], share: number): number {
  const sorted = [...taken].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
