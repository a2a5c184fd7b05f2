/** Text from outside to a value that can be walked without fear: bounded in size and depth, without secrets. */
import { escapePointer, isJsonObject, textFlaw, type Json } from '@cordon/kernel';
import { LineCounter, parseDocument, Parser } from 'yaml';
import type { Report } from './report.js';
import { isSecretValue, isSensitiveKey, MASK, withoutSecrets } from './secrets.js';

const MOST_CHARS = 1_000_000;
/** A playbook is nested 64 deep at most, and the original stands inside one. */
const MOST_LEVELS = 56;
const MOST_VALUES = 100_000;
const MOST_ALIASES = 100;
/** Members of one map or list of YAML. */
const MOST_MEMBERS = 2000;

/** Whether the text is short enough to be read; if not, the report has an error. */
export function isReadable(text: string, report: Report): boolean {
  if (text.length > MOST_CHARS) {
    report.error('', `the document has ${text.length} characters: at most ${MOST_CHARS} are read`);
  } else if (text.trim() === '') report.error('', 'the document is empty');
  return !report.failed;
}

/** Reads JSON. Undefined when the report has an error that says why; what the text holds is not quoted there. */
export function readJson(text: string, report: Report): Json | undefined {
  if (!isReadable(text, report)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    const where = at === undefined ? '' : ` from line ${text.slice(0, Number(at)).split('\n').length} on`;
    report.error('', `this is not JSON${where}`);
    return undefined;
  }
  return safeJson(value, report);
}

/** Reads one document of YAML 1.2; as `readJson`. Duplicate keys, unknown tags and aliases that multiply are errors. */
export function readYaml(text: string, report: Report): Json | undefined {
  if (!isReadable(text, report)) return undefined;
  const source = text.replace(/^\uFEFF/, '');
  const problem = shapeProblem(source);
  if (problem !== undefined) {
    report.error('', problem);
    return undefined;
  }
  const lineCounter = new LineCounter();
  const doc = parseDocument(source, { lineCounter, uniqueKeys: true, schema: 'core', merge: false });
  for (const { code, linePos } of [...doc.errors, ...doc.warnings].slice(0, 20)) {
    const line = linePos?.[0].line ?? 1;
    report.error(
      '',
      `line ${line} is not YAML that can be read (${code.toLowerCase().replaceAll('_', ' ')})`,
    );
  }
  if (report.failed) return undefined;
  try {
    return safeJson(doc.toJS({ maxAliasCount: MOST_ALIASES }), report);
  } catch {
    report.error(
      '',
      `the aliases of this YAML stand for more than ${MOST_ALIASES} repetitions: write them out`,
    );
    return undefined;
  }
}

/**
 * Asked of the tokens, before anything that recurses or compares keys reads the text: the YAML library takes minutes for
 * the keys of a map that fills the document, and far down the stack it can end the process (see `nesting.ts` of playbooks).
 */
function shapeProblem(text: string): string | undefined {
  const left: { readonly token: unknown; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) left.push({ token, depth: 0 });
  for (let next = left.pop(); next; next = left.pop()) {
    const { token, depth } = next;
    if (typeof token !== 'object' || token === null) continue;
    if (depth > MOST_LEVELS) return `the document is nested more than ${MOST_LEVELS} levels deep`;
    const { value, items = [] } = token as {
      value?: unknown;
      items?: readonly { key?: unknown; value?: unknown }[];
    };
    if (items.length > MOST_MEMBERS)
      return `a map or list has ${items.length} members; at most ${MOST_MEMBERS} are read`;
    left.push({ token: value, depth });
    for (const item of items) {
      left.push({ token: item.key, depth: depth + 1 }, { token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}

interface Walk {
  readonly report: Report;
  values: number;
  problem?: string;
}

function safeJson(value: unknown, report: Report): Json | undefined {
  const walk: Walk = { report, values: 0 };
  const safe = copyOf(value, { pointer: '', depth: 0, sensitive: false }, walk);
  if (walk.problem === undefined) return safe;
  report.error('', walk.problem);
  return undefined;
}

interface Place {
  readonly pointer: string;
  readonly depth: number;
  /** It stands under a name that announces a secret. */
  readonly sensitive: boolean;
}

function copyOf(value: unknown, place: Place, walk: Walk): Json {
  walk.values += 1;
  if (walk.values > MOST_VALUES) walk.problem = `the document holds more than ${MOST_VALUES} values`;
  if (place.depth > MOST_LEVELS) walk.problem = `the document is nested more than ${MOST_LEVELS} levels deep`;
  if (walk.problem !== undefined) return null;
  if (typeof value === 'string') return textOf(value, place, walk.report);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  const below = (key: string, sensitive: boolean): Place => ({
    pointer: `${place.pointer}/${escapePointer(key)}`,
    depth: place.depth + 1,
    sensitive,
  });
  if (Array.isArray(value))
    return value.map((item, i) => copyOf(item, below(String(i), place.sensitive), walk));
  if (!isJsonObject(value)) return null;
  const named = typeof value.key === 'string' && isSensitiveKey(value.key);
  const out: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__' || textFlaw(key) !== undefined) {
      walk.report.warning(place.pointer, 'a member whose name cannot be kept was left out');
      continue;
    }
    const sensitive = place.sensitive || isSensitiveKey(key) || (named && key === 'value');
    out[key] = copyOf(member, below(key, sensitive), walk);
  }
  return out;
}

function textOf(value: string, { pointer, sensitive }: Place, report: Report): string {
  const text = value.toWellFormed().replaceAll('\0', '\uFFFD');
  if (text !== value) report.warning(pointer, 'a character that cannot be stored was replaced');
  const masked = sensitive && isSecretValue(text) ? MASK : withoutSecrets(text);
  if (masked !== text) {
    const why =
      'values that look like secrets were left out; put them into the vault of the integration instead';
    report.gather('warning', why, pointer, pointer === '' ? 'the text' : pointer);
  }
  return masked;
}
