import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openBackup, restoreBackup, type OpenBackup, type Restored } from '@cordon/store';
import { withDatabase } from '../backup/database.js';
import { drill, type Drilled } from '../backup/drill.js';
import {
  countsOf,
  evidenceStanding,
  evidenceStoreOf,
  faultLines,
  includedText,
  type EvidenceStanding,
} from '../backup/evidence.js';
import { progressOn, type Progress } from '../backup/progress.js';
import { speakingOfBackups } from '../backup/speaking.js';
import { standingOf, type Standing } from '../backup/standing.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, print, printJson } from '../io.js';
import { keyFolderOf, signerMemoryOf } from '../local/log-keys.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface RestoreOptions extends GlobalOptions {
  readonly drill?: boolean;
}

export function registerRestore(program: Command, { io, finish }: CommandContext): void {
  program
    .command('restore')
    .summary('put a backup into an empty database, or try whether it could be')
    .description(
      'Put a backup into an empty database, all of it or nothing, and look at every entry of its history: the database of DATABASE_URL, or the embedded one of the data folder. Its evidence files are put into their folder; one that lies there already is left, and another file in its place is refused. The keys are put back by hand.',
    )
    .argument('<file>', 'what "backup" wrote')
    .option(
      '--drill',
      'put it into a database that is thrown away afterwards, replay every incident, and say whether all holds',
    )
    .addHelpText('after', example('restore cordon-2026-03-24.zip', 'restore --drill cordon-2026-03-24.zip'))
    .action(async (file: string, _options, command: Command) => {
      finish(await speakingOfBackups(() => restore(io, file, optionsOf<RestoreOptions>(command))));
    });
}

async function restore(io: Io, file: string, options: RestoreOptions): Promise<ExitCode> {
  const backup = await openBackup(resolve(io.cwd, file));
  const progress = progressOn(io);
  try {
    return await (options.drill
      ? holdDrill(io, backup, options, progress)
      : putBack(io, backup, options, progress));
  } finally {
    progress.done();
    await backup.close();
  }
}

async function holdDrill(
  io: Io,
  backup: OpenBackup,
  { json }: RestoreOptions,
  progress: Progress,
): Promise<ExitCode> {
  const drilled = await drill(io, backup, signerMemoryOf(io), progress);
  progress.done();
  if (json) printJson(io, { file: backup.file, madeAt: backup.manifest.madeAt, ...drilled });
  else print(io, wrapped(drillText(io, backup, drilled), columnsOf(io.out), '    '));
  return drilled.ok ? exitCodes.ok : exitCodes.verification;
}

async function putBack(
  io: Io,
  backup: OpenBackup,
  { json }: RestoreOptions,
  progress: Progress,
): Promise<ExitCode> {
  const told = (what: string, name: string): void => progress.step(`${what} ${name}`);
  const files = evidenceStoreOf(io);
  const { restored, standing } = await withDatabase(
    io,
    async (url) => {
      const restored = await restoreBackup({ url, backup, told, evidence: files, signal: io.signal });
      const standing = await standingOf(url, signerMemoryOf(io), (what, done) =>
        progress.step(`${done} ${what} are sound`),
      );
      return { restored, standing };
    },
    { mayMake: true },
  );
  progress.done();
  const evidence = await evidenceStanding(io, backup.manifest.evidence);
  const missingKeys = await keysMissing(io);
  if (json) {
    const both = { ...restored.evidence, ...evidence };
    printJson(io, { file: backup.file, ...restored, standing, evidence: both, missingKeys });
  } else
    print(
      io,
      wrapped(
        restoredText(io, backup, { restored, standing, evidence, missingKeys }),
        columnsOf(io.out),
        '    ',
      ),
    );
  const lost = evidence.missing > 0 && countsOf(backup.manifest.evidence).faults.length > 0;
  return standing.sound && !lost ? exitCodes.ok : exitCodes.verification;
}

/** Keys in files that are not here; without that of the vault the server refuses to start. */
async function keysMissing(io: Io): Promise<readonly string[]> {
  const vault = io.env['CORDON_VAULT_KEY_FILE'];
  const paths = [
    vault ? resolve(io.root, vault) : join(keyFolderOf(io), 'vault.key'),
    ...(io.env['CORDON_LOG_KEY'] ? [] : [join(keyFolderOf(io), 'log.key')]),
  ];
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_, i) => found[i] === undefined);
}

