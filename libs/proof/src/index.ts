export { explore, exploring } from './explore/explore.js';
export { replayCase, type Replayed } from './explore/replay.js';
export type {
  Case,
  CaseEvent,
  ExploreOptions,
  ExploreReport,
  Figures,
  Notice,
  Progress,
  PropertyVerdict,
  Verdict,
} from './explore/model.js';
export {
  advance,
  advanceTo,
  endAction,
  nextTimer,
  openSimulation,
  send,
  type Sent,
  type Simulation,
} from './simulate/simulation.js';
export {
  SimulationTooLong,
  type ActionScript,
  type ActionVerdict,
  type SimulatedEvent,
  type SimulationOpening,
} from './simulate/model.js';
export { viewOf, type AnswerView, type SimulationView, type StepView } from './simulate/view.js';
export { DEFAULT_OPENING, readScript, type Script, type ScriptItem } from './simulate/script.js';
export { runScript, type ScriptRun } from './simulate/run-script.js';
export { walk, type Walk, type Walked } from './simulate/walk.js';
export type { Choices } from './simulate/answers.js';
export { chanceOf, type Chance } from './simulate/random.js';
export { peopleOf } from './simulate/people.js';
export { traceOf } from './simulate/trace.js';
export { replayTrace, type TraceDifference, type TraceReplay } from './simulate/replay-trace.js';
export { blockerWords, rejectionWords } from './simulate/words.js';
export { diffPlaybooks } from './diff/diff.js';
export {
  mappingOf,
  type LateStep,
  type MatchCertainty,
  type StepMapping,
  type StepMatch,
} from './diff/mapping.js';
export type { Aspect, Change, ElementKind, Weight } from './diff/model.js';
