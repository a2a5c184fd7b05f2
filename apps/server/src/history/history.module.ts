import { Module } from '@nestjs/common';
import { AuditLogModule } from '../audit-log/audit-log.module.js';
import { HistoryController } from './history.controller.js';
import { HistoryReport } from './history-report.js';
import { JournalController } from './journal.controller.js';
import { ProvedExport } from './proved-export.js';

@Module({
  imports: [AuditLogModule],
  controllers: [HistoryController, JournalController],
  providers: [ProvedExport, HistoryReport],
})
export class HistoryModule {}
