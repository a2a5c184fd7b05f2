import type { Clock } from '@cordon/kernel';
import { ApprovalLinks, type Cordon, type Journal } from '@cordon/runtime';
import { Module } from '@nestjs/common';
import type { Config } from '../config.js';
import { CLOCK, CONFIG, CORDON, JOURNAL, STORE, type ServerStore } from '../injection.js';
import { ApprovalsController } from './approvals.controller.js';
import { ApprovePageController } from './page/page.controller.js';
import { approvalLinks } from './use-links.js';

const links = {
  provide: ApprovalLinks,
  inject: [CORDON, STORE, JOURNAL, CLOCK, CONFIG],
  useFactory: (cordon: Cordon, store: ServerStore, journal: Journal, clock: Clock, config: Config) =>
    approvalLinks({ cordon, store, journal, clock, config }),
};

@Module({ controllers: [ApprovalsController, ApprovePageController], providers: [links] })
export class ApprovalsModule {}
