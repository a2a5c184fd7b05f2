import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { type Command, InvalidArgumentError } from 'commander';
import { type ApiClient, httpClient } from '../api/client.js';
import { ApiError } from '../api/problem.js';
import { OVER, type EventAnswer, type Incident, type Page, type Step } from '../api/shapes.js';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, print, printJson, shown, tell } from '../io.js';
import { findServer } from '../local/find-server.js';
import { printError } from '../print-error.js';
import { wrapped } from '../table.js';
import { type CommandContext, example, type GlobalOptions, optionsOf, refOf } from './context.js';
import { eventData } from './event-data.js';

interface DoOptions extends GlobalOptions {
  readonly data?: string;
  readonly set?: readonly string[];
  readonly note?: string;
  readonly occurredAt?: string;
  readonly revision?: number;
}

interface Request {
  readonly ref: string;
  readonly type: string;
  readonly step: string | undefined;
}

const MORE = `
--set writes text: key=value. Where a step's form asks for a number, true/false
or a list, the text becomes one; repeat a key for several items of a list; a
time may be "now". key:=JSON writes any value. For step.complete the keys are
fields of the step's form (a decision's is "answer"); for every other event they
are members of its data.`;

export function registerIncidentDo(incident: Command, { io, finish }: CommandContext): void {
  incident
    .command('do')
    .summary('send an event: start, complete or skip a step, approve, set a fact, note, close …')
    .description(
      'Sends one event to an incident, the only way in which anything of it changes. Prints the new revision and what has become ready, or why it was refused and what is accepted instead.',
    )
    .argument('<ref>', 'INC-17, or 17')
    .argument('<event>', 'step.start, step.complete, step.skip, approval.approve, fact.set, note.add, …')
    .argument('[step]', 'the step it is about, such as triage or isolate-system@crm')
    .option('--data <json>', 'data of the event as JSON, or @FILE')
    .option('--set <key=value>', 'one member of it; may be repeated', collect)
    .option('--note <text>', 'a remark for the history')
    .option(
      '--occurred-at <time>',
      'when it happened, where that was earlier, like 2026-03-24T10:00:00+08:00',
    )
    .option('--revision <n>', 'only if the incident is still at this revision', readRevision)
    .addHelpText('after', MORE)
    .addHelpText(
      'after',
      example(
        'incident do INC-17 step.complete giro-phone --set calledAt=now',
        'incident do INC-17 fact.set --set fact=personalData --set value=yes',
        'incident do INC-17 step.skip share-lessons --set reason="No lessons yet"',
      ),
    )
    .action(async (ref: string, type: string, step: string | undefined, _options, command: Command) => {
      finish(await send(io, { ref: refOf(ref), type, step }, optionsOf<DoOptions>(command)));
    });
}

async function send(io: Io, request: Request, options: DoOptions): Promise<ExitCode> {
  const given = await dataOf(io, options);
  const { url, token } = await findServer(io, options);
  const api = httpClient({ server: url, token, signal: io.signal });
  const before = await stepsOf(api, request.ref);
  const step = before.find(({ id }) => id === request.step);
  const data = eventData(request.type, options.set ?? [], given, step?.form);
  const body: JsonObject = {
    type: request.type,
    ...(request.step === undefined ? {} : { step: request.step }),
    ...(data === undefined ? {} : { data }),
    ...(options.note === undefined ? {} : { note: options.note }),
    ...(options.occurredAt === undefined ? {} : { occurredAt: options.occurredAt }),
  };
  try {
    const path = `/incidents/${encodeURIComponent(request.ref)}/events`;
    const answer = await api.post<EventAnswer>(path, body, randomUUID(), options.revision);
    if (options.json) printJson(io, { ...answer });
    else print(io, wrapped(await answerText(io, api, request, answer, before), columnsOf(io.out), '    '));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return refuse(io, error, options, before, request.step);
  }
}

