import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Machines } from '@cordon/engine';
import { exploring, replayCase, type Case, type ExploreReport, type PropertyVerdict } from '@cordon/proof';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { coloursOf, type Io, isTerminal, print, printJson, shown, tell } from '../io.js';
import { loadMachines } from '../playbooks/load-playbook.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface ExploreCliOptions extends GlobalOptions {
  readonly systems: number;
  readonly maxStates: number;
  readonly maxSeconds: number;
  readonly explain?: boolean;
  readonly caseOut?: string;
  readonly replay?: string;
}

export function registerPlaybookExplore(playbook: Command, { io, finish }: CommandContext): void {
  playbook
    .command('explore')
    .summary('prove that a playbook cannot get stuck or leave out what it must not')
    .description(
      'Explore every state that a playbook can come to, for every combination of facts. Each property that does not hold is shown with a shortest run that breaks it.',
    )
    .argument('<files...>', 'playbook files (YAML)')
    .option('--systems <n>', 'affected systems at most', wholeNumber(0, 2), 1)
    .option('--max-states <n>', 'states at most, each file', wholeNumber(1, 100_000_000), 1_000_000)
    .option('--max-seconds <n>', 'time at most, each file', wholeNumber(1, 86_400), 300)
    .option('--explain', 'prove also that doing what is said of a locked step unlocks it')
    .option('--case-out <dir>', 'write every run that breaks a property to a file there')
    .option('--replay <case>', 'run a case that was written before, instead of exploring')
    .addHelpText('after', example('playbook explore playbooks/ransomware/playbook.yaml --case-out cases'))
    .action(async (files: string[], _options, command: Command) => {
      const options = optionsOf<ExploreCliOptions>(command);
      finish(
        await (options.replay === undefined
          ? exploreAll(io, files, options)
          : replay(io, files, options.replay, options)),
      );
    });
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** Every file is explored, whatever was found in the ones before. */
async function exploreAll(io: Io, files: readonly string[], options: ExploreCliOptions): Promise<ExitCode> {
  const results = [];
  for (const file of files) {
    const report = await explored(io, file, await loadMachines(io, file), options);
    const cases = options.caseOut === undefined ? [] : await writeCases(io, options.caseOut, report);
    const ok = report.bound === undefined && report.properties.every(({ verdict }) => verdict === 'holds');
    const result = {
      file,
      ok,
      ...report,
      peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024),
      cases,
    };
    results.push(result);
    if (!options.json) print(io, textOf(io, result));
  }
  const ok = results.every((result) => result.ok);
  if (options.json) printJson(io, { ok, files: results });
  return ok ? exitCodes.ok : exitCodes.failure;
}

/** Between slices the process listens: Ctrl+C ends it there. */
async function explored(
  io: Io,
  file: string,
  machines: Machines,
  options: ExploreCliOptions,
): Promise<ExploreReport> {
  const until = performance.now() + options.maxSeconds * 1000;
  const { systems, maxStates, explain = false } = options;
  const now = (): number => performance.now();
  const live = isTerminal(io.err);
  const run = exploring(machines, { systems, maxStates, explain, now, expired: () => now() > until });
  for (let next = run.next(); ; next = run.next()) {
    if (live) io.err.write('\r\u001b[K');
    if (next.done) return next.value;
    const { done, of, states } = next.value;
    if (live) io.err.write(`${file}: ${done} of ${of} slices, ${states} states`);
    else if (done === of) tell(io, `${file}: ${of} slices, ${states} states`);
    await setImmediate();
    io.signal.throwIfAborted();
  }
}

async function read(io: Io, file: string, what: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new CliError(
      `The ${what} ${file} cannot be read (${reasonOf(error)}): name a file.`,
      exitCodes.notFound,
    );
  }
}

/** One file a case, named for playbook and property. */
async function writeCases(
  io: Io,
  folder: string,
  { playbook, properties }: ExploreReport,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { id, case: found } of properties) {
    if (!found) continue;
    await mkdir(resolve(io.cwd, folder), { recursive: true });
    const file = join(folder, `${playbook.id}-${id.replace(/[^A-Za-z0-9]+/g, '-')}.json`);
    await writeFile(resolve(io.cwd, file), `${JSON.stringify(found, null, 2)}\n`);
    written.push(file);
  }
  return written;
}

interface Explored extends ExploreReport {
  readonly file: string;
  readonly ok: boolean;
  readonly peakMemoryMB: number;
  readonly cases: readonly string[];
}

