/** Fills in a step's form: an output that its JSON Schema (2020-12, the part that forms use) accepts. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';

export interface FormContext {
  /** The answer to a question about a fact (`x-fact`); called once for each field that sets one. */
  readonly fact: (fact: string) => Json;
  /** RFC 3339, UTC: for fields that ask for a time or a day. */
  readonly now: string;
}

/**
 * Answers every field, optional ones too. An optional field is left out when no answer can be made for it (a pattern,
 * say); a required one then gets the best guess, and the server has the last word. Pure, but for `fact`.
 */
export function outputFor(form: JsonObject | undefined, context: FormContext): JsonObject {
  const properties = form?.['properties'];
  if (!isJsonObject(properties)) return {};
  const required = Array.isArray(form?.['required']) ? (form['required'] as readonly Json[]) : [];
  const output: Record<string, Json> = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (!isJsonObject(schema)) continue;
    const value = fieldValue(name, schema, context, required.includes(name));
    if (value !== undefined) output[name] = value;
  }
  return output;
}

function fieldValue(
  name: string,
  schema: JsonObject,
  context: FormContext,
  needed: boolean,
): Json | undefined {
  const fact = schema['x-fact'];
  if (typeof fact === 'string') {
    const answer = fitted(schema, context.fact(fact));
    if (answer !== undefined || !needed) return answer;
  }
  const value = invented(titleOf(name, schema), schema, context);
  return schema['pattern'] !== undefined && !needed ? undefined : value;
}

/** The fact's value in the type that the field takes; undefined when it takes no such value. */
function fitted(schema: JsonObject, value: Json): Json | undefined {
  const variants = variantsOf(schema);
  if (variants) return variants.map((variant) => fitted(variant, value)).find((found) => found !== undefined);
  if (schema['const'] !== undefined) return schema['const'] === value ? value : undefined;
  if (Array.isArray(schema['enum'])) return (schema['enum'] as Json[]).includes(value) ? value : undefined;
  if (hasType(schema, 'number') || hasType(schema, 'integer'))
    return typeof value === 'number' ? value : undefined;
  if (schema['format'] !== undefined && value === 'unknown') return undefined;
  if (hasType(schema, 'string')) return typeof value === 'object' ? undefined : String(value);
  if (hasType(schema, 'boolean')) return value === 'yes' ? true : value === 'no' ? false : undefined;
  return value;
}

function invented(title: string, schema: JsonObject, context: FormContext): Json {
  const [variant] = variantsOf(schema) ?? [];
  if (variant) return invented(title, variant, context);
  if (schema['const'] !== undefined) return schema['const'];
  if (schema['default'] !== undefined) return schema['default'];
  if (Array.isArray(schema['enum'])) return (schema['enum'] as Json[])[0] ?? null;
  if (hasType(schema, 'boolean')) return true;
  if (hasType(schema, 'integer') || hasType(schema, 'number')) return numberFor(schema);
  if (hasType(schema, 'array')) return listFor(title, schema, context);
  if (hasType(schema, 'object')) return outputFor(schema, context);
  return textFor(title, schema, context);
}

function textFor(title: string, schema: JsonObject, context: FormContext): string {
  if (schema['format'] === 'date-time') return context.now;
  if (schema['format'] === 'date') return context.now.slice(0, 10);
  if (schema['format'] === 'email') return 'replay@example.org';
  if (schema['format'] === 'uri') return 'https://example.org/replay';
  const least = numeric(schema['minLength'], 0);
  const text = `${title}: as recorded in the replay`;
  return text.padEnd(least, '.').slice(0, numeric(schema['maxLength'], Math.max(least, 500)));
}

function numberFor(schema: JsonObject): number {
  const least =
    schema['exclusiveMinimum'] === undefined
      ? numeric(schema['minimum'], 1)
      : numeric(schema['exclusiveMinimum'], 0) + 1;
  return Math.min(Math.max(1, least), numeric(schema['maximum'], Number.MAX_SAFE_INTEGER));
}

function listFor(title: string, schema: JsonObject, context: FormContext): Json {
  const items = isJsonObject(schema['items']) ? schema['items'] : {};
  const count = Math.max(1, numeric(schema['minItems'], 1));
  const choices = Array.isArray(items['enum']) ? (items['enum'] as Json[]) : undefined;
  if (choices) return choices.slice(0, count);
  return Array.from({ length: count }, (_, n) =>
    invented(count > 1 ? `${title} ${n + 1}` : title, items, context),
  );
}

function variantsOf(schema: JsonObject): JsonObject[] | undefined {
  const variants = schema['oneOf'] ?? schema['anyOf'];
  return Array.isArray(variants) ? (variants as Json[]).filter(isJsonObject) : undefined;
}

function hasType(schema: JsonObject, type: string): boolean {
  const types = schema['type'];
  return types === type || (Array.isArray(types) && (types as Json[]).includes(type));
}

function titleOf(name: string, schema: JsonObject): string {
  const title = schema['x-title'] ?? schema['title'];
  if (typeof title === 'string') return title;
  const [first] = isJsonObject(title) ? Object.values(title) : [];
  return typeof first === 'string' ? first : name;
}

function numeric(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
