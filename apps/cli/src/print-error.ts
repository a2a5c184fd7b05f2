import { CommanderError } from 'commander';
import { ApiError } from './api/problem.js';
import { CliError, type ExitCode, exitCodes, reasonOf, Stopped } from './exit-codes.js';
import { coloursOf, columnsOf, type Io, shown, tell } from './io.js';
import { wrapped } from './table.js';

/** How the process ends for an error: the one table of exit codes. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError || error instanceof Stopped) return error.exitCode;
  if (error instanceof CommanderError)
    return ['commander.helpDisplayed', 'commander.version'].includes(error.code)
      ? exitCodes.ok
      : exitCodes.usage;
  if (!(error instanceof ApiError)) return exitCodes.failure;
  if (error.status === 404 || error.code === 'unknown_playbook') return exitCodes.notFound;
  return error.status === 409 || error.status === 412 ? exitCodes.conflict : exitCodes.failure;
}

/** Tells an error on stderr, a sentence and its details, and answers with the exit code. What others have told is not told again. */
export function printError(io: Io, error: unknown): ExitCode {
  const code = exitCodeOf(error);
  if (error instanceof Stopped || error instanceof CommanderError) return code;
  const colours = coloursOf(io, io.err);
  if (error instanceof ApiError) {
    say(io, colours.red(shown(error.message)), [...error.lines, ...hint(error)]);
  } else if (error instanceof CliError) {
    say(io, colours.red(shown(error.message)), error.lines);
  } else {
    say(io, colours.red(`Something went wrong: ${shown(reasonOf(error))}`), [
      'Run "npm run cordon -- doctor" to see whether the installation is at fault.',
    ]);
  }
  return code;
}

function hint(error: ApiError): string[] {
  if (error.status === 401) return ['Give a valid token with --token T.'];
  if (error.status === 404 || error.code === 'unknown_playbook')
    return ['See what there is with "npm run cordon -- incident list".'];
  return [];
}

function say(io: Io, sentence: string, lines: readonly string[]): void {
  const columns = columnsOf(io.err);
  tell(io, wrapped(sentence, columns));
  for (const line of lines) tell(io, wrapped(`  ${shown(line)}`, columns, '  '));
}
