import type { Command } from 'commander';
import { type CommandContext, example } from './context.js';
import { registerPlaybookCheck } from './playbook-check.js';
import { registerPlaybookDiagram } from './playbook-diagram.js';
import { registerPlaybookDiff } from './playbook-diff.js';
import { registerPlaybookExplore } from './playbook-explore.js';
import { registerPlaybookExport } from './playbook-export.js';
import { registerPlaybookImport } from './playbook-import.js';
import { registerPlaybookSimulate } from './playbook-simulate.js';

export function registerPlaybook(program: Command, context: CommandContext): void {
  const playbook = program
    .command('playbook')
    .summary('work on playbooks, without a server')
    .description('Work on playbooks, without a server.')
    .addHelpText('after', example('playbook check playbooks/ransomware/playbook.yaml'));
  registerPlaybookCheck(playbook, context);
  registerPlaybookExplore(playbook, context);
  registerPlaybookSimulate(playbook, context);
  registerPlaybookDiagram(playbook, context);
  registerPlaybookDiff(playbook, context);
  registerPlaybookImport(playbook, context);
  registerPlaybookExport(playbook, context);
}
