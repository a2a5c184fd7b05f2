import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '@cordon/kernel';
import { NOT_BACKED_UP, writeBackup, type BackupManifest } from '@cordon/store';
import { withDatabase } from '../backup/database.js';
import { evidenceStanding, type EvidenceStanding } from '../backup/evidence.js';
import { progressOn } from '../backup/progress.js';
import { sizeText } from '../backup/size-text.js';
import { speakingOfBackups } from '../backup/speaking.js';
import { exitCodes } from '../exit-codes.js';
import { columnsOf, type Io, print, printJson, tell } from '../io.js';
import { folderKeysOf, keyFolderOf, signerMemoryOf } from '../local/log-keys.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface BackupOptions extends GlobalOptions {
  readonly out: string;
}

export function registerBackup(program: Command, { io, finish }: CommandContext): void {
  program
    .command('backup')
    .summary('write the whole database into one file')
    .description(
      'Write everything of one moment into one file: the database of DATABASE_URL, while servers run, or the embedded one, while no server does. No key is in it, and no evidence file: the end says what to keep besides.',
    )
    .requiredOption('--out <file>', 'the file to write; one that is there is not overwritten')
    .addHelpText('after', example('backup --out cordon-2026-03-24.zip'))
    .action(async (_options, command: Command) => {
      await speakingOfBackups(() => backup(io, optionsOf<BackupOptions>(command)));
      finish(exitCodes.ok);
    });
}

async function backup(io: Io, options: BackupOptions): Promise<void> {
  const file = resolve(io.cwd, options.out);
  const progress = progressOn(io);
  const manifest = await withDatabase(io, (url) =>
    writeBackup({
      ...{ url, file, at: systemClock.now(), signal: io.signal },
      told: (table, bytes) => progress.step(`${table}, after ${sizeText(bytes)} …`),
    }),
  ).finally(progress.done);
  const evidence = await evidenceStanding(io, manifest.evidence);
  const { size } = await stat(file);
  warn(io, manifest, evidence);
  if (options.json) return printJson(io, reportOf(io, file, size, manifest, evidence));
  print(io, wrapped(textOf(io, file, size, manifest, evidence), columnsOf(io.out), '    '));
}

/** What is not in the backup and might be missed, on stderr. */
function warn(io: Io, { queue, leftOut }: BackupManifest, { missing, folder }: EvidenceStanding): void {
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
    ...(missing > 0 ? [`${missing} evidence files that entries name are not in ${folder}.`] : []),
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
  evidence: EvidenceStanding,
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
  evidence: EvidenceStanding,
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
    `Evidence files are not in it (${evidence.named} are named in its entries). Copy the folder ${evidence.folder} by itself, after the backup.`,
    `Then try it: npm run cordon -- restore --drill ${file}`,
  ].join('\n');
}

function rowsOf({ tables }: BackupManifest): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
