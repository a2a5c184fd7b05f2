/**
 * Conditions as text, in the Common Expression Language (https://cel.dev). Only its notation is used: what is read
 * becomes a `Guard`, which `guard.ts` evaluates with three values; no CEL is ever run.
 *
 *     personalData == "yes" && (staff >= 100 || !known(onset))
 *
 * Facts are named; constants are texts, numbers, true and false. `==` `!=` `<` `<=` `>` `>=` compare a fact with a
 * constant, `f in ["a", "b"]` with several; `known(f)` asks whether the fact is known; `&&` `||` `!` and parentheses
 * combine. The rest of CEL is refused, with a word on what to write instead.
 */
import { invariant, type Json } from '@cordon/kernel';
import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';
import type { Guard } from './model.js';

/** What stands in the text, as a guard, or why it cannot be one; the column counts UTF-16 units of the text from 1. */
export type CelReading = { readonly guard: Guard } | { readonly problem: string; readonly column: number };

type Constant = string | number | boolean;
type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

const MAX_CHARS = 4_000;
const MAX_DEPTH = 64;
const MAX_NODES = 1_000;
const PARSER = new Environment({ limits: { maxAstNodes: MAX_NODES, maxDepth: MAX_DEPTH } });

const TOO_DEEP = `the condition nests more than ${MAX_DEPTH} levels deep: split it, or leave out parentheses and "!"`;

/** The comparison as seen from the other side. */
const TURNED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** Leaves the recursion; never leaves this file. */
class Refusal extends Error {
  constructor(
    readonly node: ASTNode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads a condition: at most 4,000 characters, 64 levels and 1,000 nodes. Whatever it does not take it answers with a
 * sentence and a column; it never throws. That the facts exist, and have the types they are compared with, is not
 * checked here. O(characters).
 */
export function guardFromCel(text: string): CelReading {
  if (text.length > MAX_CHARS) {
    const problem = `the condition has more than ${MAX_CHARS} characters: split it, or set a fact that stands for a part`;
    return { problem, column: MAX_CHARS + 1 };
  }
  try {
    return { guard: guardOf(PARSER.parse(text).ast, 1) };
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.message, column: error.node.start + 1 };
    return syntaxProblem(text, error);
  }
}

function guardOf(node: ASTNode, depth: number): Guard {
  if (depth > MAX_DEPTH) throw new Refusal(node, TOO_DEEP);
  switch (node.op) {
    case '&&':
      return { all: chain(node, '&&').map((part) => guardOf(part, depth + 1)) };
    case '||':
      return { any: chain(node, '||').map((part) => guardOf(part, depth + 1)) };
    case '!_':
      return { not: guardOf(node.args, depth + 1) };
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node, node.op, node.args);
    case 'in':
      return membership(node, node.args);
    case 'call':
      return known(node, node.args);
    case 'id':
      throw new Refusal(
        node,
        `"${node.args}" alone is no condition: write ${node.args} == "yes", or known(${node.args})`,
      );
    default:
      throw refusalOf(node);
  }
}

/** `a && b && c` comes as ((a && b) && c); its parts in order, however many. */
function chain(node: ASTNode, op: '&&' | '||'): readonly ASTNode[] {
  const parts: ASTNode[] = [];
  let first = node;
  while (first.op === op) {
    parts.push(first.args[1]);
    first = first.args[0];
  }
  return [first, ...parts.reverse()];
}

function comparison(node: ASTNode, op: Comparison, [left, right]: readonly [ASTNode, ASTNode]): Guard {
  if (left.op === 'id' && right.op === 'id') {
    throw new Refusal(
      node,
      `"${op}" compares the facts ${left.args} and ${right.args}: compare each with a constant`,
    );
  }
  if (left.op === 'id') return compared(left.args, op, right);
  if (right.op === 'id') return compared(right.args, TURNED[op], left);
  for (const side of [left, right]) if (constantOf(side) === undefined) throw refusalOf(side);
  throw new Refusal(node, `"${op}" compares two constants, which never changes: name a fact on one side`);
}

function compared(fact: string, op: Comparison, other: ASTNode): Guard {
  const value = constantOf(other);
  if (value === undefined) throw refusalOf(other);
  if (op === '==') return { fact, is: value };
  if (op === '!=') return { fact, isNot: value };
  if (typeof value !== 'number') {
    throw new Refusal(other, `"${op}" compares with numbers only: write a number here, or use == or !=`);
  }
  if (op === '>=') return { fact, atLeast: value };
  if (op === '<=') return { fact, atMost: value };
  // What is unknown stays unknown when it is turned around, so these are exact.
  return { not: op === '<' ? { fact, atLeast: value } : { fact, atMost: value } };
}

