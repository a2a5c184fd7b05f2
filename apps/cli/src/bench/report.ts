import Table from 'cli-table3';
import type { Load } from './load.js';

export interface Row {
  readonly name: string;
  readonly callers: number;
  readonly load: Load;
  /** The five-statement floor in the same round, where there is one. */
  readonly floor?: number;
  /** What pgbench reaches with more of our work, or on one row; see the notes. */
  readonly secondFloor?: number;
}

export interface Report {
  readonly server: string;
  readonly node: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export function asTable({ server, node, seconds, rounds, rows, notes }: Report): string {
  const table = new Table({
    head: [
      '',
      'callers',
      'transitions/s',
      'floor/s',
      'ratio',
      '2nd floor/s',
      'ratio',
      'p50 ms',
      'p99 ms',
      'CPU µs',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { name, callers, load, floor, secondFloor } of rows) {
    table.push([
      name,
      callers,
      load.perSecond.toFixed(0),
      floor === undefined ? '–' : floor.toFixed(0),
      ratio(load.perSecond, floor),
      secondFloor === undefined ? '–' : secondFloor.toFixed(0),
      ratio(load.perSecond, secondFloor),
      load.p50Ms.toFixed(2),
      load.p99Ms.toFixed(2),
      load.cpuUs.toFixed(0),
    ]);
  }
  const head = `${server}, Node ${node}; median of ${rounds} rounds of ${seconds} s, ours and the floor in turn.`;
  return [head, table.toString(), ...notes].join('\n');
}

function ratio(ours: number, floor: number | undefined): string {
  return floor === undefined ? '–' : (ours / floor).toFixed(2);
}