/** What has become ready by it, for whoever acts next. */
async function answerText(
  io: Io,
  api: ApiClient,
  { ref, type, step }: Request,
  { revision }: EventAnswer,
  before: readonly Step[],
): Promise<string> {
  const { green, bold } = coloursOf(io, io.out);
  const path = `/incidents/${encodeURIComponent(ref)}`;
  const [after, incident] = [await stepsOf(api, ref), await api.get<Incident>(path)];
  const were = new Set(before.filter(({ status }) => status === 'ready').map(({ id }) => id));
  const ready = after
    .filter(({ id, status }) => status === 'ready' && !were.has(id))
    .map(({ id, title }) => shown(`  ${bold(id)}  ${title}`));
  const done = after.filter(({ status }) => OVER.includes(status)).length;
  const closed = incident.status === 'open' ? '' : `, ${incident.status}`;
  const what = [type, step].filter((part) => part !== undefined).join(' ');
  return [
    `${green('accepted')}  ${what}: ${ref} is at revision ${revision}${closed}, ${done} of ${after.length} steps done.`,
    ...(ready.length > 0 ? ['Ready now:', ...ready] : []),
  ].join('\n');
}

function refuse(io: Io, error: ApiError, options: DoOptions, steps: readonly Step[], id?: string): ExitCode {
  const step = steps.find((one) => one.id === id);
  const accepted = error.accepted ?? (error.status === 422 ? step?.accepts : undefined);
  if (options.json) {
    const { status, code, message, blockedBy, errors } = error;
    printJson(io, { refused: { status, code, message, accepted: accepted ?? null, blockedBy, errors } });
  }
  const exitCode = printError(io, error);
  const hint = (text: string): void => tell(io, wrapped(`  ${text}`, columnsOf(io.err), '  '));
  if (accepted) hint(`Accepted now: ${accepted.join(', ') || 'nothing'}.`);
  if (error.status !== 422) return exitCode;
  if (step?.form) hint(`Its form has: ${fieldsText(step.form)}.`);
  const open = steps.filter(({ status }) => ['ready', 'in_progress', 'problem'].includes(status));
  if (id !== undefined && !step) hint(`Open steps: ${open.map((one) => one.id).join(', ') || 'none'}.`);
  return exitCode;
}

/** `method* (network | cable), remark`: those that must be answered have a star. */
function fieldsText({ properties, required }: JsonObject): string {
  if (!isJsonObject(properties)) return 'no fields';
  return Object.entries(properties)
    .map(([name, schema]) => {
      const star = Array.isArray(required) && (required as Json[]).includes(name) ? '*' : '';
      const choices = isJsonObject(schema) ? schema['enum'] : undefined;
      return `${name}${star}${Array.isArray(choices) ? ` (${choices.map(String).join(' | ')})` : ''}`;
    })
    .join(', ');
}

async function stepsOf(api: ApiClient, ref: string): Promise<readonly Step[]> {
  return (await api.get<Page<Step>>(`/incidents/${encodeURIComponent(ref)}/steps`)).items;
}

async function dataOf(io: Io, { data }: DoOptions): Promise<JsonObject | undefined> {
  if (data === undefined) return undefined;
  const text = data.startsWith('@') ? await readData(io, data.slice(1)) : data;
  try {
    const value = JSON.parse(text) as Json;
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, like any other text that is no object.
  }
  throw new CliError(
    '--data takes a JSON object, like \'{"reason": "…"}\', or @FILE that holds one.',
    exitCodes.usage,
  );
}

async function readData(io: Io, file: string): Promise<string> {
  return readFile(resolve(io.cwd, file), 'utf8').catch((error: unknown) => {
    throw new CliError(`The file ${file} cannot be read (${reasonOf(error)}): name a JSON file.`);
  });
}

function collect(text: string, before: readonly string[] = []): string[] {
  if (!/^[^=:]+:?=/.test(text)) throw new InvalidArgumentError('Write key=value, or key:=JSON.');
  return [...before, text];
}

function readRevision(text: string): number {
  const revision = Number(text.replace(/^v/, ''));
  if (!Number.isInteger(revision) || revision < 0)
    throw new InvalidArgumentError('It must be a whole number, as "incident show" prints it.');
  return revision;
}
