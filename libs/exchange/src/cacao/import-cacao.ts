/** A CACAO 2.0 document as a Cordon playbook; docs/cacao.md says how each part is read. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { parsePlaybook, type Playbook } from '@cordon/playbook';
import { NO_STEPS, type ImportResult, type StepCount } from '../import-result.js';
import { Findings, nameOf, stepPointer, textOf, type CacaoDocument } from './document.js';
import { ownExtension, readMark, stripMark } from './extension.js';
import { END, readWorkflow, type Workflow } from './flow.js';
import { lintDocument, lintWorkflow } from './lints.js';
import { prepare } from './prepare.js';
import { exceptionOf, readDocument, readSteps } from './read-document.js';
import { readExtended } from './read-extended.js';
import { checkSchema } from './schema-check.js';
import { maskSecrets } from './secrets.js';
import { noteSignatures } from './signature.js';
import { write, type Writing, type Written } from './write-document.js';
import { playbookText } from './write-playbook.js';
import { pinOf, type PlaybookPin } from './write-step.js';

export interface CacaoImportOptions {
  /** Languages of the playbook; every text is written in each of them. Default: English. */
  readonly languages?: readonly string[];
  /** Id of the playbook; without it, made from the document's id, so that its versions stay one playbook. */
  readonly id?: string;
  /** The published playbook that a CACAO id and version (`modified`) mean. May be called more than once. */
  readonly resolvePlaybook?: (id: string, modified?: string) => PlaybookPin | undefined;
}

/**
 * Reads, checks and maps. Never throws; the same text and options give the same source. Refuses what cannot be run
 * truthfully, and masks secrets before anything is kept. Bounded by the limits of `LIMITS`: O(steps²) at worst.
 */
export function importCacao(text: string, options: CacaoImportOptions = {}): ImportResult {
  const findings = new Findings();
  let result: Read;
  try {
    result = read(text, options, findings);
  } catch (error) {
    // The message could quote the document; the kind of the error cannot.
    const kind = error instanceof Error ? error.name : 'error';
    findings.add(
      'error',
      '',
      `the document could not be read, by a fault of the importer (${kind}): please report it`,
    );
    result = { steps: NO_STEPS };
  }
  return { format: 'cacao-2.0', ...result, findings: findings.all() };
}

type Read = Pick<ImportResult, 'source' | 'playbook' | 'steps'>;

function read(text: string, options: CacaoImportOptions, findings: Findings): Read {
  const written = readDocument(text, findings);
  if (!written) return { steps: NO_STEPS };
  noteSignatures(written, findings);
  const { document, pointers } = maskSecrets(written);
  for (const pointer of pointers) {
    findings.add(
      'warning',
      pointer,
      'a secret stood here: it is left out, and must come from where you keep secrets',
    );
  }
  if (pointers.length > 0 && document['signatures'] !== undefined) {
    findings.add(
      'warning',
      '/signatures',
      'what is kept lacks its secrets, so the signatures do not fit it any more',
    );
  }
  const steps = readSteps(document, findings);
  if (!steps) return { steps: NO_STEPS };
  checkSchema(document, findings);
  const own = fromExtension(document, options, findings);
  if (own) return own;
  lintDocument(document, findings);
  return mapWorkflow(document, steps, { ...readMark(document), ...options }, findings);
}

/** The playbook that Cordon's extension holds; undefined where there is none, or none that can be used. */
function fromExtension(
  document: CacaoDocument,
  { id }: CacaoImportOptions,
  findings: Findings,
): Read | undefined {
  const before = findings.mark();
  const extended = readExtended(document, findings);
  if (!extended) return undefined;
  const raw = id === undefined ? extended.playbook : { ...extended.playbook, id };
  const { source, playbook } = finish(raw, document, [], findings);
  if (playbook && !findings.refused) return { source, playbook, steps: extended.steps };
  findings.backTo(before);
  const message = "Cordon's extension does not make a playbook here: the document is read by its workflow";
  findings.add('warning', '/playbook_extensions', message);
  return undefined;
}

