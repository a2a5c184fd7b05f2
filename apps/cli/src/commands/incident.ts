import type { Command } from 'commander';
import { type CommandContext, example } from './context.js';
import { registerIncidentDo } from './incident-do.js';
import { registerIncidentList } from './incident-list.js';
import { registerIncidentShow } from './incident-show.js';
import { registerIncidentWatch } from './incident-watch.js';

export function registerIncident(program: Command, context: CommandContext): void {
  const incident = program
    .command('incident')
    .summary('look at incidents, and move them forward')
    .description('Look at incidents, and move them forward.')
    .addHelpText('after', example('incident list', 'incident do INC-17 step.start triage'));
  registerIncidentList(incident, context);
  registerIncidentShow(incident, context);
  registerIncidentWatch(incident, context);
  registerIncidentDo(incident, context);
}
