import type { Command } from 'commander';
import { type CommandContext } from './context.js';
import { registerPlaybookCheck } from './playbook-check.js';

export function registerPlaybook(program: Command, context: CommandContext): void {
  const playbook = program.command('playbook').description('Work on playbooks, without a server.');
  registerPlaybookCheck(playbook, context);
}
