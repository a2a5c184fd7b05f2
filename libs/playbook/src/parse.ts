/** YAML text to a checked playbook, or to findings with line and column. */
import { LineCounter, parseDocument, type Document } from 'yaml';
import { checkSemantics } from './check.js';
import type { Playbook } from './model.js';
import { readPlaybook, type Issue, type Path } from './read.js';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** JSON pointer to the place. */
  readonly path: string;
}

/** Text longer than this is refused before it is parsed. */
export const MAX_PLAYBOOK_CHARS = 1_000_000;

/**
 * Parses and checks. `playbook` is present exactly when no finding is an error.
 * YAML 1.2 core schema: `yes` and `no` are strings. Aliases are limited, duplicate keys are errors.
 */
export function parsePlaybook(text: string): { readonly playbook?: Playbook; readonly findings: readonly Finding[] } {
  if (text.length > MAX_PLAYBOOK_CHARS) {
    return { findings: [{ severity: 'error', message: `a playbook has at most ${MAX_PLAYBOOK_CHARS} characters`, line: 1, column: 1, path: '' }] };
  }
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (doc.errors.length > 0) {
    return {
      findings: doc.errors.map((error) => {
        const at = error.linePos?.[0] ?? { line: 1, col: 1 };
        return { severity: 'error', message: error.message.split('\n')[0] ?? error.message, line: at.line, column: at.col, path: '' };
      }),
    };
  }
  let raw: unknown;
  try {
    raw = doc.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { findings: [{ severity: 'error', message: error instanceof Error ? error.message : String(error), line: 1, column: 1, path: '' }] };
  }
  const read = readPlaybook(raw);
  const issues = read.playbook ? checkSemantics(read.playbook, read.paths) : read.issues;
  const findings = issues.map((issue) => locate(issue, doc, lines));
  return findings.length === 0 && read.playbook ? { playbook: read.playbook, findings } : { findings };
}

/** The position of the innermost node on the path that exists in the document. */
function locate(issue: Issue, doc: Document, lines: LineCounter): Finding {
  const pointer = issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  for (let length = issue.path.length; length >= 0; length -= 1) {
    const offset = offsetOf(doc, issue.path.slice(0, length));
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset);
      return { severity: 'error', message: issue.message, line, column: col, path: pointer };
    }
  }
  return { severity: 'error', message: issue.message, line: 1, column: 1, path: pointer };
}

function offsetOf(doc: Document, path: Path): number | undefined {
  const node: unknown = path.length === 0 ? doc.contents : doc.getIn(path, true);
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as readonly number[] | null) : null;
  return range?.[0];
}
