/** A replayed scenario as people and programs read it. */
import type { Json } from '@cordon/kernel';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { Colours } from '../io.js';
import { tableText, wrapped } from '../table.js';
import type { Assessment } from './assess.js';
import type { DriveResult } from './drive.js';

export interface Replayed {
  readonly drive: DriveResult;
  readonly assessment: Assessment;
}

/** The worst that can be said of a replay: a history that does not verify comes before a scenario that did not come true. */
export function exitCodeFor({ drive, assessment }: Replayed): ExitCode {
  if (assessment.export.result === 'failed') return exitCodes.verification;
  const met = assessment.checks.every(({ result }) => result !== 'not met');
  return drive.ended === 'closed' && met && assessment.export.result === 'verified'
    ? exitCodes.ok
    : exitCodes.failure;
}

/** One stable object for programs: names are added to it, never changed. */
export function reportJson(replayed: Replayed): Json {
  const { drive, assessment } = replayed;
  return {
    scenario: drive.scenario.id,
    ok: exitCodeFor(replayed) === exitCodes.ok,
    incident: drive.ref,
    playbook: drive.scenario.playbook,
    ended: drive.ended,
    phases: { visited: [...drive.visited], expected: drive.scenario.expect['phasesVisited'] ?? null },
    steps: { ...assessment.steps },
    systems: { all: [...assessment.systems.all], returned: [...assessment.systems.returned] },
    transitions: assessment.transitions,
    rejections: assessment.rejections,
    timeMs: drive.timeMs,
    checks: assessment.checks.map((check) => ({ ...check })),
    export: { ...assessment.export },
    factsLeftOut: [...drive.leftOut],
    assumptions: [...drive.assumptions],
    stuck: drive.stuck.map((stuck) => ({ ...stuck, why: [...stuck.why] })),
  };
}

/** Expectations as a narrow column can hold them; one that is not listed is told by its own name. */
const EXPECTED: Readonly<Record<string, string>> = {
  phasesVisited: 'phases',
  systemsReturnedToService: 'systems',
  affectedPartiesInformed: 'informed',
  finalState: 'final state',
};
const COLUMNS = { least: 60, most: 110, otherwise: 100 };

/**
 * A table of two columns, and below it, a line each, what a person must know to believe it or to mend it. `columns` is the
 * width of the terminal.
 */
export function reportText(
  replayed: Replayed,
  colours: Colours,
  columns: number = COLUMNS.otherwise,
): string {
  const { drive, assessment } = replayed;
  const ok = exitCodeFor(replayed) === exitCodes.ok;
  const { export: exported, systems } = assessment;
  const rows = [
    ['incident', `${drive.ref}, ${drive.ended}`],
    ['phases', phasesText(drive)],
    ['steps', stepsText(replayed)],
    [
      'systems',
      `${systems.returned.length} of ${systems.all.length} returned to service: ${systems.returned.join(', ') || 'none'}`,
    ],
    ['transitions', String(assessment.transitions)],
    ['rejections', String(assessment.rejections)],
    ['time', `${(drive.timeMs / 1000).toFixed(1)} s`],
    ...assessment.checks.map(({ name, result, expected, actual }) => [
      `expected ${EXPECTED[name] ?? name}`,
      result === 'not met'
        ? colours.red(`not met: ${JSON.stringify(expected)} was expected, ${JSON.stringify(actual)} is`)
        : result,
    ]),
    [
      'export',
      exported.result === 'verified'
        ? `${exported.entries} entries, chain verified`
        : colours.red(`${exported.result}: ${exported.problem ?? ''}`),
    ],
  ];
  const verdict = ok ? colours.green('OK') : colours.red('FAILED');
  const width = Math.min(COLUMNS.most, Math.max(COLUMNS.least, columns));
  const table = tableText([drive.scenario.id, verdict], rows, width);
  return [table, ...remarks(drive).map((remark) => wrapped(remark, width, '  '))].join('\n');
}

/** What cannot start in a closed incident is what no answer led to. */
function stepsText({ drive, assessment }: Replayed): string {
  const closed = drive.ended === 'closed';
  return Object.entries(assessment.steps)
    .map(([status, count]) => {
      const words =
        status === 'cannot_start' && closed ? 'on branches not taken' : status.replaceAll('_', ' ');
      return `${count} ${words}`;
    })
    .join(', ');
}

function phasesText(drive: DriveResult): string {
  const expected = drive.scenario.expect['phasesVisited'];
  const count = Array.isArray(expected) ? ` of ${expected.length} expected` : '';
  return `${drive.visited.length}${count}: ${drive.visited.join(', ') || 'none'}`;
}

function remarks(drive: DriveResult): string[] {
  const leftOut =
    drive.leftOut.length > 0
      ? [`Not in the playbook's vocabulary, left out: ${drive.leftOut.join(', ')}.`]
      : [];
  const assumed =
    drive.assumptions.length > 0
      ? [`Assumed, where the scenario does not say: ${drive.assumptions.join(', ')}.`]
      : [];
  return [...leftOut, ...assumed, ...stuckLines(drive)];
}

/** Where a run stood still, and why. */
export function stuckLines(drive: DriveResult): string[] {
  if (drive.ended !== 'stuck') return [];
  const lines = drive.stuck.flatMap(({ step, title, status, why }) => [
    `  ${step} (${title}): ${status.replaceAll('_', ' ')}`,
    ...why.map((text) => `    ${text}`),
  ]);
  return [`Nothing moves any more in ${drive.ref}:`, ...lines];
}
