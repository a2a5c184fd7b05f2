/**
 * Conditions: the comparisons of STIX patterning that CACAO playbooks use, as a Cordon guard. A condition that says
 * more, or says it in words, is left to a person (`undefined`).
 *
 *   or   := and ('OR' and)*          and := unit ('AND' unit)*
 *   unit := 'NOT' unit | '(' or ')' | '[' or ']' | variable operator value | variable ['NOT'] 'IN' '(' value, … ')'
 */
import type { Guard } from '@cordon/playbook';
import type { Variable } from './variables.js';

const TOKEN =
  /\s*(?:(__[a-zA-Z_][\w-]*?__)(?::value)?|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(==|!=|<>|<=|>=|=|<|>|&&|\|\||[()[\],!])|(-?\d+(?:\.\d+)?)(?![\w.])|([A-Za-z]+))/y;

interface Token {
  readonly kind: 'variable' | 'text' | 'sign' | 'number' | 'word';
  readonly text: string;
}

/** Longer conditions, and more comparisons in one, are left to a person. */
const MOST_CHARS = 2000;
const MOST_TOKENS = 200;

/** The guard, if every part of the condition is understood and reads variables that become facts. Linear. */
export function readCondition(
  condition: string,
  variableOf: (name: string) => Variable | undefined,
): Guard | undefined {
  const tokens = tokensOf(condition);
  if (!tokens) return undefined;
  const parser = new Parser(tokens, variableOf);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

function tokensOf(text: string): readonly Token[] | undefined {
  if (text.length > MOST_CHARS) return undefined;
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const found = TOKEN.exec(text);
    if (!found || tokens.length >= MOST_TOKENS) return undefined;
    const [, variable, quoted, sign, number, word] = found;
    if (variable !== undefined) tokens.push({ kind: 'variable', text: variable });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: unquote(quoted) });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else tokens.push({ kind: 'word', text: (word ?? '').toUpperCase() });
  }
  return tokens;
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

class Parser {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly variableOf: (name: string) => Variable | undefined,
  ) {}

  whole(): Guard {
    const guard = this.or();
    if (this.at < this.tokens.length) throw new NotUnderstood();
    return guard;
  }

  private or(): Guard {
    const parts = [this.and()];
    while (this.takes('OR', '||')) parts.push(this.and());
    return parts.length === 1 ? (parts[0] as Guard) : { any: parts };
  }

  private and(): Guard {
    const parts = [this.unit()];
    while (this.takes('AND', '&&')) parts.push(this.unit());
    return parts.length === 1 ? (parts[0] as Guard) : { all: parts };
  }

  private unit(): Guard {
    if (this.takes('NOT', '!')) return { not: this.unit() };
    for (const [open, close] of ['()', '[]']) {
      if (!this.takes(open as string)) continue;
      const inner = this.or();
      if (!this.takes(close as string)) throw new NotUnderstood();
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Guard {
    const name = this.next('variable');
    const variable = this.variableOf(name);
    if (!variable) throw new NotUnderstood();
    const negated = this.takes('NOT');
    if (this.takes('IN'))
      return negate(negated, { any: this.values().map((value) => equals(variable, value)) });
    if (negated) throw new NotUnderstood();
    const operator = this.next('sign');
    return compare(variable, operator, this.value());
  }

  private values(): readonly string[] {
    if (!this.takes('(')) throw new NotUnderstood();
    const values = [this.value()];
    while (this.takes(',')) values.push(this.value());
    if (!this.takes(')')) throw new NotUnderstood();
    return values;
  }

  private value(): string {
    const token = this.tokens[this.at];
    const isValue =
      token?.kind === 'text' ||
      token?.kind === 'number' ||
      (token?.kind === 'word' && (token.text === 'TRUE' || token.text === 'FALSE'));
    if (!isValue || token === undefined) throw new NotUnderstood();
    this.at += 1;
    return token.kind === 'word' ? token.text.toLowerCase() : token.text;
  }

  private next(kind: Token['kind']): string {
    const token = this.tokens[this.at];
    if (token?.kind !== kind) throw new NotUnderstood();
    this.at += 1;
    return token.text;
  }

  private takes(...texts: readonly string[]): boolean {
    const token = this.tokens[this.at];
    const taken = (token?.kind === 'sign' || token?.kind === 'word') && texts.includes(token.text);
    if (taken) this.at += 1;
    return taken;
  }
}

function compare(variable: Variable, operator: string, value: string): Guard {
  if (operator === '=' || operator === '==') return equals(variable, value);
  if (operator === '!=' || operator === '<>') {
    const { fact, is } = equals(variable, value);
    return { fact, isNot: is };
  }
  const number = variable.type === 'number' ? numberOf(value) : undefined;
  if (number === undefined) throw new NotUnderstood();
  const { fact } = variable;
  if (operator === '>=') return { fact, atLeast: number };
  if (operator === '<=') return { fact, atMost: number };
  if (operator === '<') return { not: { fact, atLeast: number } };
  if (operator === '>') return { not: { fact, atMost: number } };
  throw new NotUnderstood();
}

/** Equality with a value that the variable can have; see `factValueOf`. */
function equals(variable: Variable, value: string): { readonly fact: string; readonly is: string | number } {
  const is = factValueOf(variable.type, value);
  if (is === undefined) throw new NotUnderstood();
  return { fact: variable.fact, is };
}

/** The value of a fact that a CACAO value (always a text) stands for; undefined when the fact cannot have it. */
export function factValueOf(type: Variable['type'], value: string): string | number | undefined {
  if (type === 'number') return numberOf(value);
  if (type === 'text') return value === '' || value === 'unknown' || value.length > 1000 ? undefined : value;
  const word = value.trim().toLowerCase();
  if (word === 'true' || word === 'yes' || word === '1') return 'yes';
  return word === 'false' || word === 'no' || word === '0' ? 'no' : undefined;
}

function numberOf(value: string): number | undefined {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function negate(negated: boolean, guard: Guard): Guard {
  return negated ? { not: guard } : guard;
}

/** How a decision tells that the condition does not hold. */
export function opposite(guard: Guard): Guard {
  return 'not' in guard ? guard.not : { not: guard };
}
