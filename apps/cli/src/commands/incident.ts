import type { Command } from 'commander';
import { type CommandContext } from './context.js';
import { registerIncidentList } from './incident-list.js';
import { registerIncidentShow } from './incident-show.js';
import { registerIncidentWatch } from './incident-watch.js';

export function registerIncident(program: Command, context: CommandContext): void {
  const incident = program.command('incident').description('Look at incidents.');
  registerIncidentList(incident, context);
  registerIncidentShow(incident, context);
  registerIncidentWatch(incident, context);
}
