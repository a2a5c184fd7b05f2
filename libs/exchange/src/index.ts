export {
  NO_STEPS,
  type ImportFinding,
  type ImportFormat,
  type ImportResult,
  type ImportSeverity,
  type MappedStep,
  type StepCount,
} from './import-result.js';
export { importTheHive } from './thehive/import-thehive.js';
export { importXsoar } from './xsoar/import-xsoar.js';
export { importMarkdown } from './markdown/import-markdown.js';
export type { ImportOptions } from './draft/draft.js';
export { importCacao, type CacaoImportOptions } from './cacao/import-cacao.js';
export type { PlaybookPin } from './cacao/write-step.js';
export { exportCacao, type CacaoExportOptions } from './cacao/export-cacao.js';
export { schemaProblems, type SchemaProblem } from './cacao/schema-check.js';
export type { CacaoDocument } from './cacao/document.js';
export { exportExecution, type StepRun } from './cacao/execution-status.js';
export {
  signDocument,
  verifySignature,
  type SignatureCheck,
  type SignedForm,
  type SigningOptions,
} from './cacao/signature.js';
export { detectFormat, importDocument, type DocumentImportOptions } from './import-document.js';
export { historyViews } from './history/views.js';
export { csvView } from './history/csv.js';
export { xesView } from './history/xes.js';
export { ocelView } from './history/ocel.js';
export { ocsfView } from './history/ocsf.js';
export { cloudEventsView } from './history/cloudevents.js';
export type { HistoryAbout, HistoryRecord, HistoryView, Records } from './history/record.js';
