import { type Command, InvalidArgumentError, Option } from 'commander';
import { httpClient } from '../api/client.js';
import type { IncidentLine, Page } from '../api/shapes.js';
import { exitCodes } from '../exit-codes.js';
import { columnsOf, type Io, print, printJson, tell } from '../io.js';
import { findServer } from '../local/find-server.js';
import { tableText, unbroken } from '../table.js';
import { fromNow } from '../times.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface ListOptions extends GlobalOptions {
  readonly status?: string;
  readonly phase?: string;
  readonly q?: string;
  readonly limit: number;
}

export function registerIncidentList(incident: Command, { io, finish }: CommandContext): void {
  incident
    .command('list')
    .summary('list incidents, the newest first')
    .description('List incidents, the newest first.')
    .addOption(new Option('--status <status>', 'only these').choices(['open', 'closed']))
    .option('--phase <id>', 'only those in this phase')
    .option('--q <words>', 'only those with these words in ref, title or summary')
    .option('--limit <n>', 'at most so many, 1 to 200', readLimit, 50)
    .addHelpText('after', example('incident list --status open'))
    .action(async (_options, command: Command) => {
      await list(io, optionsOf<ListOptions>(command));
      finish(exitCodes.ok);
    });
}

async function list(io: Io, options: ListOptions): Promise<void> {
  const { url, token } = await findServer(io, options);
  const query = new URLSearchParams({ limit: String(options.limit) });
  for (const name of ['status', 'phase', 'q'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  const page = await httpClient({ server: url, token, signal: io.signal }).get<Page<IncidentLine>>(
    `/incidents?${query.toString()}`,
  );
  if (options.json) return printJson(io, page);
  if (page.items.length === 0) return tell(io, 'There is no such incident.');
  const rated = page.items.some(({ severity }) => severity !== undefined);
  const now = Date.now();
  const rows = page.items.map((item) => [
    item.ref,
    item.status,
    ...(rated ? [item.severity ?? ''] : []),
    item.title,
    item.playbook.id,
    (item.phases ?? []).join(', '),
    unbroken(fromNow(item.awareAt, now)),
  ]);
  const head = ['ref', 'status', ...(rated ? ['severity'] : []), 'title', 'playbook', 'phases', 'aware'];
  print(io, tableText(head, rows, columnsOf(io.out)));
  if (page.nextCursor) tell(io, 'There are more: narrow the list, or raise --limit.');
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new InvalidArgumentError('It must be a whole number from 1 to 200.');
  return limit;
}