function membership(node: ASTNode, [left, right]: readonly [ASTNode, ASTNode]): Guard {
  if (left.op !== 'id' || right.op !== 'list') {
    throw new Refusal(
      node,
      '"in" asks whether a fact is one of a list of constants: write fact in ["a", "b"]',
    );
  }
  if (right.args.length === 0)
    throw new Refusal(right, `the list is empty, so ${left.args} is never in it: name constants`);
  const any = right.args.map((element): Guard => {
    const is = constantOf(element);
    if (is === undefined) throw refusalOf(element);
    return { fact: left.args, is };
  });
  return { any };
}

function known(node: ASTNode, [name, args]: readonly [string, readonly ASTNode[]]): Guard {
  const [fact] = args;
  if (name !== 'known') throw refusalOf(node);
  if (args.length === 1 && fact?.op === 'id') return { fact: fact.args, known: true };
  throw new Refusal(node, 'known() asks for one fact by its name, without quotes: write known(fact)');
}

/** The constant that the node is; undefined for what is none. Refuses constants that no fact can be compared with. */
function constantOf(node: ASTNode): Constant | undefined {
  if (node.op === '-_') {
    const value = node.args.op === 'value' ? constantOf(node.args) : undefined;
    return typeof value === 'number' ? 0 - value : undefined;
  }
  if (node.op !== 'value') return undefined;
  const value = node.args;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null)
    throw new Refusal(node, 'null is no value of a fact: ask with known(fact) or !known(fact)');
  if (typeof value !== 'bigint') {
    throw new Refusal(
      node,
      'a constant is a text, a number, true or false: write it without the letter u or b',
    );
  }
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw new Refusal(
    node,
    `a whole number is at most ${Number.MAX_SAFE_INTEGER}: write it with an exponent, as in 1e20`,
  );
}

/** Names what stands here instead of a condition or a constant, and what to write. */
function refusalOf(node: ASTNode): Refusal {
  return new Refusal(node, insteadOf(node));
}

function insteadOf(node: ASTNode): string {
  switch (node.op) {
    case 'call':
      if (node.args[0] === 'known')
        return 'known(fact) is a condition by itself: write known(fact) or !known(fact)';
      return `${node.args[0]}() cannot be called: compare facts with constants, or ask with known(fact)`;
    case 'rcall':
      return `.${node.args[0]}() cannot be called: compare facts with constants, or ask with known(fact)`;
    case '.':
    case '.?':
      return `".${node.args[1]}" reads a part of a value, and facts have no parts: name the fact alone`;
    case '[]':
    case '[?]':
      return '"[ ]" reads an element of a value, and facts have none: name the fact alone';
    case '?:':
      return '"? :" chooses between values: write both cases with && and ||, as in (a && b) || (!a && c)';
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return `"${node.op}" calculates: write the result as a number`;
    case '-_':
      return '"-" stands before numbers only: write a number after it, such as -5';
    case 'value':
      return 'a constant alone is no condition: compare a fact with it, as in fact == "yes"';
    case 'list':
      return 'a list stands only after "in": write fact in ["a", "b"]';
    case 'map':
      return '"{ }" is no condition and no constant: compare a fact with a text, a number, true or false';
    case 'id':
      return `"${node.args}" is a fact where a constant should stand: write a text in quotes, as in "${node.args}"`;
    default:
      return 'a comparison is compared here: compare facts with constants, and combine conditions with && and ||';
  }
}

const FOR_SIGN: ReadonlyMap<string, string> = new Map([
  ['=', 'one "=" compares nothing: write "=="'],
  ['&', 'one "&" combines nothing: write "&&"'],
  ['|', 'one "|" combines nothing: write "||"'],
  ['and', '"and" is not CEL: write "&&"'],
  ['or', '"or" is not CEL: write "||"'],
]);

/** The parser's own complaint in our words; it names what stands where it stopped. */
function syntaxProblem(text: string, error: unknown): { readonly problem: string; readonly column: number } {
  const { start, end } = (error instanceof ParseError ? error.range : undefined) ?? { start: 0, end: 0 };
  const column = start + 1;
  if (error instanceof RangeError) return { problem: TOO_DEEP, column };
  const code = error instanceof ParseError ? error.code : '';
  const sign = /^\w+/.exec(text.slice(start, Math.max(end, start + 1)))?.[0] ?? [...text.slice(start)][0];
  return { problem: syntaxSentence(code, sign), column };
}

