import type { Command } from 'commander';
import { httpClient } from '../api/client.js';
import { OVER, type Incident, type Page, type Step } from '../api/shapes.js';
import { exitCodes } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, print, printJson, shown } from '../io.js';
import { findServer } from '../local/find-server.js';
import { tableText, unbroken, wrapped } from '../table.js';
import { fromNow, localTime, untilDue } from '../times.js';
import { type CommandContext, example, type GlobalOptions, optionsOf, refOf } from './context.js';

export function registerIncidentShow(incident: Command, { io, finish }: CommandContext): void {
  incident
    .command('show')
    .summary('show where an incident stands, and what is open')
    .description(
      'Show where an incident stands: phases, systems, facts, and the steps that are open, with what holds them up.',
    )
    .argument('<ref>', 'INC-17, or 17')
    .addHelpText('after', example('incident show INC-17'))
    .action(async (ref: string, _options, command: Command) => {
      await show(io, refOf(ref), optionsOf<GlobalOptions>(command));
      finish(exitCodes.ok);
    });
}

async function show(io: Io, ref: string, options: GlobalOptions): Promise<void> {
  const { url, token } = await findServer(io, options);
  const api = httpClient({ server: url, token, signal: io.signal });
  const incident = await api.get<Incident>(`/incidents/${encodeURIComponent(ref)}`);
  const { items: steps } = await api.get<Page<Step>>(`/incidents/${encodeURIComponent(ref)}/steps`);
  if (options.json) return printJson(io, { incident, steps });
  const parts = [
    headText(io, incident),
    phaseText(io, incident),
    ...tables(io, incident),
    stepText(io, steps),
  ];
  print(io, parts.join('\n'));
}

function headText(io: Io, incident: Incident): string {
  const { bold, dim } = coloursOf(io, io.out);
  const { id, version } = incident.playbook;
  const aware = `aware ${localTime(incident.awareAt)} (${fromNow(incident.awareAt, Date.now())})`;
  return [
    shown(`${bold(incident.ref)}  ${incident.title}`),
    dim(`${incident.status}, revision ${incident.revision}, playbook ${id} ${version}`),
    dim(aware),
    ...(incident.tlp === undefined ? [] : [dim(needToKnow(incident))]),
  ].join('\n');
}

function needToKnow({ tlp = '', members = [], people = [] }: Incident): string {
  const names = members.map((id) => people.find((one) => one.id === id)?.name ?? id);
  return shown(`TLP:${tlp.toUpperCase()}, members: ${names.join(', ')}`);
}

function phaseText(io: Io, { phases }: Incident): string {
  const { bold, dim } = coloursOf(io, io.out);
  const paint = { active: bold, not_started: dim };
  const rows = phases.map(({ title, status }) => {
    const colour = paint[status as keyof typeof paint] ?? ((text: string) => text);
    return [colour(title), colour(spoken(status))];
  });
  return tableText(['phase', 'status'], rows, columnsOf(io.out));
}

function tables(io: Io, { systems, facts }: Incident): string[] {
  const systemRows = systems.map(({ id, name, state }) => [id, name, spoken(state)]);
  const factRows = Object.entries(facts)
    .filter(([, value]) => value !== 'unknown')
    .map(([id, value]) => [id, typeof value === 'string' ? value : JSON.stringify(value)]);
  const unknown = Object.keys(facts).filter((id) => facts[id] === 'unknown');
  const columns = columnsOf(io.out);
  return [
    ...(systemRows.length > 0 ? [tableText(['system', 'name', 'state'], systemRows, columns)] : []),
    ...(factRows.length > 0 ? [tableText(['fact', 'value'], factRows, columns)] : []),
    ...(unknown.length > 0 ? [wrapped(`Not known yet: ${unknown.join(', ')}.`, columns, '  ')] : []),
  ];
}

function stepText(io: Io, steps: readonly Step[]): string {
  const { red, yellow } = coloursOf(io, io.out);
  const now = Date.now();
  const done = steps.filter(({ status }) => OVER.includes(status)).length;
  const due = (at: string): string =>
    Date.parse(at) < now ? red(unbroken(untilDue(at, now))) : yellow(unbroken(untilDue(at, now)));
  const rows = steps
    .filter(({ status }) => ['ready', 'in_progress', 'problem'].includes(status))
    .map((step) => [
      step.id,
      step.title,
      spoken(step.status),
      (step.roles ?? [step.role ?? '']).join(', '),
      step.dueAt ? due(step.dueAt) : '',
    ]);
  const held = steps
    .filter(
      ({ status, blockedBy }) =>
        status === 'cannot_start' && blockedBy.some(({ code }) => code === 'fact_unknown'),
    )
    .map(({ id, blockedBy }) => `  ${id}: ${blockedBy.map(({ text }) => shown(text)).join(' ')}`)
    .map((line) => wrapped(line, columnsOf(io.out), '    '));
  return [
    rows.length > 0
      ? tableText(['step', 'title', 'status', 'role', 'due'], rows, columnsOf(io.out))
      : 'No step is open.',
    `${done} of ${steps.length} steps are done.`,
    ...(held.length > 0 ? ['Held up by what is not known yet:', ...held] : []),
  ].join('\n');
}

function spoken(status: string): string {
  return status.replaceAll('_', ' ');
}
