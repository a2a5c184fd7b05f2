import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseCheckpoint, parseNote } from '@cordon/audit';
import { type Command, Option } from 'commander';
import { type ClientOptions, openDownload } from '../api/client.js';
import { ApiError } from '../api/problem.js';
import { resumeDownload, WriteError } from '../api/resume-download.js';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import { type Io, isTerminal, printJson, tell } from '../io.js';
import { findServer } from '../local/find-server.js';
import { type CommandContext, example, type GlobalOptions, optionsOf, refOf } from './context.js';

const INCIDENT_FORMATS = ['jsonl', 'csv', 'bundle', 'xes', 'ocel', 'ocsf', 'cloudevents', 'pdf', 'cacao'];
const LOG_FORMATS = ['bundle', 'jsonl'];
/** Formats that are no text for a terminal. */
const BINARY = ['bundle', 'pdf'];

interface ExportOptions extends GlobalOptions {
  readonly log?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly format?: string;
  readonly since?: string;
  /** Undefined where nothing was said: files go with an incident, and not with the log. */
  readonly attachments?: boolean;
  readonly out?: string;
}

export function registerAuditExport(audit: Command, { io, finish }: CommandContext): void {
  audit
    .command('export')
    .summary('write the history of an incident, or the whole log, to a file')
    .description(
      'Export the history of an incident, or with --log that of everything, to stdout or to a file that is there only when it is complete. A bundle (.zip) can be verified without a server.',
    )
    .argument('[ref]', 'INC-17, or 17')
    .option('--log', 'the log of the whole deployment (administrators and auditors)')
    .option(
      '--from <place>',
      'with --log: first entry, a place from 0 or a time such as 2026-03-24T00:00:00+08:00',
    )
    .option('--to <place>', 'with --log: the entry behind the last, likewise')
    .addOption(
      new Option('--format <format>', 'how it is written (default: as --out ends, else jsonl)').choices(
        INCIDENT_FORMATS,
      ),
    )
    .option(
      '--since <file>',
      'a checkpoint that you kept: the bundle proves that nothing before it was changed',
    )
    .option('--attachments', 'with --log: evidence files in the bundle (that of an incident has them)')
    .option('--no-attachments', 'leave evidence files out of the bundle of an incident')
    .option('--out <file>', 'write to this file')
    .addHelpText(
      'after',
      example(
        'audit export INC-17 --out inc-17.zip',
        'audit export INC-17 --format csv --out inc-17.csv',
        'audit export --log --since checkpoint.txt --out log.zip',
        'audit export --log --attachments --out log-and-evidence.zip',
      ),
    )
    .action(async (ref: string | undefined, _options, command: Command) => {
      await exportHistory(io, ref, optionsOf<ExportOptions>(command));
      finish(exitCodes.ok);
    });
}

/** The export is data of its own: --json tells about the file, and changes nothing on stdout. */
async function exportHistory(io: Io, ref: string | undefined, options: ExportOptions): Promise<void> {
  const format = formatOf(options);
  const path = await pathOf(io, ref, format, options);
  if (options.out === undefined && BINARY.includes(format) && isTerminal(io.out))
    throw new CliError(
      `The format ${format} is not for a terminal: name a file with --out FILE.`,
      exitCodes.usage,
    );
  const { url, token } = await findServer(io, options);
  const client: ClientOptions = { server: url, token, signal: io.signal };
  if (options.out === undefined) {
    const { body } = await openDownload(client, path);
    await pipeline(Readable.from(body), io.out, { end: false, signal: io.signal });
    return;
  }
  const file = resolve(io.cwd, options.out);
  const bytes = await writeWhole(io, client, path, file);
  const subject = ref === undefined ? { log: true } : { incident: refOf(ref) };
  if (options.json) return printJson(io, { ...subject, format, file, bytes });
  tell(io, `Wrote ${file} (${bytes} bytes).`);
  if (format === 'bundle')
    tell(io, `Verify it with: npm run cordon -- audit verify ${options.out} --policy POLICY.txt`);
  if (format === 'jsonl' && ref !== undefined)
    tell(io, `Verify it with: npm run cordon -- audit verify ${options.out}`);
}

