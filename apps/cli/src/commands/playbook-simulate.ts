import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Machines, SYSTEM_ID } from '@cordon/engine';
import {
  chanceOf,
  DEFAULT_OPENING,
  openSimulation,
  peopleOf,
  runScript,
  type Simulation,
  SimulationTooLong,
  traceOf,
  walk,
} from '@cordon/proof';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError, type ExitCode, exitCodes, reasonOf, Stopped } from '../exit-codes.js';
import { coloursOf, type Io, print, printJson, shown, tell } from '../io.js';
import { loadMachines } from '../playbooks/load-playbook.js';
import { simulationJson, simulationText } from '../simulate/report.js';
import { scriptIn } from '../simulate/script-file.js';
import { runSession } from '../simulate/session.js';
import { type Keyboard, openTerminal } from '../simulate/terminal.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface SimulateOptions extends GlobalOptions {
  readonly script?: string;
  readonly auto?: boolean;
  readonly seed?: number;
  readonly save?: string;
  readonly language?: string;
  readonly system: readonly string[];
}

/** `keyboard` is where answers come from when a person plays. */
export function registerPlaybookSimulate(
  playbook: Command,
  { io, finish }: CommandContext,
  keyboard: Keyboard = process.stdin,
): void {
  playbook
    .command('simulate')
    .summary('try a playbook, without a server')
    .description(
      'Runs an incident on a playbook with a clock that you move: by hand at the terminal, by a script, or by itself. Nothing leaves this machine.',
    )
    .argument('<file>', 'playbook file (YAML)')
    .option('--script <file>', 'carry out this script (YAML or JSON)')
    .option('--auto', 'let it walk to closed by itself')
    .option('--seed <number>', 'with --auto: another number, other answers', wholeNumber)
    .option(
      '--system <id>',
      'an affected system; may be given several times',
      (id: string, ids: string[]) => [...ids, id],
      [],
    )
    .option('--save <file>', 'write the trace to this file')
    .option('--language <tag>', 'titles in this language')
    .addHelpText(
      'after',
      example(
        'playbook simulate playbooks/ransomware/playbook.yaml',
        'playbook simulate playbooks/ransomware/playbook.yaml --auto --seed 7 --system crm',
        'playbook simulate playbooks/ransomware/playbook.yaml --script playbooks/ransomware/trace.script.yaml --save playbooks/ransomware/trace.jsonl',
      ),
    )
    .action(async (file: string, _options, command: Command) => {
      finish(await simulate(io, keyboard, file, optionsOf<SimulateOptions>(command)));
    });
}

async function simulate(
  io: Io,
  keyboard: Keyboard,
  file: string,
  options: SimulateOptions,
): Promise<ExitCode> {
  if (options.script !== undefined && options.auto) {
    throw new CliError('Give --script or --auto, not both.', exitCodes.usage);
  }
  if (options.script !== undefined && options.system.length > 0) {
    throw new CliError(
      'The script names the systems: leave --system out, or add them to its opening.',
      exitCodes.usage,
    );
  }
  if (options.seed !== undefined && !options.auto) {
    throw new CliError('--seed chooses the answers of --auto: give both.', exitCodes.usage);
  }
  const machines = await loadMachines(io, file);
  const language = options.language ?? machines.plan.playbook.languages[0] ?? 'en';
  try {
    if (options.script !== undefined) return await scripted(io, machines, options.script, language, options);
    if (options.auto) return await automatic(io, machines, language, options);
  } catch (error) {
    if (error instanceof SimulationTooLong) throw new CliError(`It does not end: ${error.message}.`);
    throw error;
  }
  return played(io, keyboard, machines, language, options);
}

async function scripted(
  io: Io,
  machines: Machines,
  file: string,
  language: string,
  options: SimulateOptions,
): Promise<ExitCode> {
  const script = await scriptIn(io, file, machines.plan.playbook);
  const { simulation, fault } = runScript(machines, script);
  return told(io, simulation, language, options, fault && `events[${fault.item}]: ${fault.text}`);
}

async function automatic(
  io: Io,
  machines: Machines,
  language: string,
  options: SimulateOptions,
): Promise<ExitCode> {
  const { simulation, stuck } = walk(opened(machines, options), {
    ...{ until: 'closed', hold: [], people: peopleOf(machines.plan.playbook) },
    choices: { facts: {}, answers: {}, forms: {} },
    chance: chanceOf(options.seed ?? 1),
  });
  return told(io, simulation, language, options, stuck);
}

async function played(
  io: Io,
  keyboard: Keyboard,
  machines: Machines,
  language: string,
  options: SimulateOptions,
): Promise<ExitCode> {
  if (options.json) throw new CliError('--json goes with --script or --auto.', exitCodes.usage);
  if (!keyboard.isTTY) {
    throw new CliError('There is nobody at the terminal: give --script or --auto.', exitCodes.usage);
  }
  const terminal = openTerminal(io, keyboard);
  try {
    const { simulation, left } = await runSession(terminal, opened(machines, options), {
      language,
      colours: coloursOf(io, io.out),
      save: (one, path) => save(io, one, path),
    });
    if (options.save !== undefined) await save(io, simulation, options.save);
    if (left !== 'interrupted') return exitCodes.ok;
    return io.signal.reason instanceof Stopped ? io.signal.reason.exitCode : exitCodes.interrupted;
  } finally {
    terminal.close();
  }
}

function opened(machines: Machines, { system }: SimulateOptions): Simulation {
  const wrong = system.find((id) => !SYSTEM_ID.test(id));
  if (wrong !== undefined) {
    throw new CliError(
      `"${shown(wrong)}" is no id of a system: use up to 64 letters, digits, dots, hyphens or underscores.`,
      exitCodes.usage,
    );
  }
  const [first] = peopleOf(machines.plan.playbook);
  return openSimulation(machines, {
    ...{ at: DEFAULT_OPENING, awareAt: DEFAULT_OPENING, by: first?.id ?? 'coordinator', facts: {} },
    systems: [...new Set(system)].map((id) => ({ id, name: id })),
  });
}

/** Prints and saves what came of it; a fault is told on stderr and ends with a failure. */
async function told(
  io: Io,
  simulation: Simulation,
  language: string,
  { json, save: file }: SimulateOptions,
  fault: string | undefined,
): Promise<ExitCode> {
  if (json) {
    printJson(io, {
      ok: fault === undefined,
      ...(fault === undefined ? {} : { fault }),
      ...simulationJson(simulation, language),
    });
  } else print(io, simulationText(simulation, language, coloursOf(io, io.out)));
  if (fault !== undefined) {
    tell(io, coloursOf(io, io.err).red(shown(`It does not go as it should: ${fault}.`)));
    return exitCodes.failure;
  }
  if (file !== undefined) await save(io, simulation, file);
  return exitCodes.ok;
}

async function save(io: Io, simulation: Simulation, file: string): Promise<void> {
  try {
    await writeFile(resolve(io.cwd, file), traceOf(simulation));
  } catch (error) {
    throw new CliError(
      `The trace cannot be written to ${shown(file)} (${reasonOf(error)}): name another file.`,
    );
  }
  tell(io, `The trace is in ${shown(file)}.`);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 0xffffffff) {
    throw new InvalidArgumentError('It must be a whole number up to 4294967295.');
  }
  return number;
}
