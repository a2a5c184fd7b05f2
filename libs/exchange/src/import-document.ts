/** One way in for every format: looks at the text, and gives it to the importer that reads it. */
import { isJsonObject } from '@cordon/kernel';
import { parsePlaybook, planOf } from '@cordon/playbook';
import { importCacao, type CacaoImportOptions } from './cacao/import-cacao.js';
import type { ImportOptions } from './draft/draft.js';
import type { ImportFormat, ImportResult, StepCount } from './import-result.js';
import { NO_STEPS } from './import-result.js';
import { importMarkdown } from './markdown/import-markdown.js';
import { readStrictJson } from './strict-json.js';
import { importTheHive } from './thehive/import-thehive.js';
import { importXsoar } from './xsoar/import-xsoar.js';

export interface DocumentImportOptions extends ImportOptions, CacaoImportOptions {
  /** Read the text as this, whatever it looks like. */
  readonly format?: ImportFormat;
  /** Published playbooks that a Cordon playbook uses. */
  readonly sources?: (
    id: string,
    version: string,
  ) => { readonly text: string; readonly digest: string } | undefined;
}

/** Nesting beyond this is left for the importer to refuse. */
const MOST_LEVELS = 200;

/** Only the beginning of a text that is no JSON is looked at. */
const LOOKED_AT = 200_000;

/** Detects and imports. Never throws; a text that looks like nothing known is read as Markdown. */
export function importDocument(text: string, options: DocumentImportOptions = {}): ImportResult {
  switch (options.format ?? detectFormat(text)) {
    case 'cordon':
      return readCordon(text, options);
    case 'cacao-2.0':
      return importCacao(text, options);
    case 'thehive':
      return importTheHive(text, options);
    case 'xsoar':
      return importXsoar(text, options);
    case 'markdown':
      return importMarkdown(text, options);
  }
}

/**
 * What the text looks like: JSON by its members, YAML by keys at the beginning of a line. Broken JSON is told by the
 * names in it, so that its importer can say where it is broken. Linear.
 */
export function detectFormat(text: string): ImportFormat {
  const start = text
    .trimStart()
    .replace(/^\uFEFF/, '')
    .slice(0, 1);
  if (start === '{' || start === '[') return formatOfJson(text);
  const head = text.slice(0, LOOKED_AT);
  if (/^['"]?cordon['"]?[ \t]*:/m.test(head)) return 'cordon';
  if (/^starttaskid[ \t]*:/m.test(head)) return 'xsoar';
  return 'markdown';
}

function formatOfJson(text: string): ImportFormat {
  const reading = readStrictJson(text, MOST_LEVELS);
  const value = 'value' in reading ? reading.value : undefined;
  const head = text.slice(0, LOOKED_AT);
  const has = (name: string): boolean => {
    if (value === undefined) return new RegExp(`"${name}"\\s*:`).test(head);
    return isJsonObject(value) && Object.hasOwn(value, name);
  };
  if (has('cordon')) return 'cordon';
  if (has('spec_version') || has('workflow_start')) return 'cacao-2.0';
  if (has('starttaskid')) return 'xsoar';
  // A list of case templates, or one; and JSON of which nobody can say more.
  return has('workflow') ? 'cacao-2.0' : 'thehive';
}

/** A Cordon playbook is its own source. */
function readCordon(text: string, { sources }: DocumentImportOptions): ImportResult {
  const { playbook, findings } = parsePlaybook(text, sources);
  return {
    format: 'cordon',
    ...(playbook ? { source: text, playbook } : {}),
    findings: findings.map(({ severity, message, path }) => ({ severity, message, pointer: path })),
    steps: playbook ? countSteps([...planOf(playbook).steps.keys()]) : NO_STEPS,
  };
}

function countSteps(ids: readonly string[]): StepCount {
  const mapped = ids.map((id) => ({ source: id, became: [id] }));
  return { inSource: ids.length, reachable: ids.length, unreachable: [], mapped };
}
