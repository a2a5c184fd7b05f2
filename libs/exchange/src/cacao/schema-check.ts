/**
 * The official JSON schemas, read as draft-07 with unknown keywords let pass: the schemas name that dialect and use
 * `unevaluatedProperties` from a later one, and under the later one they refuse the standard's own examples.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Json } from '@cordon/kernel';
import type { Findings } from './document.js';
import { AGENT_TARGET_SCHEMAS } from './schemas/agent-target.js';
import { AUTHENTICATION_INFO_SCHEMAS } from './schemas/authentication-info.js';
import { COMMANDS_SCHEMAS } from './schemas/commands.js';
import { DATA_MARKINGS_SCHEMAS } from './schemas/data-markings.js';
import { DATA_TYPES_SCHEMAS } from './schemas/data-types.js';
import { EXTENSION_DEFINITION_SCHEMAS } from './schemas/extension-definition.js';
import { PLAYBOOK_SCHEMAS } from './schemas/playbook.js';
import { WORKFLOWS_SCHEMAS } from './schemas/workflows.js';

const BASE = 'https://raw.githubusercontent.com/oasis-open/cacao-json-schemas/main/schemas/';

/** Every official schema as its JSON text; `playbook.json` is the root. */
export const OFFICIAL_SCHEMAS: readonly string[] = [
  ...PLAYBOOK_SCHEMAS,
  ...WORKFLOWS_SCHEMAS,
  ...COMMANDS_SCHEMAS,
  ...DATA_TYPES_SCHEMAS,
  ...AGENT_TARGET_SCHEMAS,
  ...AUTHENTICATION_INFO_SCHEMAS,
  ...DATA_MARKINGS_SCHEMAS,
  ...EXTENSION_DEFINITION_SCHEMAS,
];

let compiled: ValidateFunction | undefined;

/** Compiled on first use, once: about half a second. */
function validator(): ValidateFunction {
  if (compiled) return compiled;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  for (const text of OFFICIAL_SCHEMAS) ajv.addSchema(JSON.parse(text) as object);
  const found = ajv.getSchema(`${BASE}playbook.json`);
  if (!found) throw new Error('the CACAO playbook schema is not among the schemas');
  compiled = found;
  return found;
}

/** Problems by the official schemas; a false alarm says in `known` why it is one. */
export interface SchemaProblem {
  readonly pointer: string;
  readonly message: string;
  readonly known?: string;
}

/** Every problem once per place. Linear in the document; values are not quoted. */
export function schemaProblems(document: Json): readonly SchemaProblem[] {
  const validate = validator();
  if (validate(document)) return [];
  const byPlace = new Map<string, SchemaProblem>();
  const alternatives = new Set(
    (validate.errors ?? []).filter((error) => COMPOUND.has(error.keyword)).map((error) => error.instancePath),
  );
  for (const error of validate.errors ?? []) {
    // The members of an "any of" that did not match say less than that none of them did.
    const inside =
      /\/(anyOf|oneOf|if|then|not)\//.test(error.schemaPath) && alternatives.has(error.instancePath);
    if (inside && !COMPOUND.has(error.keyword)) continue;
    const message = wordsOf(error);
    const known = falseAlarm(error, document);
    const problem = { pointer: error.instancePath, message, ...(known === undefined ? {} : { known }) };
    byPlace.set(`${problem.pointer} ${message}`, problem);
  }
  return [...byPlace.values()];
}

/** The same as findings: warnings, because real documents have such problems and can be run all the same. */
export function checkSchema(document: Json, findings: Findings): void {
  for (const { pointer, message, known } of schemaProblems(document)) {
    if (known === undefined) findings.add('warning', pointer, `not by the official schema: ${message}`);
    else findings.add('note', pointer, `the official schema says: ${message}; ${known}`);
  }
}

const COMPOUND = new Set(['anyOf', 'oneOf', 'not', 'if']);

function wordsOf(error: ErrorObject): string {
  if (error.keyword === 'pattern') return 'the value has not the form that is asked for here';
  return error.message ?? error.keyword;
}

/** Alarms that the schemas raise over documents which the specification's text allows. */
function falseAlarm(error: ErrorObject, document: Json): string | undefined {
  const { instancePath, keyword, params } = error;
  const value = valueAt(document, instancePath);
  if (keyword === 'minItems' && instancePath.endsWith('/targets'))
    return 'an empty list of targets is no target';
  if (keyword === 'minimum' && instancePath.endsWith('/delay')) return 'a delay of 0 is allowed by the text';
  if (typeof value === 'string' && /^__[\w-]+__:value$/.test(value)) return 'a variable may stand here';
  const step = /^\/workflow\/[^/]+$/.test(instancePath);
  if (
    keyword === 'required' &&
    step &&
    (params as { missingProperty?: unknown }).missingProperty === 'agent'
  ) {
    return 'without an agent a person does it';
  }
  return undefined;
}

function valueAt(document: Json, pointer: string): unknown {
  let value: unknown = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}
