import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { httpClient } from '../api/client.js';
import { CliError, type ExitCode, exitCodes } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, print, printJson, tell } from '../io.js';
import { findOrStartServer, type Server } from '../local/find-server.js';
import { printError } from '../print-error.js';
import { assess } from '../replay/assess.js';
import { type Crew, gatherCrew } from '../replay/crew.js';
import { driveScenario } from '../replay/drive.js';
import { progressOn } from '../replay/progress.js';
import { exitCodeFor, reportJson, reportText, type Replayed } from '../replay/report.js';
import { parseScenario, type Scenario } from '../replay/scenario.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface ReplayOptions extends GlobalOptions {
  readonly keepGoing?: boolean;
  readonly exercise?: boolean;
}

export function registerReplay(program: Command, { io, finish }: CommandContext): void {
  program
    .command('replay')
    .summary('drive scenarios from first alert to closed')
    .description(
      'Drives scenarios from first alert to closed over the HTTP API, checks what they expect, and verifies the exported history. ' +
        'Without --server it uses the local server, or starts one for the time.',
    )
    .argument('[scenarios...]', 'scenario files; without any, all of playbooks/scenarios')
    .option('--keep-going', 'go on with the next scenario when one fails')
    .option('--exercise', 'open the incidents as exercises')
    .addHelpText('after', example('replay playbooks/scenarios/investhk-ransomware.yaml'))
    .action(async (files: string[], _options, command: Command) => {
      finish(await replay(io, files, optionsOf<ReplayOptions>(command)));
    });
}

async function replay(io: Io, files: readonly string[], options: ReplayOptions): Promise<ExitCode> {
  const scenarios = await readScenarios(io, files);
  const server = await findOrStartServer(io, options);
  let code: ExitCode = exitCodes.failure;
  try {
    code = await replayOn(io, server, scenarios, options);
    return code;
  } finally {
    const keepLog = code !== exitCodes.ok && !io.signal.aborted;
    await server.started?.stop(keepLog);
    if (server.started && keepLog) tell(io, `The server's log is ${server.started.logFile}.`);
  }
}

async function replayOn(
  io: Io,
  server: Server,
  scenarios: readonly Scenario[],
  options: ReplayOptions,
): Promise<ExitCode> {
  const crew = await gatherCrew(httpClient({ server: server.url, token: server.token }));
  if (crew.shortage) tell(io, crew.shortage);
  const results: Replayed[] = [];
  const codes: ExitCode[] = [];
  try {
    for (const scenario of scenarios) {
      codes.push(await replayOne(io, crew, scenario, options, results));
      if (codes.at(-1) !== exitCodes.ok && !options.keepGoing) break;
    }
  } finally {
    const left = await crew.disband();
    if (left.length > 0)
      tell(io, `These tokens could not be taken back and end within two hours: ${left.join(', ')}.`);
  }
  if (options.json)
    printJson(io, { ok: codes.every((code) => code === exitCodes.ok), scenarios: results.map(reportJson) });
  return (
    codes.find((code) => code === exitCodes.verification) ??
    codes.find((code) => code !== exitCodes.ok) ??
    exitCodes.ok
  );
}

/** A fault in one scenario ends it; with --keep-going the next one has its turn all the same. */
async function replayOne(
  io: Io,
  crew: Crew,
  scenario: Scenario,
  options: ReplayOptions,
  results: Replayed[],
): Promise<ExitCode> {
  const progress = progressOn(io, scenario.id);
  try {
    const exercise = options.exercise === undefined ? {} : { exercise: options.exercise };
    const drive = await driveScenario(scenario, crew, {
      ...exercise,
      onProgress: progress.update,
      signal: io.signal,
    });
    const replayed = { drive, assessment: await assess(crew.lead.api, drive) };
    progress.stop();
    results.push(replayed);
    if (!options.json) print(io, reportText(replayed, coloursOf(io, io.out), columnsOf(io.out)));
    return exitCodeFor(replayed);
  } catch (error) {
    progress.stop();
    if (io.signal.aborted || !options.keepGoing) throw error;
    return printError(io, error);
  }
}

/** All are read before anything starts, so that a mistake in the last one costs nothing. */
async function readScenarios(io: Io, files: readonly string[]): Promise<Scenario[]> {
  const paths = files.length > 0 ? files.map((file) => resolve(io.cwd, file)) : await shippedScenarios(io);
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'utf8').catch(() => {
        throw new CliError(
          `The scenario ${relative(io.cwd, path)} cannot be read: name a YAML file.`,
          exitCodes.notFound,
        );
      });
      return parseScenario(text, basename(path));
    }),
  );
}

async function shippedScenarios(io: Io): Promise<string[]> {
  const folder = join(io.root, 'playbooks', 'scenarios');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.yaml')).sort();
  if (names.length === 0)
    throw new CliError(`There is no scenario in ${folder}: name a scenario file.`, exitCodes.notFound);
  return names.map((name) => join(folder, name));
}
