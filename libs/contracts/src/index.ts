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
export { BackchannelLogout, OidcStartQuery, SignedOut } from './oidc.js';
export { StreamPlace, StreamQuery, StreamTransition } from './stream.js';
export { ApprovalDecision, ApprovalLink } from './approvals.js';
export { Step, StepList, StepQuery, StepStatus } from './steps.js';
export { ErasureAnswer, ErasureBody } from './erasure.js';
export { Entry, EventAnswer, EventBody } from './events.js';
export { AtQuery, ExportQuery, HistoryPage, HistoryQuery, PastIncident, exportFormats } from './history.js';
export {
  AuditExportQuery,
  CheckpointList,
  Consistency,
  ConsistencyQuery,
  EntrySeq,
  auditFormats,
} from './audit.js';
export { Migration, MigrationQuery } from './migration.js';
export {
  AddedEvidence,
  EvidenceDownload,
  EvidenceItem,
  EvidenceItemId,
  EvidenceList,
  EvidenceName,
  EvidenceUpload,
  NotePage,
  NoteQuery,
} from './evidence.js';
export { Indicator, indicatorFormats, IndicatorPage, IndicatorQuery } from './indicators.js';
export {
  BulkAnswer,
  BulkLine,
  BulkTasks,
  HandOver,
  Priority,
  Task,
  TaskPage,
  TaskQuery,
  WorkloadPage,
  WorkloadQuery,
} from './tasks.js';
export {
  AbsenceChange,
  AbsenceLine,
  AbsenceList,
  AbsenceQuery,
  DutyChange,
  DutyLine,
  NewAbsence,
  NewDuty,
  NewTeam,
  Roster,
  RosterQuery,
  TeamChange,
  TeamLine,
  TeamList,
} from './teams.js';
export {
  AddPasskey,
  CredentialList,
  Enrolled,
  InvitedPerson,
  NewPerson,
  Nothing,
  OpenLink,
  PasskeyEnrolment,
  PasskeyEnrolmentStart,
  PasskeyOptions,
  PasskeySignIn,
  PasswordEnrolment,
  PasswordSignIn,
  PasswordStart,
  PersonChange,
  PersonList,
  SessionList,
  SessionQuery,
  SetPassword,
  Welcome,
  Whoami,
  type NewPasskeyAnswer,
  type PasskeyAnswer,
} from './identity.js';
export { Warning } from './warning.js';
export { IssuedToken, NewToken, TokenLine, TokenList } from './tokens.js';
export {
  DiagramQuery,
  Machine,
  PlaybookDocument,
  PlaybookLine,
  PlaybookList,
  PublishedPlaybook,
} from './playbooks.js';
export { HoldLine, HoldList, HoldRelease, NewHold } from './holds.js';