interface Result {
  readonly restored: Restored;
  readonly standing: Standing;
  readonly evidence: EvidenceStanding;
  readonly missingKeys: readonly string[];
}

function restoredText(io: Io, backup: OpenBackup, result: Result): string {
  const { restored, standing, evidence, missingKeys } = result;
  return [
    `Restored ${backup.file}, made at ${backup.manifest.madeAt}: ${restored.tables} tables, ${restored.rows} rows.`,
    ...restored.warnings,
    ...passedOver(restored),
    ...standingLines(io, standing),
    ...missingKeys.map(
      (path) => `Put back ${path} from the copy that was kept apart, before the server starts.`,
    ),
    ...evidenceLines(backup, restored, evidence),
    'Everybody signs in again. Tokens that were revoked since the backup are good again: look through them.',
  ].join('\n');
}

function drillText(
  io: Io,
  backup: OpenBackup,
  { ok, restored, standing, replayed, evidence, faults, ms }: Drilled,
): string {
  const colours = coloursOf(io, io.out);
  const { origin, size, signed } = standing;
  return [
    `${ok ? colours.green('HOLDS') : colours.red('DOES NOT HOLD')}  ${backup.file}, made at ${backup.manifest.madeAt}`,
    `restored  ${restored.tables} tables, ${restored.rows} rows`,
    ...passedOver(restored),
    `log       ${origin}: ${size} entries in its tree${standing.sound ? ', every one as it was' : ''}`,
    ...(signed.state === 'agrees' ? [`signed    ${signed.size} entries, the same`] : []),
    ...(signed.state === 'older' ? [`signed    ${signed.size} entries by now, later than the backup`] : []),
    ...(replayed
      ? [
          `replayed  ${replayed.incidents} incidents and the journal, ${replayed.entries} entries${replayed.faults.length === 0 ? ': each led to the state that is stored' : ''}`,
        ]
      : []),
    evidence.leftOut > 0
      ? `evidence  ${evidence.named} files are named, and none is in the backup: their folder is kept by itself`
      : `evidence  ${includedText(evidence)}${evidence.faults.length === 0 ? ', each with the SHA-256 that entries name' : ` of ${evidence.named} that entries name`}`,
    `time      ${(ms / 1000).toFixed(1)} s`,
    ...faults.map((fault) => colours.red(fault)),
  ].join('\n');
}

function standingLines(io: Io, { sound, fault, origin, size, signed }: Standing): readonly string[] {
  const colours = coloursOf(io, io.out);
  if (!sound) return [colours.red(`The history in it is not sound: ${fault ?? ''} Take an earlier backup.`)];
  const stands = `The log ${origin} has ${size} entries in its tree; every one was looked at, and all agree.`;
  const recover = `Where they are gone for good, "cordon audit recover --confirm ${origin}" begins anew and records what is missing.`;
  switch (signed.state) {
    case 'unknown':
      return [
        stands,
        `Nothing was signed that it could be held against: ${signerMemoryOf(io).path} is not there.`,
      ];
    case 'agrees':
      return [stands, `It goes on from what was signed last (${signed.size} entries): the server may start.`];
    case 'older':
      return [
        stands,
        colours.yellow(
          `The log was signed up to ${signed.size} entries, and this backup has ${size}: the server will refuse to start. ${recover}`,
        ),
      ];
    case 'differs':
      return [stands, colours.red(`The server will refuse to start: ${fault ?? ''}`)];
  }
}

function passedOver({ passedOver: tables }: Restored): readonly string[] {
  return tables.length === 0 ? [] : [`Not restored, because they are not Cordon's: ${tables.join(', ')}.`];
}

function evidenceLines(
  { manifest }: OpenBackup,
  { evidence: { placed, there } }: Restored,
  { missing, folder }: EvidenceStanding,
): readonly string[] {
  const counts = countsOf(manifest.evidence);
  if (counts.named === 0) return [];
  const held =
    counts.included === 0
      ? []
      : [`${includedText(counts)} are in ${folder}: ${placed} were put there, ${there} were there already.`];
  if (missing > 0)
    return [
      ...held,
      ...faultLines(counts.faults, 'its folder when the backup was made'),
      `${missing} of ${counts.named} evidence files that entries name are not in ${folder}: put them back there, from a copy of it.`,
    ];
  return counts.included === counts.named
    ? held
    : [...held, `All ${counts.named} evidence files that entries name are in ${folder}.`];
}
