/** What `incident do` was given on the command line, as the data of an event. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { CliError, exitCodes } from '../exit-codes.js';

/** Members of events' own data that are no text. */
const NUMBERS = ['seq', 'sizeBytes'];
const FLAGS = ['foundLater'];
const LISTS = ['systems'];

/**
 * `sets` are `key=text` or `key:=JSON`. For `step.complete` they are fields of the output, in the types that the step's
 * form asks for; for any other event they are members of its data. They come on top of `given`. Undefined when there is
 * nothing to send. Throws CliError (usage) for JSON that is none.
 */
export function eventData(
  type: string,
  sets: readonly string[],
  given: JsonObject | undefined,
  form?: JsonObject,
): JsonObject | undefined {
  if (sets.length === 0) return given;
  const properties = form?.['properties'];
  const schemas = type === 'step.complete' && isJsonObject(properties) ? properties : {};
  const members: Record<string, Json> = {};
  for (const set of sets) {
    const { key, value } = read(set, type, schemas);
    const before = members[key];
    members[key] = Array.isArray(before) && Array.isArray(value) ? [...(before as Json[]), ...value] : value;
  }
  if (type !== 'step.complete') return { ...given, ...members };
  const output = given?.['output'];
  return { ...given, output: { ...(isJsonObject(output) ? output : {}), ...members } };
}

function read(set: string, type: string, schemas: JsonObject): { key: string; value: Json } {
  const [, key = '', raw, text = ''] = /^([^=:]+)(:?)=(.*)$/s.exec(set) ?? [];
  if (raw === ':') return { key, value: parsed(key, text) };
  if (type === 'step.complete') return { key, value: fitted(text, schemas[key]) };
  if (type === 'fact.set' && key === 'value') return { key, value: number(text) ?? text };
  if (NUMBERS.includes(key)) return { key, value: number(text) ?? text };
  if (FLAGS.includes(key)) return { key, value: text === 'true' ? true : text === 'false' ? false : text };
  return { key, value: LISTS.includes(key) ? text.split(',') : text };
}

/** The text in the type that the form asks for; what does not fit is sent as it is, for the server to say so. */
function fitted(text: string, schema: Json | undefined): Json {
  if (!isJsonObject(schema)) return text;
  const variants = schema['oneOf'] ?? schema['anyOf'];
  const types = Array.isArray(variants)
    ? variants.map((variant) => (isJsonObject(variant) ? variant['type'] : undefined))
    : [schema['type']].flat();
  if (schema['format'] === 'date-time' && text === 'now') return new Date().toISOString();
  if (types.includes('array')) return text.split(',').map((item) => item.trim());
  if (types.includes('number') || types.includes('integer')) return number(text) ?? text;
  if (types.includes('boolean'))
    return ['yes', 'true'].includes(text) || (!['no', 'false'].includes(text) && text);
  return text;
}

function number(text: string): number | undefined {
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function parsed(key: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new CliError(
      `--set ${key}:= takes JSON, like ${key}:=42 or ${key}:='["a","b"]': ${text} is none.`,
      exitCodes.usage,
    );
  }
}
