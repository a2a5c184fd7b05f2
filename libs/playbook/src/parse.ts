/** YAML text to a checked playbook, or to findings with line and column. */
import { escapePointer, textFlaw } from '@cordon/kernel';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { checkSemantics } from './check.js';
import type { Playbook } from './model.js';
import { MAX_DEPTH, tooDeepAt } from './nesting.js';
import { readPlaybook } from './read.js';
import type { Issue, Path } from './issue.js';
import type { SourceFinder } from './uses.js';
import { MAX_ALIASES, YAML_OPTIONS } from './yaml-options.js';
import type { PlaybookSources } from './read-blocks.js';

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

const TOO_DEEP = `a playbook is nested at most ${MAX_DEPTH} levels deep`;

/**
 * Parses and checks. `playbook` is present exactly when no finding is an error; never throws.
 * YAML 1.2 core schema, whatever the text says of itself: `yes` and `no` are strings. Aliases are limited, duplicate
 * keys and unknown tags are errors. `sources` finds the published playbooks that this one uses, as they were written.
 * Milliseconds for a playbook of the usual size.
 */
export function parsePlaybook(
  text: string,
  sources?: SourceFinder,
): {
  readonly playbook?: Playbook;
  readonly findings: readonly Finding[];
} {
  if (text.length > MAX_PLAYBOOK_CHARS) {
    return { findings: [errorAt(1, 1, `a playbook has at most ${MAX_PLAYBOOK_CHARS} characters`)] };
  }
  const deep = tooDeepAt(text);
  if (deep) {
    const before = text.slice(0, deep.offset).split('\n');
    return { findings: [errorAt(before.length, (before.at(-1)?.length ?? 0) + 1, TOO_DEEP)] };
  }
  const lines = new LineCounter();
  const doc = parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines });
  const wrong = [...doc.errors, ...doc.warnings];
  if (wrong.length > 0) {
    return {
      findings: wrong.map(({ linePos, message }) => {
        const at = linePos?.[0] ?? { line: 1, col: 1 };
        return errorAt(at.line, at.col, message.split('\n')[0] ?? message);
      }),
    };
  }
  return readDocument(doc, lines, (id, version) => {
    const found = sources?.(id, version);
    const parsed =
      found && tooDeepAt(found.text) === undefined ? parseDocument(found.text, YAML_OPTIONS) : undefined;
    if (!found || !parsed || parsed.errors.length > 0) return undefined;
    return { raw: parsed.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, digest: found.digest };
  });
}

function readDocument(
  doc: Document,
  lines: LineCounter,
  sources: PlaybookSources,
): ReturnType<typeof parsePlaybook> {
  let raw: unknown;
  try {
    raw = doc.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return { findings: [errorAt(1, 1, error instanceof Error ? error.message : 'this is not YAML')] };
  }
  const unfit: Issue[] = [];
  collectUnfit(raw, [], unfit);
  if (unfit.length > 0) return { findings: unfit.map((issue) => locate(issue, doc, lines)) };
  const read = readPlaybook(raw, sources);
  const issues = read.playbook ? checkSemantics(read.playbook, read.paths) : read.issues;
  const findings = issues.map((issue) => locate(issue, doc, lines));
  const refused = findings.some(({ severity }) => severity === 'error');
  return read.playbook && !refused ? { playbook: read.playbook, findings } : { findings };
}

/** Texts that cannot be stored, a name that JavaScript keeps for itself, and what aliases nest too deeply. */
function collectUnfit(value: unknown, path: Path, issues: Issue[]): void {
  if (path.length > MAX_DEPTH) {
    if (issues.length === 0) issues.push({ path, message: TOO_DEEP });
    return;
  }
  if (typeof value === 'string') {
    const flaw = textFlaw(value);
    if (flaw !== undefined) issues.push({ path, message: flaw });
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => collectUnfit(item, [...path, i], issues));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const flaw = key === '__proto__' ? 'there is no "__proto__" in a playbook' : textFlaw(key);
      if (flaw !== undefined) issues.push({ path: [...path, key], message: flaw });
      collectUnfit(member, [...path, key], issues);
    }
  }
}

function errorAt(line: number, column: number, message: string, path = ''): Finding {
  return { severity: 'error', message, line, column, path };
}

/** The position of the innermost node on the path that exists in the document. */
function locate(issue: Issue, doc: Document, lines: LineCounter): Finding {
  const pointer = issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
  for (let length = issue.path.length; length >= 0; length -= 1) {
    const offset = offsetOf(doc, issue.path.slice(0, length));
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset);
      return { ...errorAt(line, col, issue.message, pointer), severity: issue.severity ?? 'error' };
    }
  }
  return { ...errorAt(1, 1, issue.message, pointer), severity: issue.severity ?? 'error' };
}

function offsetOf(doc: Document, path: Path): number | undefined {
  const node: unknown = path.length === 0 ? doc.contents : doc.getIn(path, true);
  const range =
    typeof node === 'object' && node !== null && 'range' in node
      ? (node.range as readonly number[] | null)
      : null;
  return range?.[0];
}
