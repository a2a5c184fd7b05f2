import { VERIFY_TEXT } from '@cordon/audit';
import { historyViews } from '@cordon/exchange';
import { HistoryExports, type EvidenceStore, type Journal, type Vault } from '@cordon/runtime';
import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { EVIDENCE_STORE } from '../evidence/evidence-tokens.js';
import { AUDIT, JOURNAL, STORE, VAULT, type AuditLog, type ServerStore } from '../injection.js';
import { HISTORY_EXPORTS, type Exports } from './audit-tokens.js';
import { AuditController } from './audit.controller.js';
import { EntryProofController } from './entry-proof.controller.js';
import { ExportsUnderWay } from './exports-under-way.js';
import { TlogController } from './tlog.controller.js';
import { readRelease, readVerifyPy } from './checker-files.js';

/** How long an export waits for the log to be signed. */
const WAIT_MS = 20_000;

const exportsOverLog = {
  provide: HISTORY_EXPORTS,
  inject: [AUDIT, STORE, VAULT, JOURNAL, ModuleRef],
  useFactory: async (
    audit: AuditLog | null,
    { playbooks }: ServerStore,
    vault: Vault,
    journal: Journal,
    modules: ModuleRef,
  ): Promise<Exports> => {
    if (!audit) return null;
    const [verifyPy, release] = [await readVerifyPy(), await readRelease()];
    // The place of files is made by another module: it is there by the time that somebody exports.
    const files = (): EvidenceStore => modules.get<EvidenceStore>(EVIDENCE_STORE, { strict: false });
    return new HistoryExports({
      ...audit,
      ...{ playbooks, vault, journal },
      evidence: { open: (sha256) => files().open(sha256) },
      text: { verifyText: Buffer.from(VERIFY_TEXT, 'utf8'), verifyPy, views: historyViews, release },
      waitMs: WAIT_MS,
    });
  },
};

@Module({
  controllers: [AuditController, TlogController, EntryProofController],
  providers: [exportsOverLog, ExportsUnderWay],
  exports: [exportsOverLog, ExportsUnderWay],
})
export class AuditLogModule {}
