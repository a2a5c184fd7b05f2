import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { fromIso, systemClock, toIso, type EpochMs } from '@cordon/kernel';
import { PruningRefusedError, refOf, type KeptIncident, type PruningPlan } from '@cordon/runtime';
import { withDatabase } from '../backup/database.js';
import { progressOn } from '../backup/progress.js';
import { sizeText } from '../backup/size-text.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { columnsOf, type Io, print, printJson } from '../io.js';
import { speaking } from '../local/log-keys.js';
import { type Done, runPrune } from '../prune/run-prune.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface PruneOptions extends GlobalOptions {
  readonly before: EpochMs;
  readonly archive?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** Incidents that are named on a terminal; all are in `--json`. */
const NAMED = 12;
const MAX_REASON = 1_000;

export function registerAuditPrune(audit: Command, { io, finish }: CommandContext): void {
  audit
    .command('prune')
    .summary('remove closed incidents whose retention period is over')
    .description(
      'Write a bundle of all that goes into a file and verify it, say in the history what goes, and then remove every row of incidents that were closed before a day, up to the place of the log where one has to stay: because it is open, was closed later, or lies under a legal hold. The log stays provable. Works on DATABASE_URL, also beside servers, or on the embedded database of the data folder while no server runs; with the login that owns the tables. May be cut short and run again.',
    )
    .requiredOption('--before <day>', 'closed before this day (UTC), like 2020-01-01, or moment', momentOf)
    .option('--archive <file>', 'the bundle to write; keep it for as long as the law asks, or destroy it')
    .option('--reason <text>', 'why, for the history: no personal data')
    .option('--dry-run', 'only say what would go, and what keeps the rest')
    .addHelpText(
      'after',
      example(
        'audit prune --before 2020-01-01 --dry-run',
        'audit prune --before 2020-01-01 --archive pruned-2020.zip --reason "Retention schedule 7.2, six years"',
      ),
    )
    .action(async (_options, command: Command) => {
      await speaking(() => run(io, optionsOf<PruneOptions>(command)));
      finish(exitCodes.ok);
    });
}

function momentOf(text: string): EpochMs {
  const at = fromIso(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined) throw new InvalidArgumentError('Give a day like 2020-01-01.');
  if (at > systemClock.now()) throw new InvalidArgumentError('Give a day that is over.');
  return at;
}

async function run(io: Io, options: PruneOptions): Promise<void> {
  const { before, archive, reason = '', dryRun = false } = options;
  if (!dryRun && (archive === undefined || reason.trim() === ''))
    throw new CliError('Give --archive and --reason, or --dry-run to see what would go.', exitCodes.usage);
  if (reason.length > MAX_REASON)
    throw new CliError(`The reason is longer than ${MAX_REASON} characters.`, exitCodes.usage);
  const progress = progressOn(io);
  const file = resolve(io.cwd, archive ?? '');
  const doing = dryRun ? {} : { doing: { archive: file, reason: reason.trim() } };
  const { plan, done } = await withDatabase(io, (url) =>
    runPrune(io, url, { before, ...doing, told: progress.step }),
  )
    .catch((error: unknown) => {
      if (error instanceof PruningRefusedError) throw new CliError(error.message, exitCodes.conflict);
      throw error;
    })
    .finally(progress.done);
  if (options.json) printJson(io, reportOf(plan, dryRun, file, done));
  else print(io, wrapped(textOf(plan, before, file, done), columnsOf(io.out), '    '));
}

function reportOf(plan: PruningPlan, dryRun: boolean, file: string, done: Done | undefined): object {
  const { order, ...rest } = plan;
  return {
    ...{ dryRun, ...rest },
    ...(order && { to: order.said.to, incidents: order.incidents.map(refOf), journalKept: order.said.kept }),
    ...(done && {
      archive: { file, bytes: done.archive.bytes, sha256: done.archive.sha256 },
      announced: done.announced,
      evidenceFiles: done.files,
      notChecked: done.archive.report.notChecked,
    }),
  };
}

function textOf(plan: PruningPlan, before: EpochMs, file: string, done: Done | undefined): string {
  const { order, from, signed } = plan;
  const range = order && `places ${from} to ${order.said.to - 1} of ${signed} that were signed`;
  const refs = order ? listed(order.incidents.map(refOf)) : '';
  return [
    ...(order
      ? [
          `${done ? 'Gone' : 'Would go'}: ${order.incidents.length} incidents closed before ${toIso(before)} (${refs}), ${range}.`,
          `Of the log's places below ${order.said.to}, the journal's ${order.said.kept} keep their entries; the hashes of all stay.`,
        ]
      : [
          `Nothing can go of what was closed before ${toIso(before)}${from > 0 ? `, behind place ${from}` : ''}.`,
        ]),
    ...keptLines(plan),
    ...(done
      ? [
          `Archive: ${file}, ${sizeText(done.archive.bytes)}, SHA-256 ${done.archive.sha256}. It was verified, and opens to whoever has it: keep it, or destroy it, as the law asks.`,
          ...done.archive.report.notChecked.map(({ what, why }) => `Not checked in it: ${what} (${why}).`),
          `The history says so in its entry log.pruned (entry ${done.announced} of the journal). ${done.files} evidence files are gone.`,
          'Backups from before still hold what is gone: let them expire.',
        ]
      : []),
  ].join('\n');
}

function keptLines({ kept, beyond, deploymentHolds, order, from, signed }: PruningPlan): readonly string[] {
  if (deploymentHolds.length > 0)
    return [
      `A legal hold covers the whole deployment, so that nothing may go: ${deploymentHolds.join(', ')}.`,
    ];
  const [first, ...rest] = kept;
  const lines = [
    ...(first ? [`The boundary stops before ${nameOf(first)}.`] : []),
    ...(rest.length > 0 ? [`Behind it also stay ${listed(rest.map(nameOf))}.`] : []),
    ...(beyond > 0
      ? [`${beyond} incidents could go, and stay because the boundary comes before their end.`]
      : []),
  ];
  if (lines.length > 0 || order) return lines;
  return [`From place ${from} on ${signed - from} entries were signed; entries go 256 at a time.`];
}

function nameOf({ ref, why, closedAt, holds }: KeptIncident): string {
  if (why === 'open') return `${ref}, which is open`;
  if (why === 'held') return `${ref}, under the legal hold ${holds.join(', ')}`;
  return `${ref}, which was closed at ${closedAt ?? ''}`;
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
