import { AuditEntryEntity } from './audit-entry.entity.js';
import { AuditOpeningEntity } from './audit-opening.entity.js';
import { DeploymentEntity } from './deployment.entity.js';
import { IncidentEntity } from './incident.entity.js';
import { OutboxEntity } from './outbox.entity.js';
import { PlaybookEntity } from './playbook.entity.js';
import { TaskEntity } from './task.entity.js';
import { TimerEntity } from './timer.entity.js';
import { TokenEntity } from './token.entity.js';

/** Every table, for TypeORM. */
export const entities = [
  PlaybookEntity,
  IncidentEntity,
  AuditEntryEntity,
  AuditOpeningEntity,
  TaskEntity,
  TimerEntity,
  OutboxEntity,
  TokenEntity,
  DeploymentEntity,
] as const;

export { DeploymentEntity, IncidentEntity, PlaybookEntity, TaskEntity, TokenEntity };
