export { celFromGuard } from './cel.js';
export { markingText } from './marking-text.js';
export { gatherSources, type PlaybookSource, type SourceFinder } from './uses.js';
export { parsePlaybook, MAX_PLAYBOOK_CHARS, type Finding } from './parse.js';
export { playbookSchema } from './json-schema.js';
export {
  isStep,
  planOf,
  phasesIn,
  sequencesIn,
  walkBlocks,
  type Plan,
  type PlanNode,
  type PlannedNode,
  type PlannedStep,
} from './plan.js';
export { compile, type CompiledConfigs } from './compile.js';
export type { StateConfig } from './state-config.js';
export { RESERVED_IDS } from './check-scope.js';
export { factProblem, MAX_FACT_TEXT } from './fact-value.js';
export { buildMachine } from './statechart.js';
export { evaluate, factsOf, factValue, type Truth } from './guard.js';
export { dutySettled, endTaken, isDone } from './records.js';
export { discharging } from './compile-incident.js';
export type { Binding } from './bindings.js';
export type {
  Approval,
  FactRecord,
  Facts,
  MachineContext,
  MachineEvent,
  RecordStatus,
  StepRecord,
  Priority,
  StepRecords,
  SystemSteps,
} from './context.js';
export type {
  ActionStep,
  After,
  Answer,
  ApprovalStep,
  Block,
  Closure,
  DecisionStep,
  Due,
  DueFrom,
  Duty,
  Each,
  Fact,
  FactType,
  Failed,
  Field,
  FieldType,
  FlowItem,
  Graph,
  GraphNode,
  Group,
  Guard,
  Marking,
  NoticeStep,
  Option,
  Origin,
  Parallel,
  Phase,
  Playbook,
  Property,
  Role,
  Skip,
  Step,
  StepKind,
  SystemMove,
  TaskStep,
  Text,
  TlpLevel,
  WaitStep,
  Weekday,
  WorkingHours,
} from './model.js';
