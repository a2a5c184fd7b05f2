import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ChainReport, verifyChain } from '../audit/chain.js';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, print, printJson, tell } from '../io.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

const LIMITS =
  'Not part of this format: a signed checkpoint. A cut-off end, or a history rewritten as a whole, shows only against a head that you kept.';

export function registerAuditVerify(audit: Command, { io, finish }: CommandContext): void {
  audit
    .command('verify')
    .summary('check an exported history, without a server')
    .description(
      'Verify the JSON Lines export of one incident, without a server: every entry is what was logged, none is missing in between, none changed places. ' +
        LIMITS,
    )
    .argument('<file>', 'what "audit export --format jsonl" wrote')
    .addHelpText('after', example('audit verify inc-17.jsonl'))
    .action(async (file: string, _options, command: Command) => {
      finish(await verify(io, file, optionsOf<GlobalOptions>(command)));
    });
}

async function verify(io: Io, file: string, options: GlobalOptions): Promise<ExitCode> {
  const report = await reportOn(resolve(io.cwd, file), file);
  if (options.json) printJson(io, { file, ...report, signedCheckpoint: 'not part of this format' });
  else print(io, wrapped(textOf(io, file, report), columnsOf(io.out), '  '));
  if (!options.json) tell(io, wrapped(LIMITS, columnsOf(io.err)));
  return report.ok ? exitCodes.ok : exitCodes.verification;
}

async function reportOn(path: string, file: string): Promise<ChainReport> {
  try {
    return await verifyChain(createReadStream(path));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(
      `The file ${file} cannot be read (${reasonOf(error)}): name a file that "audit export" wrote.`,
      missing ? exitCodes.notFound : exitCodes.failure,
    );
  }
}

function textOf(io: Io, file: string, { ok, entries, head, withheld, kinds, bad }: ChainReport): string {
  const colours = coloursOf(io, io.out);
  const counted = Object.entries(kinds)
    .map(([kind, count]) => `${count} ${count === 1 || kind === 'opened' ? kind : `${kind}s`}`)
    .join(', ');
  const gone = `\n${withheld ?? 0} values went with people who were erased, and cannot be checked: see person.erase in the journal.`;
  if (ok)
    return `${colours.green('VALID')}  ${file}: entries 1 to ${entries} (${counted})\nhead   ${head ?? ''}${withheld === undefined ? '' : gone}`;
  const before = entries === 0 ? 'No entry before it verified.' : `Entries 1 to ${entries} verify.`;
  return `${colours.red('INVALID')}  ${file}: line ${bad?.line ?? 1}: ${bad?.reason ?? 'unknown'}.\n${before}`;
}
