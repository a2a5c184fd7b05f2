/** The conditions of an XSOAR task in words: people decide here, so they have to read what the machine asked. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { listIn, objectIn, textIn } from '../draft/shapes.js';

const OPERATORS: Readonly<Record<string, string>> = {
  isEqualString: 'is',
  isEqualNumber: 'is',
  isNotEqualString: 'is not',
  isNotEqualNumber: 'is not',
  isEmpty: 'is empty',
  isNotEmpty: 'is not empty',
  isExists: 'exists',
  isNotExists: 'does not exist',
  isTrue: 'is true',
  isFalse: 'is false',
  containsString: 'contains',
  containsGeneral: 'contains',
  notContainsString: 'does not contain',
  notContainsGeneral: 'does not contain',
  inList: 'is one of',
  in: 'is in',
  notIn: 'is not in',
  greaterThan: 'is greater than',
  greaterThanOrEqual: 'is at least',
  lessThan: 'is less than',
  lessThanOrEqual: 'is at most',
  match: 'matches',
  hasLengthOf: 'has the length',
  startWith: 'starts with',
  endWith: 'ends with',
};
const MOST = 300;

/** One line for each label that has a condition; outer lists are "and", inner ones "or". */
export function conditionLines(raw: JsonObject): readonly string[] {
  return listIn(raw, 'conditions').flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const label = textIn(item, 'label') ?? '';
    const parts = listIn(item, 'condition').map((any) =>
      Array.isArray(any) ? (any as readonly Json[]).map(comparison).join(' or ') : comparison(any),
    );
    return parts.length === 0
      ? []
      : [`- ${label}: ${parts.map((part) => (parts.length > 1 ? `(${part})` : part)).join(' and ')}`];
  });
}

function comparison(item: Json): string {
  if (!isJsonObject(item)) return 'something that was not understood';
  const operator = textIn(item, 'operator') ?? '';
  const words = Object.hasOwn(OPERATORS, operator)
    ? (OPERATORS[operator] ?? '')
    : operator.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const right = valueText(objectIn(item, 'right')?.value);
  return [
    code(valueText(objectIn(item, 'left')?.value) ?? '?'),
    words,
    ...(right === undefined ? [] : [code(right)]),
  ].join(' ');
}

/** What a value refers to: a literal, or a place in the context with what is done to it. Undefined for none. */
export function valueText(value: Json | undefined): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    const text = String(value).trim();
    return text === '' ? undefined : shortened(text);
  }
  if (!isJsonObject(value)) return undefined;
  const { simple } = value;
  if (simple !== undefined) return isJsonObject(simple) ? undefined : valueText(simple);
  const complex = objectIn(value, 'complex');
  const root = complex && textIn(complex, 'root');
  if (!complex || root === undefined) return undefined;
  const accessor = textIn(complex, 'accessor');
  const place = accessor === undefined ? root : `${root}.${accessor}`;
  const filtered = listIn(complex, 'filters').length > 0 ? ', filtered' : '';
  const changed = listIn(complex, 'transformers').length > 0 ? ', transformed' : '';
  return shortened(`${place}${filtered}${changed}`);
}

/** The text as Markdown code, whatever marks it holds. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}

function shortened(text: string): string {
  return text.length <= MOST ? text : `${text.slice(0, MOST).toWellFormed()} …`;
}
