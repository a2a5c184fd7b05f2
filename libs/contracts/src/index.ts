/** What the HTTP API takes and answers, as zod schemas; the OpenAPI document is made from them. */
export { roles, Role } from './roles.js';
export {
  problems,
  problemCodes,
  problemType,
  type InLanguages,
  type Language,
  type ProblemCode,
} from './problem-codes.js';
export { limits } from './limits.js';
export { Blocker, FieldProblem, Problem } from './problem.js';
export { Incident, IncidentLine, IncidentPage, IncidentQuery, OpenIncident } from './incidents.js';
export { Step, StepList, StepQuery, StepStatus } from './steps.js';
export { Entry, EventAnswer, EventBody } from './events.js';
export { AtQuery, ExportQuery, HistoryPage, HistoryQuery, PastIncident, exportFormats } from './history.js';
export { Migration, MigrationQuery } from './migration.js';
export { BulkAnswer, BulkLine, BulkTasks, Task, TaskPage, TaskQuery } from './tasks.js';
export { IssuedToken, NewToken, TokenLine, TokenList } from './tokens.js';
export {
  DiagramQuery,
  Machine,
  PlaybookDocument,
  PlaybookLine,
  PlaybookList,
  PublishedPlaybook,
} from './playbooks.js';