function mapWorkflow(
  document: CacaoDocument,
  steps: ReadonlyMap<string, JsonObject>,
  options: CacaoImportOptions,
  findings: Findings,
): Read {
  const start = textOf(document, 'workflow_start') ?? '';
  const exception = exceptionOf(document, steps, findings);
  const laidOut = (step: JsonObject): boolean => pinOf(step, options) !== undefined;
  const workflow = readWorkflow(steps, start, exception, laidOut, findings);
  lintWorkflow(workflow, start, findings);
  const count = { inSource: steps.size, reachable: workflow.reached.size };
  const unreachable = [...steps.keys()]
    .filter((id) => !workflow.reached.has(id))
    .map((id) => `#${stepPointer(id)}`);
  const unmapped: StepCount = { ...count, unreachable, mapped: [] };
  const prepared = findings.refused ? undefined : prepare(workflow, findings);
  if (!prepared) return { steps: unmapped };
  if (prepared.entry === END && !prepared.aside) {
    findings.add('error', '/workflow', 'the workflow has no step that anybody would do');
    return { steps: unmapped };
  }
  const { written, source, playbook } = writeAndParse({ document, workflow, prepared, options, findings });
  const mapped = [...workflow.reached].map((id) => ({
    source: `#${stepPointer(id)}`,
    became: written.became.get(id) ?? [],
  }));
  const result: StepCount = { ...count, unreachable, mapped };
  checkCount(result, workflow, written.became, findings);
  return { ...published(source, playbook, findings), steps: result };
}

/**
 * With everything that is known, if the playbook takes it; else without the playbooks that it would run, which may not
 * fit (another language, too many steps); else without what Cordon's extension says of single steps.
 */
function writeAndParse(writing: Writing): ReturnType<typeof finish> & { readonly written: Written } {
  const { document, findings, options } = writing;
  const before = findings.mark();
  const attempt = (from: Writing, own: boolean): ReturnType<typeof writeAndParse> => {
    const written = write(from, own);
    return { written, ...finish(written.raw, document, written.pins, findings) };
  };
  const instead = (
    from: Writing,
    own: boolean,
    pointer: string,
    message: string,
  ): ReturnType<typeof writeAndParse> => {
    findings.backTo(before);
    findings.add('warning', pointer, message);
    return attempt(from, own);
  };
  const { resolvePlaybook: _resolve, ...alone } = options;
  let result = attempt(writing, true);
  if (!result.playbook && result.written.pins.length > 0) {
    const names = [...new Set(result.written.pins.map(({ id }) => id))].join(', ');
    const message = `the playbooks that this one runs cannot be laid out in it (${names}): people run them and report back`;
    result = instead({ ...writing, options: alone }, true, '/workflow', message);
  }
  if (!result.playbook && ownExtension(document) !== undefined) {
    const message =
      'what the extension says of single steps does not fit the workflow any more: it is left out';
    result = instead({ ...writing, options: alone }, false, '/playbook_extensions', message);
  }
  return result;
}

function finish(
  raw: JsonObject,
  document: CacaoDocument,
  pins: readonly PlaybookPin[],
  findings: Findings,
): { readonly source: string; readonly playbook?: Playbook } {
  const source = playbookText({ ...raw, origin: { format: 'cacao-2.0', document: stripMark(document) } });
  const parsed = parsePlaybook(source, (id, version) =>
    pins.find((pin) => pin.id === id && pin.version === version),
  );
  for (const { severity, message, path } of parsed.findings) {
    const says =
      severity === 'error' ? `the playbook made from this is not accepted at ${path || 'its top'}: ` : '';
    findings.add(severity, sourceAt(raw, path), `${says}${message}`);
  }
  return { source, ...(parsed.playbook ? { playbook: parsed.playbook } : {}) };
}

/** The place in the document that the innermost step around a place in the playbook came from. */
function sourceAt(raw: JsonObject, path: string): string {
  let found = '';
  let at: Json | undefined = raw;
  for (const part of path.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) break;
    at = (at as JsonObject)[part];
    if (isJsonObject(at)) found = textOf(at, 'source')?.slice(1) ?? found;
  }
  return found;
}

function published(source: string, playbook: Playbook | undefined, findings: Findings): Omit<Read, 'steps'> {
  return playbook && !findings.refused ? { source, playbook } : {};
}

/** Steps in are steps out: the importer's own invariant, and an error if it ever fails. */
function checkCount(
  steps: StepCount,
  workflow: Workflow,
  became: ReadonlyMap<string, readonly string[]>,
  findings: Findings,
): void {
  if (steps.inSource !== steps.reachable + steps.unreachable.length) {
    findings.add('error', '/workflow', 'steps were lost while reading: this is a fault of the importer');
  }
  for (const node of workflow.nodes.values()) {
    if (node.kind === 'fork' || (became.get(node.step) ?? []).length > 0) continue;
    const message = `${nameOf(workflow.steps.get(node.step), node.step)} was lost: this is a fault of the importer`;
    findings.add('error', stepPointer(node.step), message);
  }
}
