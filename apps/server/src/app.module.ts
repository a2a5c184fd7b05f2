import type { Clock } from '@cordon/kernel';
import type { Cordon, Journal, LogService, Vault } from '@cordon/runtime';
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { AccessGuard } from './access/access-guard.js';
import { Authentication } from './access/authentication.js';
import { ApprovalsModule } from './approvals/approvals.module.js';
import { AuditLogModule } from './audit-log/audit-log.module.js';
import type { Config } from './config.js';
import { HomeController } from './documents/home.controller.js';
import { EvidenceModule } from './evidence/evidence.module.js';
import { HistoryModule } from './history/history.module.js';
import { BodyReader } from './http/body-reader.js';
import { ProblemFilter } from './http/problem-filter.js';
import { IdentityModule } from './identity/identity.module.js';
import { OidcModule } from './identity/oidc/oidc.module.js';
import { IncidentsModule } from './incidents/incidents.module.js';
import {
  AUDIT,
  CLOCK,
  CONFIG,
  CORDON,
  JOURNAL,
  LOG,
  LOG_HEALTH,
  LOG_SERVICE,
  PLAYBOOK_TEXT,
  STORE,
  VAULT,
  type AuditLog,
  type PlaybookText,
  type ServerStore,
} from './injection.js';
import type { LogHealth } from './log-keeper/log-health.js';
import { Metrics } from './operations/metrics.js';
import { OperationsModule } from './operations/operations.module.js';
import { HoldsModule } from './holds/holds.module.js';
import { PeopleErasureModule } from './people-erasure/people-erasure.module.js';
import { PlaybooksModule } from './playbooks/playbooks.module.js';
import { StreamModule } from './stream/stream.module.js';
import { TasksModule } from './tasks/tasks.module.js';
import { TeamsModule } from './teams/teams.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { VerifyPageModule } from './verify-page/verify-page.module.js';

/** What the app is made of. It owns none of it: whoever made them closes them. */
export interface AppParts {
  readonly cordon: Cordon;
  readonly journal: Journal;
  readonly vault: Vault;
  readonly store: ServerStore;
  readonly playbookText: PlaybookText;
  readonly config: Config;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Absent, both, in tests without a log. */
  readonly logService?: LogService;
  readonly logHealth?: LogHealth;
}

/**
 * Before every handler, in this order: who may, the body; and what answers for everything thrown. No interceptors:
 * the first of them makes each request a chain of observables, which costs a fifth of what is left of it here.
 */
const aroundHandlers: readonly Provider[] = [
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_GUARD, useClass: BodyReader },
  { provide: APP_FILTER, useClass: ProblemFilter },
];

const resources = [
  IdentityModule,
  OidcModule,
  IncidentsModule,
  ApprovalsModule,
  HistoryModule,
  AuditLogModule,
  EvidenceModule,
  TasksModule,
  TeamsModule,
  StreamModule,
  TokensModule,
  HoldsModule,
  PeopleErasureModule,
  PlaybooksModule,
  OperationsModule,
  VerifyPageModule,
];

@Global()
@Module({})
export class AppModule {
  static of({
    cordon,
    journal,
    vault,
    store,
    playbookText,
    config,
    clock,
    metrics,
    log,
    logService,
    logHealth,
  }: AppParts): DynamicModule {
    const parts = [
      { provide: CORDON, useValue: cordon },
      { provide: JOURNAL, useValue: journal },
      { provide: VAULT, useValue: vault },
      { provide: STORE, useValue: store },
      { provide: PLAYBOOK_TEXT, useValue: playbookText },
      { provide: CONFIG, useValue: config },
      { provide: CLOCK, useValue: clock },
      { provide: LOG, useValue: log },
      { provide: AUDIT, useValue: auditOf(store, logService) },
      { provide: LOG_SERVICE, useValue: logService },
      { provide: LOG_HEALTH, useValue: logHealth },
      { provide: Metrics, useValue: metrics },
    ];
    return {
      module: AppModule,
      imports: [...resources, ...mapped(store)],
      controllers: [HomeController],
      providers: [...parts, Authentication, ...aroundHandlers],
      exports: [...parts, Authentication],
    };
  }
}

function auditOf(store: ServerStore, service: LogService | undefined): AuditLog | null {
  const { log } = store;
  if (!service || !log) return null;
  return { log, service, incidents: { incident: async (id) => store.incident?.(id) } };
}

/**
 * The store's own data source for whoever asks Nest for one: no second pool of connections. Nest would close it with
 * the app; it is lent, and the store closes it.
 */
function mapped({ dataSource }: ServerStore): DynamicModule[] {
  if (!dataSource) return [];
  const lent = Object.create(dataSource, { destroy: { value: () => Promise.resolve() } }) as DataSource;
  const { options } = dataSource;
  return [
    TypeOrmModule.forRootAsync({ useFactory: () => options, dataSourceFactory: () => Promise.resolve(lent) }),
  ];
}
