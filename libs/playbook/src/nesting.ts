/**
 * How deep a YAML text is nested, before anything that recurses reads it: far down the stack the YAML library runs a
 * regular expression, and there V8 ends the whole process instead of throwing.
 */
import { Parser } from 'yaml';

/** A playbook of a dozen parallels inside each other stays below this. */
export const MAX_DEPTH = 64;

interface Token {
  readonly value?: unknown;
  readonly items?: readonly { readonly key?: unknown; readonly value?: unknown }[];
}

/** The line of the first place that is nested too deeply; undefined when there is none. O(length), no recursion. */
export function tooDeepAt(text: string): { readonly offset: number } | undefined {
  const left: { readonly token: unknown; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) left.push({ token, depth: 0 });
  for (let next = left.pop(); next; next = left.pop()) {
    const { token, depth } = next;
    if (typeof token !== 'object' || token === null) continue;
    if (depth > MAX_DEPTH)
      return { offset: 'offset' in token && typeof token.offset === 'number' ? token.offset : 0 };
    const { value, items } = token as Token;
    left.push({ token: value, depth });
    for (const item of items ?? []) {
      left.push({ token: item.key, depth: depth + 1 }, { token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}
