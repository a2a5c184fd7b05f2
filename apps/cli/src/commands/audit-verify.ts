import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parsePolicy, PolicyError, type LevelNumber, type Policy, type Report } from '@cordon/audit';
import { type ChainReport, verifyChain } from '../audit/chain.js';
import { reportText } from '../audit/report-text.js';
import { isBundle, verifyFile } from '../audit/verify-file.js';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, isTerminal, print, printJson, shown, tell } from '../io.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface VerifyOptions extends GlobalOptions {
  readonly policy?: string;
  readonly since?: string;
  readonly tsaCa?: string;
  readonly level: LevelNumber;
}

const LIMITS =
  'Not part of this format: a signed checkpoint. A cut-off end, or a history rewritten as a whole, shows only against a head that you kept.';
/** Policies, checkpoints and certificates: none of them is long. */
const MAX_FILE_BYTES = 1024 * 1024;

export function registerAuditVerify(audit: Command, { io, finish }: CommandContext): void {
  audit
    .command('verify')
    .summary('check an exported history, without a server')
    .description(
      'Verify a bundle (.zip), or the older JSON Lines export of one incident, without a server and without a network: ' +
        'every entry is what was logged, none is missing, none changed places, and each did what its playbook says. ' +
        'Whose signatures count is in your own policy file, never in the bundle. What was not checked is listed.',
    )
    .argument('<file>', 'what "audit export" wrote')
    .option('--policy <file>', 'your own C2SP tlog-policy: the keys of the log and of its witnesses')
    .option('--since <file>', 'a checkpoint that you kept: the log must go on from it')
    .option('--tsa-ca <file>', 'PEM certificates of the time-stamping authorities that you trust')
    .option(
      '--level <level>',
      'check up to: 1 bytes, 2 chain, 3 time, 4 openings, 5 semantics',
      levelOf,
      5 as LevelNumber,
    )
    .addHelpText(
      'after',
      example(
        'audit verify inc-17.zip --policy policy.txt',
        'audit verify log.zip --policy policy.txt --since checkpoint.txt --json',
        'audit verify inc-17.jsonl',
      ),
    )
    .action(async (file: string, _options, command: Command) => {
      finish(await verify(io, file, optionsOf<VerifyOptions>(command)));
    });
}

function levelOf(text: string): LevelNumber {
  const level = Number(text);
  if (level === 1 || level === 2 || level === 3 || level === 4 || level === 5) return level;
  throw new InvalidArgumentError('Give a number from 1 to 5.');
}

async function verify(io: Io, file: string, options: VerifyOptions): Promise<ExitCode> {
  const path = resolve(io.cwd, file);
  if (await reading(file, () => isBundle(path))) return verifyZip(io, path, file, options);
  for (const [name, given] of Object.entries({
    policy: options.policy,
    since: options.since,
    'tsa-ca': options.tsaCa,
  }))
    if (given !== undefined)
      throw new CliError(
        `--${name} is for bundles, and ${file} is not a zip file: leave it out, or export a bundle.`,
        exitCodes.usage,
      );
  return verifyLines(io, path, file, options);
}

async function verifyZip(io: Io, path: string, file: string, options: VerifyOptions): Promise<ExitCode> {
  const policy = await policyIn(io, options.policy);
  const since = await optionFile(io, 'since', options.since);
  const authorities = await optionFile(io, 'tsa-ca', options.tsaCa);
  const progress = progressOn(io);
  const report = await reading(file, () =>
    verifyFile(path, {
      upTo: options.level,
      onProgress: progress.update,
      ...(policy ? { policy } : {}),
      ...(since === undefined ? {} : { since }),
      ...(authorities === undefined ? {} : { authorities }),
    }),
  ).finally(progress.stop);
  tellReport(io, file, report, options.json === true);
  return report.ok ? exitCodes.ok : exitCodes.verification;
}

function tellReport(io: Io, file: string, report: Report, json: boolean): void {
  if (json) printJson(io, { file, ...report });
  else print(io, wrapped(reportText(file, report, coloursOf(io, io.out)), columnsOf(io.out), '    '));
}

async function policyIn(io: Io, file: string | undefined): Promise<Policy | undefined> {
  const text = await optionFile(io, 'policy', file);
  if (text === undefined) return undefined;
  try {
    const policy = parsePolicy(text);
    if (policy.logs.length > 0) return policy;
    throw new CliError(
      `The policy ${file ?? ''} names no log: add a line "log" with the key of the log.`,
      exitCodes.usage,
    );
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new CliError(`The policy ${file ?? ''} cannot be used: ${shown(error.message)}.`, exitCodes.usage);
  }
}

async function optionFile(io: Io, name: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const path = resolve(io.cwd, file);
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) throw new Error('it is longer than 1 MiB');
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(
      `The file ${file} of --${name} cannot be read (${reasonOf(error)}).`,
      missing ? exitCodes.notFound : exitCodes.failure,
    );
  }
}

/** Entries read so far, on stderr; only where somebody watches. */
function progressOn(io: Io): {
  readonly update: (entries: number, of: number) => void;
  readonly stop: () => void;
} {
  if (!isTerminal(io.err)) return { update: () => undefined, stop: () => undefined };
  let told = false;
  return {
    update: (entries, of) => {
      told = true;
      io.err.write(`\r\u001b[K${entries} of ${of} entries`);
    },
    stop: () => void (told && io.err.write('\r\u001b[K')),
  };
}

async function verifyLines(io: Io, path: string, file: string, options: GlobalOptions): Promise<ExitCode> {
  const report = await reading(file, () => verifyChain(createReadStream(path)));
  if (options.json) printJson(io, { file, ...report, signedCheckpoint: 'not part of this format' });
  else print(io, wrapped(textOf(io, file, report), columnsOf(io.out), '  '));
  if (!options.json) tell(io, wrapped(LIMITS, columnsOf(io.err)));
  return report.ok ? exitCodes.ok : exitCodes.verification;
}

async function reading<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new CliError(
      `The file ${file} cannot be read (${reasonOf(error)}): name a file that "audit export" wrote.`,
      code === 'ENOENT' ? exitCodes.notFound : exitCodes.failure,
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
