export { compileMachines, type Machines } from './machines.js';
export { decide } from './decide.js';
export { mapSteps, migrated, stepMapOf, type StepMap, type Unmapped } from './migrate.js';
export { openState, type NewSystem, type Opening } from './open-state.js';
export { acceptedBy, acceptedByIncident, isReadyToClose } from './accepts.js';
export { armedTimers, dueAt } from './timers.js';
export { changedTaskRows } from './tasks.js';
export { phaseStatuses, type PhaseStatus } from './phases.js';
export { whyLocked, closeBlockers } from './reasons.js';
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
