export { createCordon, type CordonOptions, type Runtime } from './create-cordon.js';
export type { Cordon, RefusedRequest } from './cordon.js';
export { Library, publishPlaybook, compareVersions, type Publication } from './library.js';
export { BusyError } from './busy-error.js';
export {
  DeploymentJournal,
  JOURNAL_ID,
  type Journal,
  type JournalEvent,
  type JournalPlace,
} from './journal.js';
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
export { FeedTail, type EntryFeed, type FeedEntry, type NumberedEntries } from './feed.js';
export type {
  CheckpointSink,
  LogEntry,
  LogHead,
  LogKey,
  LogStore,
  Pruning,
  SignerMemory,
  StoredCheckpoint,
  StoredTile,
  StoredTimestamp,
  TimestampAuthority,
  UnsequencedEntry,
  Witnesses,
} from './log/ports.js';
export { PrunedEntriesError } from './log/ports.js';
export type { LogService } from './log/service.js';
export { DeploymentLog, type DeploymentLogParts } from './log/deployment-log.js';
export { Backlog, heldBack, MAX_BACKLOG } from './log/backlog.js';
export { checkpointCovering } from './log/covering.js';
export { LogKeeper, type KeeperOptions } from './log/keeper.js';
export {
  announcedKeys,
  KEY_PURPOSES,
  LogKeyError,
  requireKey,
  type AnnouncedKey,
  type KeyPurpose,
  type LogKeys,
} from './log/keys.js';
export {
  planPruning,
  PruningRefusedError,
  type IncidentSpan,
  type KeptIncident,
  type PruningOrder,
  type PruningPlan,
  type PruningStore,
} from './log/plan-pruning.js';
export { prune, type Pruned, type PruneParts } from './log/prune.js';
export { headsOf, type PruningGrounds, type SaidPruned } from './log/pruned-leaf.js';
export { recover, recoverable, type RecoverOptions, type Recovery } from './log/recover.js';
export { patrol, selfCheck, type SelfChecked, type SelfCheckOptions } from './log/self-check.js';
export { Sequencer } from './log/sequencer.js';
export { Signer, type SignerOptions } from './log/signer.js';
export { storedTiles } from './log/tile-source.js';
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
export { SNAPSHOT_EVERY, type SnapshotLimit, type SnapshotStore, type StoredSnapshot } from './snapshots.js';
export { stateAt, type Past, type PastDependencies } from './past.js';
export { heldBy, placeHold, releaseHold, type HoldStore, type LegalHold } from './holds.js';
export {
  HistoryExports,
  type BegunExport,
  type EarlierExport,
  type ExportOptions,
  type HistoryExportParts,
} from './log/export-history.js';
export {
  ErasedMeanwhileError,
  UnknownCheckpointError,
  type BundleAbout,
  type BundleParts,
  type BundleRecord,
  type BundleText,
  type BundleView,
} from './log/bundle-ports.js';
export type { PreparedBundle } from './log/bundle.js';
export type { EvidenceEntry } from './log/bundle-survey.js';
export { replayHistory, type ReplayedHistory } from './log/replay-history.js';
