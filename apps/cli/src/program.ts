import { Command } from 'commander';
import { registerAudit } from './commands/audit.js';
import { registerBackup } from './commands/backup.js';
import { type CommandContext, example } from './commands/context.js';
import { registerDoctor } from './commands/doctor.js';
import { registerIncident } from './commands/incident.js';
import { registerPlaybook } from './commands/playbook.js';
import { registerReplay } from './commands/replay.js';
import { registerRestore } from './commands/restore.js';
import { type ExitCode, exitCodes, Stopped } from './exit-codes.js';
import { coloursOf, type Io, isTerminal, tell } from './io.js';
import { printError } from './print-error.js';

/** Runs one command line, without the program's own name, and answers how the process ends. Never throws. */
export async function run(io: Io, args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = createProgram({ io, finish: (finished) => (code = finished) });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (io.signal.aborted) return stopped(io);
    return printError(io, error);
  }
}

function createProgram(context: CommandContext): Command {
  const { io } = context;
  const program = new Command('cordon')
    .description(
      'Incident response playbooks from the command line. Data goes to stdout, progress to stderr.',
    )
    .option('--server <url>', 'the server to talk to (default: the local one)')
    .option('--token <token>', "API token (default: the administrator's, from the local data folder)")
    .option('--json', 'answer with JSON for programs')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      getOutHasColors: () => coloursOf(io, io.out).isColorSupported,
      getErrHasColors: () => coloursOf(io, io.err).isColorSupported,
      outputError: (text, write) => write(coloursOf(io, io.err).red(text)),
    })
    .exitOverride()
    .showHelpAfterError('Add --help to see how the command is used.')
    .addHelpText('after', example('replay', 'incident show INC-17', 'audit verify inc-17.jsonl'))
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 conflict,\n5 verification failed.',
    );
  registerReplay(program, context);
  registerIncident(program, context);
  registerAudit(program, context);
  registerPlaybook(program, context);
  registerBackup(program, context);
  registerRestore(program, context);
  registerDoctor(program, context);
  return program;
}

function stopped(io: Io): ExitCode {
  const reason: unknown = io.signal.reason;
  if (!(reason instanceof Stopped) || reason.exitCode === exitCodes.ok) return exitCodes.ok;
  if (isTerminal(io.err)) tell(io, '\nStopped.');
  return reason.exitCode;
}
