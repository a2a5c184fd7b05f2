import type { Command } from 'commander';
import { registerAuditExport } from './audit-export.js';
import { registerAuditVerify } from './audit-verify.js';
import { type CommandContext } from './context.js';

export function registerAudit(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('Export the history of an incident, and verify it.');
  registerAuditExport(audit, context);
  registerAuditVerify(audit, context);
}
