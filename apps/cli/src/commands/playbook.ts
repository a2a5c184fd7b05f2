import type { Command } from 'commander';
import { type CommandContext, example } from './context.js';
import { registerPlaybookCheck } from './playbook-check.js';

export function registerPlaybook(program: Command, context: CommandContext): void {
  const playbook = program
    .command('playbook')
    .summary('work on playbooks, without a server')
    .description('Work on playbooks, without a server.')
    .addHelpText('after', example('playbook check playbooks/ransomware/playbook.yaml'));
  registerPlaybookCheck(playbook, context);
}
