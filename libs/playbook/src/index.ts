export { parsePlaybook, MAX_PLAYBOOK_CHARS, type Finding } from './parse.js';
export { playbookSchema } from './json-schema.js';
export { planOf, phasesIn, walkBlocks, type Plan, type PlanNode, type PlannedStep } from './plan.js';
export { compile, type CompiledConfigs } from './compile.js';
export type { StateConfig } from './state-config.js';
export { factProblem, MAX_FACT_TEXT } from './fact-value.js';
export { buildMachine } from './statechart.js';
export { evaluate, factsOf, factValue, type Truth } from './guard.js';
export { isDone } from './records.js';
export type {
  FactRecord,
  Facts,
  MachineContext,
  MachineEvent,
  RecordStatus,
  StepRecord,
  StepRecords,
  SystemSteps,
} from './context.js';
export type {
  ActionStep,
  Answer,
  ApprovalStep,
  Block,
  DecisionStep,
  Due,
  DueFrom,
  Each,
  Fact,
  FactType,
  Field,
  FieldType,
  FlowItem,
  Guard,
  NoticeStep,
  Option,
  Parallel,
  Phase,
  Playbook,
  Role,
  Step,
  StepKind,
  SystemMove,
  TaskStep,
  Text,
  WaitStep,
} from './model.js';
