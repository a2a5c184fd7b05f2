import { ActEntity } from './act.entity.js';
import { ApprovalLinkEntity } from './approval-link.entity.js';
import { AttemptEntity } from './attempt.entity.js';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { AuditOpeningEntity } from './audit-opening.entity.js';
import { ChallengeEntity } from './challenge.entity.js';
import { CredentialEntity } from './credential.entity.js';
import { DeploymentEntity } from './deployment.entity.js';
import { DeploymentSecretEntity } from './deployment-secret.entity.js';
import { AbsenceEntity, DutyEntity } from './duty.entity.js';
import { ExternalIdentityEntity } from './external-identity.entity.js';
import { IncidentEntity } from './incident.entity.js';
import { JournalHeadEntity } from './journal-head.entity.js';
import { LegalHoldEntity } from './legal-hold.entity.js';
import { LogCheckpointEntity, LogTimestampEntity } from './log-checkpoint.entity.js';
import { LogPruningEntity, PrunedIncidentEntity } from './log-pruning.entity.js';
import { LogHeadEntity, LogTileEntity } from './log-tree.entity.js';
import { OutboxEntity } from './outbox.entity.js';
import { InvitationEntity } from './invitation.entity.js';
import { PersonEntity } from './person.entity.js';
import { PlaybookEntity } from './playbook.entity.js';
import { SessionEntity } from './session.entity.js';
import { IncidentSnapshotEntity } from './incident-snapshot.entity.js';
import { SubjectKeyEntity } from './subject-key.entity.js';
import { TaskEntity } from './task.entity.js';
import { TeamEntity, TeamMemberEntity } from './team.entity.js';
import { TimerEntity } from './timer.entity.js';
import { TokenEntity } from './token.entity.js';
import { VaultKeyEntity } from './vault-key.entity.js';

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
  PersonEntity,
  ExternalIdentityEntity,
  CredentialEntity,
  SessionEntity,
  InvitationEntity,
  ChallengeEntity,
  AttemptEntity,
  DeploymentSecretEntity,
  JournalHeadEntity,
  SubjectKeyEntity,
  VaultKeyEntity,
  ActEntity,
  TeamEntity,
  TeamMemberEntity,
  DutyEntity,
  AbsenceEntity,
  ApprovalLinkEntity,
  LogHeadEntity,
  LogTileEntity,
  LogCheckpointEntity,
  LogTimestampEntity,
  IncidentSnapshotEntity,
  LegalHoldEntity,
  LogPruningEntity,
  PrunedIncidentEntity,
] as const;

export {
  AbsenceEntity,
  ApprovalLinkEntity,
  DutyEntity,
  TeamEntity,
  TeamMemberEntity,
  CredentialEntity,
  DeploymentEntity,
  IncidentEntity,
  LegalHoldEntity,
  InvitationEntity,
  PersonEntity,
  PlaybookEntity,
  SessionEntity,
  TaskEntity,
  TokenEntity,
};
