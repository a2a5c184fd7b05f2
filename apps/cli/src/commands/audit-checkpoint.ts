import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseCheckpoint, parseNote } from '@cordon/audit';
import type { Command } from 'commander';
import { httpClient } from '../api/client.js';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import { type Io, printJson, tell } from '../io.js';
import { findServer } from '../local/find-server.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface CheckpointOptions extends GlobalOptions {
  readonly out?: string;
}

export function registerAuditCheckpoint(audit: Command, { io, finish }: CommandContext): void {
  audit
    .command('checkpoint')
    .summary('print or keep the newest signed checkpoint of the log')
    .description(
      'Print the newest signed checkpoint, a few lines of text, or keep it in a file. Whoever keeps one sees later whether anything before it was changed: run it daily, away from the server.',
    )
    .option('--out <file>', 'write to this file, replacing what is there')
    .addHelpText('after', example('audit checkpoint', 'audit checkpoint --out checkpoint.txt'))
    .action(async (_options, command: Command) => {
      await showCheckpoint(io, optionsOf<CheckpointOptions>(command));
      finish(exitCodes.ok);
    });
}

async function showCheckpoint(io: Io, options: CheckpointOptions): Promise<void> {
  const { url, token } = await findServer(io, options);
  const note = await httpClient({ server: url, token, signal: io.signal }).text('/audit/checkpoint');
  const { origin, size, root } = checkpointIn(note);
  const file = options.out === undefined ? undefined : resolve(io.cwd, options.out);
  if (file !== undefined) await replaceFile(file, note);
  if (options.json) {
    const known = { origin, size, root: Buffer.from(root).toString('base64'), note };
    return printJson(io, file === undefined ? known : { ...known, file });
  }
  if (file === undefined) io.out.write(note);
  else tell(io, `Wrote ${file}: ${size} entries of ${origin}. Verified later with: audit verify --since.`);
}

/** Only what has the form of a checkpoint is shown or kept; whose signature it is is checked against a policy later. */
function checkpointIn(note: string): ReturnType<typeof parseCheckpoint> {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (error) {
    throw new CliError(`The server answered with something that is no checkpoint (${reasonOf(error)}).`);
  }
}

/** The whole new one or the one before: a checkpoint that was kept is not lost to a full disk. */
async function replaceFile(file: string, text: string): Promise<void> {
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  try {
    const handle = await open(part, 'w', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw new CliError(
      `The file ${file} was not written (${reasonOf(error)}): name another with --out FILE.`,
    );
  }
}
