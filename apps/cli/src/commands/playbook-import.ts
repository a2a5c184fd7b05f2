import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { importDocument, type ImportFinding, type ImportFormat, type ImportResult } from '@cordon/exchange';
import { type Command, Option } from 'commander';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { coloursOf, type Io, print, printJson, shown, tell } from '../io.js';
import { readNamed } from '../playbooks/load-playbook.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

const FORMATS: readonly ImportFormat[] = ['cordon', 'cacao-2.0', 'thehive', 'xsoar', 'markdown'];

interface ImportOptions extends GlobalOptions {
  readonly out?: string;
  readonly format?: ImportFormat;
  readonly id?: string;
  readonly language?: readonly string[];
  readonly order?: 'free' | 'sequence';
}

/** `playbook import`: another tool's playbook as Cordon YAML on stdout, what was found on stderr. */
export function registerPlaybookImport(playbook: Command, { io, finish }: CommandContext): void {
  playbook
    .command('import')
    .summary('turn a playbook of another tool into a Cordon playbook')
    .description(
      'Turn a playbook of another tool into a Cordon playbook: CACAO 2.0, TheHive, XSOAR or a Markdown checklist.\nThe playbook goes to stdout, findings to stderr. Nothing in it is ever executed.',
    )
    .argument('<file>', 'the document')
    .option('--out <file>', 'write the playbook to this file')
    .addOption(
      new Option('--format <format>', 'read it as this (default: what it looks like)').choices(FORMATS),
    )
    .option('--id <id>', 'id of the playbook (default: from the document)')
    .addOption(
      new Option('--order <order>', 'of tasks whose source enforces none').choices(['free', 'sequence']),
    )
    .option('--language <tags...>', 'languages of its texts', ['en'])
    .addHelpText('after', example('playbook import phishing.json --out playbooks/phishing/playbook.yaml'))
    .action(async (file: string, _options, command: Command) => {
      finish(await importFile(io, file, optionsOf<ImportOptions>(command)));
    });
}

async function importFile(io: Io, file: string, options: ImportOptions): Promise<ExitCode> {
  const { format, id, language, order } = options;
  const result = importDocument(await readNamed(resolve(io.cwd, file), `The document ${file}`, 'file'), {
    ...(format === undefined ? {} : { format }),
    ...(id === undefined ? {} : { id }),
    ...(order === undefined ? {} : { order }),
    ...(language === undefined ? {} : { languages: language }),
  });
  if (result.source !== undefined && options.out !== undefined) await write(io, options.out, result.source);
  if (options.json) printJson(io, { ok: result.source !== undefined, file, ...withoutPlaybook(result) });
  else report(io, file, result, options);
  return result.source === undefined ? exitCodes.failure : exitCodes.ok;
}

function withoutPlaybook({ playbook: _playbook, ...result }: ImportResult): object {
  return result;
}

function report(
  io: Io,
  file: string,
  { source, findings, steps, format }: ImportResult,
  { out }: ImportOptions,
): void {
  for (const finding of findings) tell(io, lineOf(io, file, finding));
  const { green, red } = coloursOf(io, io.err);
  const counted = `${steps.inSource} steps: ${steps.reachable} read, ${steps.unreachable.length} never come to`;
  tell(
    io,
    `${source === undefined ? red('not imported') : green('imported')}  ${file} (${format}; ${counted})`,
  );
  if (source !== undefined && out === undefined) print(io, source.trimEnd());
}

function lineOf(io: Io, file: string, { severity, message, pointer }: ImportFinding): string {
  const { red, yellow, dim } = coloursOf(io, io.err);
  const mark = { error: red('error'), warning: yellow('warning'), note: dim('note') }[severity];
  return `${file}:${shown(pointer)}: ${mark}: ${shown(message)}`;
}

async function write(io: Io, file: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(io.cwd, file), text);
  } catch (error) {
    throw new CliError(
      `${file} cannot be written (${reasonOf(error)}): name a file in a folder that exists.`,
    );
  }
}
