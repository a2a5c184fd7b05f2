export { compileMachines, type Machines } from './machines.js';
export { EVENT_RULES, EVERY_STEP, type EventRule } from './authorise.js';
export { decide } from './decide.js';
export { mapSteps, migrated, stepMapOf, type StepMap, type Unmapped } from './migrate.js';
export { openState, type NewSystem, type Opening } from './open-state.js';
export { acceptedBy, acceptedByIncident, isReadyToClose } from './accepts.js';
export { armedTimers, AUDIENCES, dueAt, type Audience } from './timers.js';
export { changedTaskRows } from './tasks.js';
export {
  CLEARANCE,
  markingsSeen,
  maySee,
  mayOn,
  PERMISSIONS,
  reachOf,
  ROLES,
  rolesThatMay,
  type Action,
  type Reach,
  type RoleId,
  type Visibility,
} from './permissions.js';
export { isTlp, TLP, USUAL_TLP, type Tlp } from './tlp.js';
export { phaseStatuses, type PhaseStatus } from './phases.js';
export { dutyStatuses, type DutyStatus } from './closing.js';
export { whyLocked, whyNot, closeBlockers } from './reasons.js';
export { mayDo, rolesFor } from './may.js';
export { nextOf, type Next, type Wanted } from './next.js';
export { asksAfter } from './asks.js';
export { coveredDigest, coveredRecords } from './covered.js';
export { effectsOf } from './effects.js';
export {
  findInstance,
  instances,
  instanceId,
  instanceTurns,
  isOpen,
  statusOf,
  SYSTEM_ID,
  type Instance,
} from './instances.js';
export { formSchema, inLanguage, normalFact } from './forms.js';
export { factProblem } from '@cordon/playbook';
export { EVENTS, type EventType } from './event-data.js';
export {
  INDICATOR_TYPES,
  indicatorProblem,
  isIndicatorType,
  normalIndicator,
  type IndicatorType,
} from './indicators.js';
export { createStepper, type MachineState, type Stepper } from './xstate.js';
export type {
  Actor,
  Blocker,
  BlockerCode,
  Decision,
  Effect,
  FieldError,
  IncidentEvent,
  IncidentState,
  MigrationProposal,
  Rejection,
  StepStatus,
  SystemChange,
  SystemLife,
  SystemState,
  TaskRow,
  Timer,
} from './model.js';
