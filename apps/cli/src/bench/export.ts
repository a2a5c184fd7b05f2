/** The whole log handed out: how fast, and that memory does not grow with it. */
import type { PreparedBundle } from '@cordon/runtime';
import { liveMemory } from './live-memory.js';
import { withFullLog, type FullLogOptions } from './full-log.js';

const PARTS = 10;
const MB = 1e6;

export interface ExportReport {
  readonly entries: number;
  readonly bytes: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  /** Most that the process took more than before, while it streamed as it does for a caller. */
  readonly rssGrowthMb: number;
  /** What is in use after each tenth of the bytes, garbage collected, less what was before. */
  readonly liveMb: readonly number[];
}

/** Streams a bundle of the whole log, its views included, to nowhere: once for the speed, once to look at memory. */
export async function benchExport(options: FullLogOptions): Promise<ExportReport> {
  const { tell } = options;
  return withFullLog(options, async (log) => {
    tell('streaming the bundle');
    const live = liveMemory();
    live();
    const before = process.memoryUsage.rss();
    const [from, cpuFrom] = [performance.now(), process.cpuUsage()];
    const bundle = await log.wholeLog(true);
    let bytes = 0;
    let most = before;
    for await (const chunk of bundle.bytes()) {
      bytes += chunk.length;
      most = Math.max(most, process.memoryUsage.rss());
    }
    const seconds = (performance.now() - from) / 1000;
    const { user, system } = process.cpuUsage(cpuFrom);
    tell('streaming it again, with a look at memory after each tenth');
    const liveMb = await liveAlong(bundle, bytes, live);
    return {
      ...{ entries: log.size, bytes, liveMb },
      perSecond: log.size / seconds,
      cpuUs: (user + system) / log.size,
      rssGrowthMb: (most - before) / MB,
    };
  });
}

async function liveAlong(bundle: PreparedBundle, total: number, live: () => number): Promise<number[]> {
  const before = live();
  const found: number[] = [];
  let bytes = 0;
  for await (const chunk of bundle.bytes()) {
    bytes += chunk.length;
    if (bytes >= (total * (found.length + 1)) / PARTS) found.push(live() - before);
  }
  return found;
}

export function exportText(report: ExportReport): string {
  const { entries, bytes, perSecond, cpuUs, rssGrowthMb, liveMb } = report;
  return [
    `${entries} entries, ${(bytes / MB).toFixed(0)} MB with views: ${perSecond.toFixed(0)} entries/s, ${cpuUs.toFixed(0)} µs CPU each`,
    `the process grew by at most ${rssGrowthMb.toFixed(0)} MB`,
    `in use after each tenth, less what was before: ${liveMb.map((mb) => mb.toFixed(1)).join(', ')} MB`,
  ].join('\n');
}