function syntaxSentence(code: string, sign: string | undefined): string {
  switch (code) {
    case 'limit_exceeded':
      return `the condition has more than ${MAX_NODES} parts or ${MAX_DEPTH} levels: split it`;
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
    case 'newline_in_string':
      return 'the text is not closed on its line: end it with the quote it began with';
    case 'invalid_number':
    case 'invalid_integer':
    case 'invalid_hex_integer':
    case 'invalid_exponent':
      return 'this is no number that can be kept: write one such as 5, -5, 0.5 or 1e20';
    case 'reserved_identifier':
      return `"${sign ?? ''}" is a reserved word of CEL: write this condition as {fact: …} instead of text`;
    case 'invalid_macro_argument':
      return 'this is an argument of a macro, which cannot be called: compare facts with constants, or ask with known(fact)';
  }
  if (code.includes('escape') || code.includes('surrogate')) {
    return 'this escape is not known: write the character itself, \\" or \\\\ in a text';
  }
  if (sign === undefined)
    return 'the condition ends too early: write a fact, a constant or a closing parenthesis here';
  if (/[“”‘’„「」『』]/u.test(sign))
    return `"${sign}" is no quote of CEL: write texts in straight quotes, as in "yes"`;
  const named = /[\p{L}\p{N}\p{P}\p{S}]/u.test(sign) ? `"${sign}"` : 'this character';
  return (
    FOR_SIGN.get(sign) ??
    `${named} is not expected here: join conditions with && or ||, and compare facts with constants`
  );
}

/**
 * Writes a guard as text in CEL, for diagrams and comparisons. Read again by `guardFromCel` it means the same, with
 * these exceptions, which it refuses: values that are neither text, finite number nor yes/no (null, lists, objects), an
 * `all` or `any` of nothing (written true and false), facts named by a word of CEL such as `in`, and guards
 * beyond its limits. O(size of the guard).
 */
export function celFromGuard(guard: Guard): string {
  return written(guard).text;
}

interface Written {
  readonly text: string;
  /** What holds it together; `one` needs no parentheses anywhere. */
  readonly by: 'one' | 'comparison' | '&&' | '||';
}

function written(guard: Guard): Written {
  if ('all' in guard) return joined(guard.all, '&&', 'true');
  if ('any' in guard) return oneOf(guard.any) ?? joined(guard.any, '||', 'false');
  if ('not' in guard) return negated(guard.not);
  const { fact } = guard;
  if ('known' in guard) return { text: guard.known ? `known(${fact})` : `!known(${fact})`, by: 'one' };
  if ('is' in guard) return compare(fact, '==', guard.is);
  if ('isNot' in guard) return compare(fact, '!=', guard.isNot);
  return 'atLeast' in guard ? compare(fact, '>=', guard.atLeast) : compare(fact, '<=', guard.atMost);
}

function compare(fact: string, op: Comparison, value: Json): Written {
  return { text: `${fact} ${op} ${literal(value)}`, by: 'comparison' };
}

function joined(guards: readonly Guard[], by: '&&' | '||', none: string): Written {
  const parts = guards.map(written);
  const [only] = parts;
  if (only === undefined) return { text: none, by: 'one' };
  if (parts.length === 1) return only;
  const other = by === '&&' ? '||' : '&&';
  return {
    text: parts.map((part) => (part.by === other ? `(${part.text})` : part.text)).join(` ${by} `),
    by,
  };
}

/** `f in [...]` where all ask whether the same fact is something. */
function oneOf(guards: readonly Guard[]): Written | undefined {
  const asked = guards.flatMap((guard) => ('is' in guard ? [guard] : []));
  const facts = new Set(asked.map(({ fact }) => fact));
  if (asked.length < 2 || asked.length < guards.length || facts.size > 1) return undefined;
  return {
    text: `${[...facts].join()} in [${asked.map(({ is }) => literal(is)).join(', ')}]`,
    by: 'comparison',
  };
}

function negated(guard: Guard): Written {
  if ('atLeast' in guard) return compare(guard.fact, '<', guard.atLeast);
  if ('atMost' in guard) return compare(guard.fact, '>', guard.atMost);
  const { text, by } = written(guard);
  return { text: by === 'one' ? `!${text}` : `!(${text})`, by: 'one' };
}

function literal(value: Json): string {
  if (typeof value !== 'number') return JSON.stringify(value);
  invariant(Number.isFinite(value), `${value} is not written in a condition`);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
