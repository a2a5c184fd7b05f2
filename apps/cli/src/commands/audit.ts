import type { Command } from 'commander';
import { registerAuditExport } from './audit-export.js';
import { registerAuditVerify } from './audit-verify.js';
import { type CommandContext, example } from './context.js';

export function registerAudit(program: Command, context: CommandContext): void {
  const audit = program
    .command('audit')
    .summary('export the history of an incident, and verify it')
    .description('Export the history of an incident, and verify it.')
    .addHelpText('after', example('audit export INC-17 --out inc-17.jsonl', 'audit verify inc-17.jsonl'));
  registerAuditExport(audit, context);
  registerAuditVerify(audit, context);
}
