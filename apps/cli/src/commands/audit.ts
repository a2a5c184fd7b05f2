import type { Command } from 'commander';
import { registerAuditCheckpoint } from './audit-checkpoint.js';
import { registerAuditExport } from './audit-export.js';
import { registerAuditKey } from './audit-key.js';
import { registerAuditPrune } from './audit-prune.js';
import { registerAuditRecover } from './audit-recover.js';
import { registerAuditVerify } from './audit-verify.js';
import { registerAuditWitness } from './audit-witness.js';
import { type CommandContext, example } from './context.js';

export function registerAudit(program: Command, context: CommandContext): void {
  const audit = program
    .command('audit')
    .summary('export the history, verify it, and keep its log')
    .description(
      'Export the history of an incident or of the whole log, verify it, and keep the log that it stands in.',
    )
    .addHelpText(
      'after',
      example('audit export INC-17 --out inc-17.zip', 'audit verify inc-17.zip --policy policy.txt'),
    );
  registerAuditExport(audit, context);
  registerAuditCheckpoint(audit, context);
  registerAuditVerify(audit, context);
  registerAuditKey(audit, context);
  registerAuditRecover(audit, context);
  registerAuditPrune(audit, context);
  registerAuditWitness(audit, context);
}
