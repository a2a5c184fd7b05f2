import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { httpClient } from '../api/client.js';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import { type Io, printJson, tell } from '../io.js';
import { findServer } from '../local/find-server.js';
import { type CommandContext, example, type GlobalOptions, optionsOf, refOf } from './context.js';

interface ExportOptions extends GlobalOptions {
  readonly format: string;
  readonly out?: string;
}

export function registerAuditExport(audit: Command, { io, finish }: CommandContext): void {
  audit
    .command('export')
    .summary('write the whole history of an incident')
    .description(
      'Export the whole history of an incident to stdout, or to a file that is there only when it is complete.',
    )
    .argument('<ref>', 'INC-17, or 17')
    .addOption(
      new Option('--format <format>', 'how it is written').choices(['jsonl', 'csv']).default('jsonl'),
    )
    .option('--out <file>', 'write to this file')
    .addHelpText('after', example('audit export INC-17 --out inc-17.jsonl'))
    .action(async (ref: string, _options, command: Command) => {
      await exportHistory(io, refOf(ref), optionsOf<ExportOptions>(command));
      finish(exitCodes.ok);
    });
}

/** The export is data of its own: --json tells about the file, and changes nothing on stdout. */
async function exportHistory(io: Io, ref: string, options: ExportOptions): Promise<void> {
  const { url, token } = await findServer(io, options);
  const api = httpClient({ server: url, token, signal: io.signal });
  const body = await api.stream(`/incidents/${encodeURIComponent(ref)}/export?format=${options.format}`);
  if (options.out === undefined) {
    await pipeline(Readable.from(body), io.out, { end: false, signal: io.signal });
    return;
  }
  const file = resolve(io.cwd, options.out);
  const bytes = await writeWhole(file, body, io.signal);
  if (options.json) return printJson(io, { incident: ref, format: options.format, file, bytes });
  tell(io, `Wrote ${file} (${bytes} bytes).`);
  if (options.format === 'jsonl') tell(io, `Verify it with: npm run cordon -- audit verify ${options.out}`);
}

/** Writes beside the file and renames at the end: what was there stays until all of the new is, and no part is left behind. */
async function writeWhole(
  file: string,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  try {
    // Opened before anything can fail: a stream that opens by itself may still make the file after it was removed.
    const stream = (await open(part, 'w', 0o600)).createWriteStream();
    await pipeline(Readable.from(body), stream, { signal });
    await rename(part, file);
    return stream.bytesWritten;
  } catch (error) {
    await rm(part, { force: true });
    signal.throwIfAborted();
    throw new CliError(
      `The export was not written (${reasonOf(error)}): nothing is left of it; try again, or another --out FILE.`,
    );
  }
}
