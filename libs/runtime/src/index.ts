export { createCordon, type CordonOptions, type Runtime } from './create-cordon.js';
export type { Cordon, RefusedRequest } from './cordon.js';
export { publishPlaybook, compareVersions, type Publication } from './library.js';
export { BusyError } from './door.js';
export { fireDueTimers } from './timers.js';
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
  type KnownEntry,
  type NewIncident,
  type OpenResult,
  type OutboxRow,
  type Person,
  type PlaybookStore,
  type ReadStore,
  type StoredEntry,
  type StoredIncident,
  type StoredPlaybook,
  type StoredTask,
  type StoredToken,
  type TaskFilter,
  type TokenStore,
  type WorkStore,
} from './ports.js';
export {
  idOfRef,
  refOf,
  type ActorView,
  type Answer,
  type BlockerView,
  type EntryView,
  type EventCommand,
  type IncidentLine,
  type IncidentView,
  type OpenCommand,
  type MigrationView,
  type PastView,
  type PersonView,
  type PhaseView,
  type Refusal,
  type StepView,
  type SystemView,
  type TaskView,
  type TransitionAnswer,
} from './views.js';
