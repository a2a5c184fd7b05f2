import { join, resolve } from 'node:path';
import type { Clock } from '@cordon/kernel';
import { Evidence, type Cordon, type EvidenceStore, type Journal } from '@cordon/runtime';
import { DiskEvidenceStore } from '@cordon/store';
import { Module } from '@nestjs/common';
import type { Config } from '../config.js';
import { IndicatorsController } from '../indicators/indicators.controller.js';
import { CLOCK, CONFIG, CORDON, JOURNAL } from '../injection.js';
import { EvidenceController } from './evidence.controller.js';
import { EVIDENCE, EVIDENCE_STORE } from './evidence-tokens.js';
import { kindOf } from './kind-of.js';
import { NotesController } from './notes.controller.js';
import { scannerOf } from './scanner.js';
import { EvidenceSweeper } from './sweeper.js';
import { UploadsUnderWay } from './uploads-under-way.js';

const MIB = 1024 * 1024;

const files = {
  provide: EVIDENCE_STORE,
  inject: [CONFIG],
  useFactory: ({ evidenceDir, dataDir }: Config): EvidenceStore =>
    new DiskEvidenceStore({ root: resolve(evidenceDir ?? join(dataDir, 'evidence')) }),
};

const evidence = {
  provide: EVIDENCE,
  inject: [CORDON, EVIDENCE_STORE, JOURNAL, CLOCK, CONFIG],
  useFactory: (
    cordon: Cordon,
    store: EvidenceStore,
    journal: Journal,
    clock: Clock,
    config: Config,
  ): Evidence =>
    new Evidence({
      ...{ cordon, files: store, journal, clock, kindOf },
      scanner: scannerOf(config.evidenceScan),
      denied: config.evidenceDeny ?? [],
      maxBytes: config.evidenceMaxMb * MIB,
      maxIncidentBytes: config.evidenceIncidentMaxMb * MIB,
    }),
};

@Module({
  controllers: [EvidenceController, IndicatorsController, NotesController],
  providers: [files, evidence, UploadsUnderWay, EvidenceSweeper],
})
export class EvidenceModule {}
