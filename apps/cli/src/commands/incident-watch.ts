import type { Command } from 'commander';
import { type ApiClient, httpClient } from '../api/client.js';
import type { Entry, Incident, Page } from '../api/shapes.js';
import { exitCodes } from '../exit-codes.js';
import { coloursOf, columnsOf, type Io, print, shown, tell } from '../io.js';
import { findServer } from '../local/find-server.js';
import { sleep } from '../sleep.js';
import { wrapped } from '../table.js';
import { localParts } from '../times.js';
import { type CommandContext, example, type GlobalOptions, optionsOf, refOf } from './context.js';

interface WatchOptions extends GlobalOptions {
  readonly untilClosed?: boolean;
}

const POLL_MS = 1_000;

export function registerIncidentWatch(incident: Command, { io, finish }: CommandContext): void {
  incident
    .command('watch')
    .summary('print the history as it grows')
    .description(
      'Print the history of an incident and go on as it grows; stop with Ctrl+C. With --json an entry a line.',
    )
    .argument('<ref>', 'INC-17, or 17')
    .option('--until-closed', 'end when the incident is closed')
    .addHelpText('after', example('incident watch INC-17'))
    .action(async (ref: string, _options, command: Command) => {
      await watch(io, refOf(ref), optionsOf<WatchOptions>(command));
      finish(exitCodes.ok);
    });
}

async function watch(io: Io, ref: string, options: WatchOptions): Promise<void> {
  const { url, token } = await findServer(io, options);
  const api = httpClient({ server: url, token, signal: io.signal });
  if (!options.json) tell(io, `Watching ${ref}; stop with Ctrl+C.`);
  const reader = entryReader(api, ref);
  const lineOf = lineWriter(io);
  for (;;) {
    // Asked before reading, so that the entry that closed it is among those printed.
    const closed = options.untilClosed && (await isClosed(api, ref));
    for (const entry of await reader()) print(io, options.json ? JSON.stringify(entry) : lineOf(entry));
    if (closed) return;
    await sleep(POLL_MS, io.signal);
  }
}

/**
 * Each call answers with the entries since the last one. The last page has no cursor to its successor, so it is read
 * again from the cursor that led to it, and what was seen is left out.
 */
function entryReader(api: Pick<ApiClient, 'get'>, ref: string): () => Promise<Entry[]> {
  let cursor: string | undefined;
  let seen = 0;
  return async () => {
    const fresh: Entry[] = [];
    for (;;) {
      const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await api.get<Page<Entry>>(
        `/incidents/${encodeURIComponent(ref)}/transitions?limit=100${after}`,
      );
      fresh.push(...page.items.filter(({ seq }) => seq > seen));
      seen = fresh.at(-1)?.seq ?? seen;
      if (!page.nextCursor || page.items.length === 0) return fresh;
      cursor = page.nextCursor;
    }
  };
}

async function isClosed(api: ApiClient, ref: string): Promise<boolean> {
  return (await api.get<Incident>(`/incidents/${encodeURIComponent(ref)}`)).status === 'closed';
}

/**
 * Writes a history a line an entry. On a terminal a line with the day goes before its first entry, and entries have the
 * time of day; elsewhere each line stands for itself.
 */
function lineWriter(io: Io): (entry: Entry) => string {
  const { dim, yellow } = coloursOf(io, io.out);
  const columns = columnsOf(io.out);
  let dayBefore = '';
  return (entry) => {
    const { day, time, offset } = localParts(entry.at);
    const at = columns === undefined ? entry.at : time;
    const line = shown(`${String(entry.seq).padStart(5)}  ${at}  ${textOf(entry)}`);
    const wrappedLine = wrapped(line, columns, ' '.repeat(17));
    const painted = entry.kind === 'rejection' ? yellow(wrappedLine) : wrappedLine;
    const heading = columns !== undefined && day !== dayBefore ? `${dim(`       ${day} ${offset}`)}\n` : '';
    dayBefore = day;
    return heading + painted;
  };
}

function textOf({ kind, event, actor, note }: Entry): string {
  const timer = event.data?.['timer'];
  const what = [event.type, event.step, typeof timer === 'string' ? timer : undefined];
  const said = note ? `  "${note.replaceAll('\n', ' ')}"` : '';
  const refused = kind === 'rejection' ? '  (refused)' : '';
  return `${what.filter((part) => part !== undefined).join(' ')}  ${actor.name ?? actor.id}${said}${refused}`;
}
