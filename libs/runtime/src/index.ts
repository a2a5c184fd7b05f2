export { createCordon, type CordonOptions, type Runtime } from './create-cordon.js';
export type { Cordon, RefusedRequest } from './cordon.js';
export { publishPlaybook, compareVersions, type Publication } from './library.js';
export { BusyError } from './busy-error.js';
export { DeploymentJournal, JOURNAL_ID, type Journal, type JournalEvent } from './journal.js';
export { ListedDirectory, type Colleague, type Directory } from './directory.js';
export type { Vault } from './vault.js';
export {
  erasePerson,
  ERASED_PERSON,
  type Erasure,
  type ErasureDependencies,
  type ErasureResult,
  type ErasureStore,
  type OpenTaskOf,
} from './erase-person.js';
export { announcementOf, type Announcement } from './announcement.js';
export type { ApprovalLink, ApprovalLinkStore } from './approval-link-ports.js';
export { ApprovalLinks, type ApprovalLinkParts, type OpenedLink } from './approval-links.js';
export type { CoveredLine, OpenApproval } from './open-approval.js';
export { FeedTail, type EntryFeed, type FeedEntry } from './feed.js';
export { openProfile, sealProfile, type Profile } from './people.js';
export type {
  Attempt,
  AttemptStore,
  Challenge,
  CredentialChange,
  CredentialKind,
  CredentialStore,
  Enrolment,
  ExternalIdentity,
  Invitation,
  InvitationStore,
  KnownSession,
  NewPerson,
  Pauses,
  PeopleStore,
  PersonChange,
  PersonStore,
  SessionStore,
  StoredCredential,
  StoredPerson,
  StoredSession,
} from './people-ports.js';
export { fireDueTimers } from './timers.js';
export {
  AlteredEvidenceError,
  Evidence,
  type AddedEvidence,
  type EvidenceParts,
  type EvidenceRefusal,
  type NewEvidence,
  type OpenedEvidence,
} from './evidence.js';
export {
  HEAD_BYTES,
  type EvidenceScanner,
  type EvidenceStore,
  type ReceivedFile,
  type Receipt,
  type ScanVerdict,
  type StoredFile,
} from './evidence-ports.js';
export type { CustodyView, EvidenceView } from './evidence-view.js';
export type { IndicatorView } from './indicator-view.js';
export type { NoteView } from './notes.js';
export type { IndicatorList, Records, Unread } from './records.js';
export { lateness, supersedes, withCorrections } from './corrections.js';
export { lapsedIn } from './entries.js';
export {
  deliverEffect,
  outboxRowOf,
  RetryDelivery,
  type Deliverer,
  type Delivery,
  type DeliveryVerdict,
} from './delivery.js';
export { machineDigestOf, migrationTarget, Replay, type Replayed } from './replay.js';
export type { SystemEvent, SystemVerdict } from './submit.js';
export {
  UniqueKeyError,
  type ClaimedTimer,
  type DoorStore,
  type EntryRow,
  type IncidentFilter,
  type IncidentId,
  type IncidentListing,
  type IncidentRow,
  type IncidentWrite,
  type JournalHead,
  type JournalStore,
  type KnownEntry,
  type NewIncident,
  type OpenResult,
  type OutboxRow,
  type Person,
  type PlaybookStore,
  type ReadStore,
  type StoredAct,
  type StoredEntry,
  type StoredIncident,
  type StoredPlaybook,
  type StoredTask,
  type StoredToken,
  type TaskFilter,
  type TokenStore,
  type VisibleTo,
  type Workload,
  type WorkStore,
} from './ports.js';
export {
  idOfRef,
  refOf,
  type ActLineView,
  type ActorView,
  type Answer,
  type BlockerView,
  type EntryView,
  type EventCommand,
  type HandOverCommand,
  type InboxFilter,
  type IncidentLine,
  type IncidentView,
  type OpenCommand,
  type ManyCommand,
  type MigrationView,
  type PastView,
  type PersonView,
  type PhaseView,
  type Refusal,
  type StepView,
  type SystemView,
  type TaskView,
  type TransitionAnswer,
  type WarningView,
  type WorkloadFilter,
  type WorkloadPage,
  type WorkloadView,
} from './views.js';
export { Teams, type OnDuty, type ToTell } from './teams.js';
export type { Absence, DuringFilter, Duty, Team, TeamChange, TeamStore } from './team-ports.js';
