import type { Command } from 'commander';
import { httpClient } from '../api/client.js';
import type { Incident, Page, Step } from '../api/shapes.js';
import { exitCodes } from '../exit-codes.js';
import { coloursOf, type Io, print, printJson, shown, tableText } from '../io.js';
import { findServer } from '../local/find-server.js';
import { type CommandContext, example, type GlobalOptions, optionsOf, refOf } from './context.js';

export function registerIncidentShow(incident: Command, { io, finish }: CommandContext): void {
  incident
    .command('show')
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
  const { bold, dim } = coloursOf(io, io.out);
  print(io, shown(`${bold(incident.ref)}  ${incident.title}`));
  print(
    io,
    dim(
      `${incident.status}, revision ${incident.revision}, playbook ${incident.playbook.id} ${incident.playbook.version}, aware ${incident.awareAt}`,
    ),
  );
  print(
    io,
    tableText(
      ['phase', 'status'],
      incident.phases.map(({ title, status }) => [title, spoken(status)]),
    ),
  );
  if (incident.systems.length > 0) {
    print(
      io,
      tableText(
        ['system', 'name', 'state'],
        incident.systems.map(({ id, name, state }) => [id, name, spoken(state)]),
      ),
    );
  }
  const facts = Object.entries(incident.facts).map(([id, value]) => [
    id,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  if (facts.length > 0) print(io, tableText(['fact', 'value'], facts));
  print(io, stepTable(steps));
}

function stepTable(steps: readonly Step[]): string {
  const done = steps.filter(({ status }) => ['completed', 'skipped'].includes(status)).length;
  const rows = steps
    .filter(({ status }) => ['ready', 'in_progress', 'problem'].includes(status))
    .map((step) => [
      step.id,
      step.title,
      spoken(step.status),
      (step.roles ?? [step.role ?? '']).join(', '),
      step.dueAt ?? '',
    ]);
  const held = steps
    .filter(
      ({ status, blockedBy }) =>
        status === 'cannot_start' && blockedBy.some(({ code }) => code === 'fact_unknown'),
    )
    .map(({ id, blockedBy }) => `  ${id}: ${blockedBy.map(({ text }) => shown(text)).join(' ')}`);
  return [
    rows.length > 0 ? tableText(['step', 'title', 'status', 'role', 'due'], rows) : 'No step is open.',
    `${done} of ${steps.length} steps are done.`,
    ...(held.length > 0 ? ['Held up by what is not known yet:', ...held] : []),
  ].join('\n');
}

function spoken(status: string): string {
  return status.replaceAll('_', ' ');
}
