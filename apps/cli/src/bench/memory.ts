/** That a verifier's memory does not grow with the log: two bundles, one ten times as long as the other. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMadeBundle } from './made-bundle.js';
import { node, verifyPy } from './verify.js';
import type { Live } from './verify-child.js';

const SHORTER = 10;
const MB = 1e6;

interface MemoryRow {
  readonly entries: number;
  readonly bytes: number;
  /** What is in use after each tenth of the entries, garbage collected, less what was before. */
  readonly liveMb: readonly number[];
  /** Most that the process had at once, without a look at memory: program and all. */
  readonly peakMb: number;
  /** The same where it may have no more than this of memory for its objects. */
  readonly tightMb: number;
  readonly tightPeakMb: number;
  readonly pythonPeakMb: number;
}

export interface MemoryReport {
  readonly rows: readonly MemoryRow[];
}

export interface MemoryOptions {
  readonly folder: string;
  readonly entries: number;
  readonly tell: (line: string) => void;
}

/** Most that the objects of the program may take when it has to make do: program, compiled code and all. */
const TIGHT_MB = 40;

/** Makes both bundles, and checks them with both verifiers. Rejects where one does not hold. */
export async function benchMemory({ folder, entries, tell }: MemoryOptions): Promise<MemoryReport> {
  const rows: MemoryRow[] = [];
  for (const size of [Math.ceil(entries / SHORTER), entries]) {
    const path = join(folder, `made-${size}.zip`);
    tell(`making a bundle of ${size} entries`);
    await writeMadeBundle(path, size);
    tell('checking it, with a look at memory after each tenth');
    const { liveMb } = await node<Live>(['live', path]);
    tell('checking it without one');
    const { peakKb } = await node(['4', path]);
    tell(`checking it with ${TIGHT_MB} MB for objects`);
    const tight = await node(['4', path], [`--max-old-space-size=${TIGHT_MB}`, '--max-semi-space-size=2']);
    tell('checking it with Python');
    const python = await verifyPy(path);
    rows.push({
      ...{ entries: size, bytes: (await stat(path)).size, liveMb, tightMb: TIGHT_MB },
      peakMb: (peakKb * 1024) / MB,
      tightPeakMb: (tight.peakKb * 1024) / MB,
      pythonPeakMb: (python.peakKb * 1024) / MB,
    });
  }
  return { rows };
}

export function memoryText({ rows }: MemoryReport): string {
  return rows
    .flatMap(({ entries, bytes, liveMb, peakMb, tightMb, tightPeakMb, pythonPeakMb }) => [
      `${entries} entries, ${(bytes / MB).toFixed(0)} MB`,
      `  in use after each tenth, less what was before: ${liveMb.map((mb) => mb.toFixed(1)).join(', ')} MB`,
      `  at most ${peakMb.toFixed(0)} MB, program and all; ${tightPeakMb.toFixed(0)} MB with ${tightMb} MB for objects; verify.py ${pythonPeakMb.toFixed(0)} MB`,
    ])
    .join('\n');
}
