import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '@cordon/kernel';
import { NOT_BACKED_UP, writeBackup, type BackupManifest } from '@cordon/store';
import { evidenceFolderOf, withDatabase } from '../backup/database.js';
import {
  countsOf,
  evidenceStoreOf,
  faultLines,
  includedText,
  type EvidenceCounts,
} from '../backup/evidence.js';
import { progressOn } from '../backup/progress.js';
import { sizeText } from '../backup/size-text.js';
import { speakingOfBackups } from '../backup/speaking.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { columnsOf, type Io, print, printJson, tell } from '../io.js';
import { folderKeysOf, keyFolderOf, signerMemoryOf } from '../local/log-keys.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface BackupOptions extends GlobalOptions {
  readonly out: string;
  readonly evidence: boolean;
}

export function registerBackup(program: Command, { io, finish }: CommandContext): void {
  program
    .command('backup')
    .summary('write the whole database, and the evidence files, into one file')
    .description(
      'Write everything of one moment into one file: the database of DATABASE_URL, while servers run, or the embedded one, while no server does; and every evidence file, each held against the SHA-256 that was recorded of it. No key is in it: the end says what to keep besides. Ends with 5 where an evidence file is missing or damaged; all the rest is in the backup.',
    )
    .requiredOption('--out <file>', 'the file to write; one that is there is not overwritten')
    .option('--no-evidence', 'leave the evidence files out; their folder is then copied by itself')
    .addHelpText('after', example('backup --out cordon-2026-03-24.zip'))
    .action(async (_options, command: Command) => {
      finish(await speakingOfBackups(() => backup(io, optionsOf<BackupOptions>(command))));
    });
}

/** A backup that lacks evidence is one all the same: it is there, and the exit code says what it lacks. */
async function backup(io: Io, options: BackupOptions): Promise<ExitCode> {
  const file = resolve(io.cwd, options.out);
  const progress = progressOn(io);
  const manifest = await withDatabase(io, (url) =>
    writeBackup({
      ...{ url, file, at: systemClock.now(), signal: io.signal },
      ...(options.evidence ? { evidence: evidenceStoreOf(io) } : {}),
      told: (what, bytes) => progress.step(`${what}, after ${sizeText(bytes)} …`),
    }),
  ).finally(progress.done);
  const evidence = countsOf(manifest.evidence);
  const { size } = await stat(file);
  warn(io, manifest, evidence);
  if (options.json) printJson(io, reportOf(io, file, size, manifest, evidence));
  else print(io, wrapped(textOf(io, file, size, manifest, evidence), columnsOf(io.out), '    '));
  return evidence.faults.length === 0 ? exitCodes.ok : exitCodes.verification;
}

/** What is not in the backup and might be missed, on stderr. */
function warn(io: Io, { queue, leftOut }: BackupManifest, { faults }: EvidenceCounts): void {
  const others = leftOut.filter((name) => !NOT_BACKED_UP.includes(name));
  const lines = [
    ...(queue.missing > 0
      ? [
          `${queue.missing} jobs of the queue are NOT in the backup: its tables have a form that this version does not know.`,
        ]
      : []),
    ...(others.length > 0
      ? [`Not in the backup, because they are not Cordon's: the tables ${others.join(', ')}.`]
      : []),
    ...faultLines(faults, evidenceFolderOf(io)),
  ];
  for (const line of lines) tell(io, wrapped(line, columnsOf(io.err)));
}

/** Files to keep apart from the backup, by the place where the server has them. */
function keysOf(io: Io): readonly string[] {
  const { keys, log } = folderKeysOf(io);
  const vault = io.env['CORDON_VAULT_KEY_FILE'];
  return [
    vault ? resolve(io.root, vault) : join(keyFolderOf(io), 'vault.key'),
    ...(log ? [keys.file('log').path] : []),
    keys.file('bundle').path,
  ];
}

function reportOf(
  io: Io,
  file: string,
  bytes: number,
  manifest: BackupManifest,
  evidence: EvidenceCounts,
): object {
  const { tables, evidence: _, ...rest } = manifest;
  return {
    ...{ file, bytes, ...rest, tables: tables.length, rows: rowsOf(manifest), evidence },
    keys: keysOf(io),
    doNotRestore: signerMemoryOf(io).path,
  };
}

function textOf(
  io: Io,
  file: string,
  bytes: number,
  manifest: BackupManifest,
  evidence: EvidenceCounts,
): string {
  const { origin, size, checkpoint, tables, queue } = manifest;
  return [
    `Wrote ${file}: ${tables.length} tables, ${rowsOf(manifest)} rows, ${sizeText(bytes)}.`,
    `The log ${origin} has ${size} entries in its tree${checkpoint === null ? ', and nothing was signed yet' : ''}.`,
    ...(queue.included > 0
      ? [`${queue.included} messages that wait to be sent are in it, and are sent after a restore.`]
      : []),
    '',
    'No key is in it. Keep these apart from it, and copy them again after every erasure and change of keys:',
    ...keysOf(io).map((path) => `  ${path}`),
    `Do not put back ${signerMemoryOf(io).path} together with an older database: what is missing would not be noticed.`,
    ...evidenceLines(io, evidence),
    `Then try it: npm run cordon -- restore --drill ${file}`,
  ].join('\n');
}

function evidenceLines(io: Io, evidence: EvidenceCounts): readonly string[] {
  const { named, leftOut, faults } = evidence;
  if (leftOut > 0)
    return [
      `Evidence files are not in it (${named} are named in its entries). Copy the folder ${evidenceFolderOf(io)} by itself, after the backup.`,
    ];
  if (faults.length > 0)
    return [
      `Of ${named} evidence files that entries name, ${faults.length} were missing or damaged: look for copies of them (stderr names them).`,
      `${includedText(evidence)} are in it, readable for whoever has the backup.`,
    ];
  return named === 0
    ? []
    : [`${includedText(evidence)} are in it, each as it was recorded, readable for whoever has the backup.`];
}

function rowsOf({ tables }: BackupManifest): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
