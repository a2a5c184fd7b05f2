import { limits } from '@cordon/contracts';
import { pointerOf, type Path } from './pointer.js';
import { ProblemError, say } from './problem-error.js';

const poisoned = new Set(['__proto__', 'constructor', 'prototype']);

interface Node {
  readonly at: object;
  readonly depth: number;
  readonly key?: string;
  readonly parent?: Node;
}

/**
 * Refuses (400, with a pointer) what JSON can say and a record must not hold: members that reach into prototypes,
 * lone surrogates, U+0000, numbers beyond double precision's range, and more than 32 levels. One walk without
 * recursion. Returns the value.
 */
export function checkJson(value: unknown): unknown {
  const root: Node = { at: { body: value }, depth: 0 };
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const isArray = Array.isArray(node.at);
    for (const [key, member] of Object.entries(node.at)) {
      if (!isArray) checkName(key, node);
      const fault = faultOf(member);
      if (fault !== undefined) refuse([...pathOf(node), key], fault);
      if (typeof member !== 'object' || member === null) continue;
      const child: Node = { at: member as object, depth: node.depth + 1, key, parent: node };
      if (child.depth > limits.depth)
        refuse(pathOf(child), `is nested more than ${limits.depth} levels deep`);
      waiting.push(child);
    }
  }
  return value;
}

function checkName(key: string, node: Node): void {
  if (poisoned.has(key)) refuse([...pathOf(node), key], 'has a name that is not allowed');
  const fault = faultOf(key);
  if (fault !== undefined) refuse(pathOf(node), `has a member whose name ${fault}`);
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'contains the character U+0000';
    if (/[\uD800-\uDFFF]/u.test(value)) return 'contains half of a surrogate pair';
  }
  return typeof value === 'number' && !Number.isFinite(value) ? 'is a number out of range' : undefined;
}

function pathOf(node: Node): string[] {
  const path: string[] = [];
  for (let up: Node | undefined = node; up?.key !== undefined; up = up.parent) path.unshift(up.key);
  return path;
}

/** `path` begins at the wrapper that holds the body. */
function refuse(path: Path, message: string): never {
  const pointer = pointerOf(path.slice(1));
  const where = pointer || 'The body';
  throw new ProblemError('malformed', say(`${where} ${message}.`, `${where}：內容不合規格（${message}）。`), {
    errors: [{ pointer, message }],
  });
}