const BY_ENDING: Readonly<Record<string, string>> = {
  zip: 'bundle',
  csv: 'csv',
  xes: 'xes',
  pdf: 'pdf',
};

/** As it is asked for, else as the name of the file ends. */
function formatOf({ format, out = '', log }: ExportOptions): string {
  const ending = out.slice(out.lastIndexOf('.') + 1).toLowerCase();
  const chosen = format ?? BY_ENDING[ending] ?? 'jsonl';
  if (log && !LOG_FORMATS.includes(chosen))
    throw new CliError(
      `The log has the formats ${LOG_FORMATS.join(' and ')}: choose one with --format.`,
      exitCodes.usage,
    );
  return chosen;
}

async function pathOf(
  io: Io,
  ref: string | undefined,
  format: string,
  { log, from, to, since, attachments }: ExportOptions,
): Promise<string> {
  if ((ref === undefined) === !log)
    throw new CliError('Name an incident, such as INC-17, or give --log for everything.', exitCodes.usage);
  if (!log && (from !== undefined || to !== undefined))
    throw new CliError(
      '--from and --to go with --log: a bundle of an incident has all of it.',
      exitCodes.usage,
    );
  if (since !== undefined && format !== 'bundle')
    throw new CliError('--since goes with a bundle: add --format bundle.', exitCodes.usage);
  if (log && attachments && format !== 'bundle')
    throw new CliError('--attachments goes with a bundle: add --format bundle.', exitCodes.usage);
  const query = new URLSearchParams({
    format,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(since === undefined ? {} : { since: String(await sizeIn(resolve(io.cwd, since))) }),
    ...(log && attachments ? { attachments: 'yes' } : {}),
    ...(!log && attachments === false ? { attachments: 'no' } : {}),
  });
  const place = ref === undefined ? '/audit' : `/incidents/${encodeURIComponent(refOf(ref))}`;
  return `${place}/export?${query.toString()}`;
}

/** The number of leaves that a checkpoint speaks of. */
async function sizeIn(file: string): Promise<number> {
  try {
    return parseCheckpoint(parseNote(await readFile(file)).text).size;
  } catch (error) {
    throw new CliError(
      `The file ${file} is no checkpoint (${reasonOf(error)}): give the one that you kept, log/checkpoint of an earlier bundle.`,
      exitCodes.usage,
    );
  }
}

/** Writes beside the file and renames at the end: what was there stays until all of the new is, and no part is left behind. */
async function writeWhole(io: Io, client: ClientOptions, path: string, file: string): Promise<number> {
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  try {
    const handle = await open(part, 'w', 0o600);
    let bytes: number;
    try {
      bytes = await resumeDownload(client, path, intoFile(handle), progressOn(io));
      // The name must not appear before the bytes are there.
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
    return bytes;
  } catch (error) {
    await rm(part, { force: true });
    client.signal?.throwIfAborted();
    if (error instanceof ApiError || error instanceof CliError) throw error;
    throw new CliError(
      `The export was not written (${reasonOf(error)}): nothing is left of it; try again, or another --out FILE.`,
    );
  }
}

function intoFile(handle: FileHandle): Parameters<typeof resumeDownload>[2] {
  const kept = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      throw new WriteError(reasonOf(error), { cause: error });
    });
  };
  let end = 0;
  return {
    async write(chunk) {
      await kept(handle.writev([chunk], end));
      end += chunk.length;
    },
    async clear() {
      await kept(handle.truncate(0));
      end = 0;
    },
  };
}

const MIB = 1024 * 1024;

/** A line on a terminal that counts; elsewhere only what went wrong. */
function progressOn(io: Io): Parameters<typeof resumeDownload>[3] {
  const live = isTerminal(io.err);
  let shown = 0;
  return {
    arrived(bytes) {
      if (!live || bytes - shown < MIB) return;
      shown = bytes;
      io.err.write(`\r${(bytes / MIB).toFixed(0)} MiB`);
    },
    broke(bytes, resumes) {
      shown = 0;
      const how = resumes ? 'going on from there' : 'it cannot be continued, beginning anew';
      tell(io, `${live ? '\r' : ''}The connection broke after ${bytes} bytes: ${how}.`);
    },
  };
}