function textOf(
  io: Io,
  { file, ok, playbook, properties, notices, bound, figures, peakMemoryMB, cases }: Explored,
): string {
  const colours = coloursOf(io, io.out);
  const head = `${ok ? colours.green('ok') : colours.red('not ok')}  ${file} (${playbook.id} ${playbook.version})`;
  return [
    ...properties.flatMap((property) => propertyLines(io, property)),
    ...notices.map(({ property, message }) => `${colours.yellow('warning')}  ${property}: ${shown(message)}`),
    ...(bound === undefined
      ? []
      : [`${colours.red('bound')}  ended early: ${bound}; raise --max-states or --max-seconds`]),
    ...cases.map((written) => `case     ${written}`),
    head,
    `     ${figures.states} states and ${figures.transitions} transitions in ${figures.slices} slices, ` +
      `${figures.factCombinations} combinations of facts, ${figures.systems === 0 ? 'no' : `up to ${figures.systems}`} affected systems, ` +
      `${(figures.elapsedMs / 1000).toFixed(1)} s, ${peakMemoryMB} MB`,
  ].join('\n');
}

const MARKS = { holds: 'holds', violated: 'broken', unknown: 'unknown' } as const;

function propertyLines(
  io: Io,
  { id, title, verdict, reason, case: found }: PropertyVerdict,
): readonly string[] {
  const colours = coloursOf(io, io.out);
  const colour = verdict === 'holds' ? colours.green : verdict === 'violated' ? colours.red : colours.yellow;
  const line = `${colour(MARKS[verdict].padEnd(7))}  ${shown(id)}: ${shown(title)}${reason === undefined ? '' : ` (${shown(reason)})`}`;
  return found ? [line, ...caseLines(found)] : [line];
}

function caseLines({ breaks, opening, events, shortest }: Case): readonly string[] {
  const facts = Object.entries(opening.facts).map(
    ([id, value]) => `${id}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const with_ = [...facts, ...opening.systems.map((id) => `system ${id}`)].join(', ');
  const how = shortest ? 'no run is shorter' : 'no event can be left out';
  return [
    `         ${shown(breaks)}; ${events.length} events, ${how}:`,
    `           opened${with_ === '' ? '' : ` with ${shown(with_)}`}`,
    ...events.map(({ event, actor }) => {
      const data = event.data && Object.keys(event.data).length > 0 ? ` ${JSON.stringify(event.data)}` : '';
      return shown(
        `           ${event.type}${event.step === undefined ? '' : ` ${event.step}`}${data} by ${actor.id}`,
      );
    }),
  ];
}

async function replay(
  io: Io,
  files: readonly string[],
  caseFile: string,
  options: ExploreCliOptions,
): Promise<ExitCode> {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw new CliError('Replay a case on one playbook file.', exitCodes.usage);
  const machines = await loadMachines(io, file);
  const given = caseOf(await read(io, caseFile, 'case'), caseFile);
  const replayed = replayCase(machines, given);
  if (options.json) printJson(io, { file, case: caseFile, property: given.property, ...replayed });
  else {
    const colours = coloursOf(io, io.out);
    print(
      io,
      replayed.breaks
        ? `${colours.red('broken')}  ${shown(given.property)}: ${shown(given.breaks)}, after ${replayed.accepted} events`
        : `${colours.green('not broken')}  ${shown(given.property)}: ${shown(replayed.reason ?? '')}`,
    );
  }
  return replayed.breaks ? exitCodes.failure : exitCodes.ok;
}

/** A file that `--case-out` wrote; its members are checked as far as replaying reads them. */
function caseOf(text: string, file: string): Case {
  const broken = new CliError(`${file} is no case: give a file that --case-out wrote.`, exitCodes.usage);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw broken;
  }
  if (!isCase(given)) throw broken;
  return given;
}

function isCase(given: unknown): given is Case {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null;
  if (!isObject(given) || given['format'] !== 1 || typeof given['property'] !== 'string') return false;
  const { playbook, opening, events, about, breaks } = given;
  if (!isObject(playbook) || !isObject(opening) || !isObject(opening['facts'])) return false;
  if (!Array.isArray(opening['systems']) || !Array.isArray(about) || typeof breaks !== 'string') return false;
  return (
    Array.isArray(events) &&
    events.every(
      (one: unknown) =>
        isObject(one) &&
        typeof one['at'] === 'number' &&
        isObject(one['event']) &&
        isObject(one['actor']) &&
        Array.isArray(one['actor']['roles']),
    )
  );
}
