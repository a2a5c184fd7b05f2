/**
 * Cordon's CACAO extension: what the format has no place for. Steps carry their own properties; the playbook carries
 * roles, facts, duties and the structure by the ids of the steps, with a digest of the workflow that it was made for.
 * docs/cacao.md holds its definition.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import {
  objectOf,
  objectsOf,
  stepPointer,
  textOf,
  textsOf,
  type CacaoDocument,
  type Findings,
} from './document.js';

/** Id of the extension's definition; it changes when a reader of the old form could not read the new one. */
export const EXTENSION_ID = 'extension-definition--3e0d8f53-6c1b-4b7e-9d25-7c4a1f0e6b92';

/** Who defines the extension, and who wrote a document where nobody else is named. */
export const CORDON_IDENTITY = 'identity--b8a4f1c6-2d57-4e3a-8f90-51c7d2e6a043';

export const EXTENSION_DEFINITION: JsonObject = {
  type: 'extension-definition',
  name: 'Cordon incident response',
  description:
    'Approvals, deadlines, evidence, forms, duties and roles of a Cordon playbook, and its structure by step ids.',
  created_by: CORDON_IDENTITY,
  schema:
    'Playbook: {version: 1, playbook: Cordon playbook language without steps, phases: structure by step ids, workflow_sha256}, or {version: 1, imported: {id, languages}}. Step: {version: 1, step: Cordon playbook language}. See "The extension" in docs/cacao.md of Cordon.',
  version: '1.0.0',
};

/** SHA-256 over what leads where: types, pointers and conditions of all steps. */
export function workflowDigest(document: CacaoDocument): string {
  const workflow = objectOf(document, 'workflow') ?? {};
  const told = [
    'type',
    'on_completion',
    'on_success',
    'on_failure',
    'next_steps',
    'condition',
    'on_true',
    'on_false',
  ].concat(['switch', 'cases', 'default', 'delay', 'timeout', 'playbook_id', 'playbook_version']);
  const steps = Object.entries(workflow).map(([id, step]) => {
    const members = isJsonObject(step) ? told.flatMap((key) => (key in step ? [[key, step[key]]] : [])) : [];
    return [id, Object.fromEntries(members as [string, Json][])] as const;
  });
  const flow = {
    workflow_start: document['workflow_start'],
    workflow_exception: document['workflow_exception'],
    steps: Object.fromEntries(steps),
  };
  return createHash('sha256').update(canonicalJson(flow), 'utf8').digest('hex');
}

/** A written step without the blocks inside it, and those blocks with the id of the CACAO step. */
export function splitStep(
  raw: JsonObject,
  cacaoStep: string,
  inside: (blocks: Json) => Json,
): { readonly step: JsonObject; readonly structure: JsonObject } {
  const { after, ...step } = raw as Record<string, Json>;
  const structure: Record<string, Json> = { cacao_step: cacaoStep };
  if (after !== undefined) structure['after'] = after;
  const failed = objectOf(raw, 'failed');
  if (failed && 'then' in failed) {
    structure['failed'] = inside(failed['then']);
    delete step['failed'];
  }
  if (Array.isArray(raw['answers'])) {
    const branches: Record<string, Json> = {};
    step['answers'] = (raw['answers'] as readonly JsonObject[]).map(({ then, ...answer }) => {
      if (then !== undefined) branches[textOf(answer, 'id') ?? ''] = inside(then);
      return answer;
    });
    if (Object.keys(branches).length > 0) structure['answers'] = branches;
  }
  return { step, structure };
}

/** What a step's command says in other tools: its instructions, or its title. */
export function manualCommand(step: JsonObject, language: string): string {
  return (
    textOf(objectOf(step, 'instructions'), language) ??
    textOf(objectOf(step, 'title'), language) ??
    'Do the step'
  );
}

/** Id and languages that an imported playbook was given, if the document says so. */
export interface Mark {
  readonly id?: string;
  readonly languages?: readonly string[];
}

export function readMark(document: CacaoDocument): Mark {
  const imported = objectOf(ownExtension(document), 'imported');
  const id = textOf(imported, 'id');
  const languages = imported?.['languages'];
  const isList =
    Array.isArray(languages) && languages.length > 0 && languages.every((one) => typeof one === 'string');
  return {
    ...(id === undefined ? {} : { id }),
    ...(isList ? { languages } : {}),
  };
}

/** The extension of an imported document adds nothing to its original. */
export function stripMark(document: CacaoDocument): CacaoDocument {
  if (!objectOf(ownExtension(document), 'imported')) return document;
  const copy: Record<string, Json> = { ...document };
  for (const name of ['playbook_extensions', 'extension_definitions']) {
    const { [EXTENSION_ID]: own, ...others } = objectOf(document, name) ?? {};
    if (own === undefined) continue;
    if (Object.keys(others).length > 0) copy[name] = others;
    else delete copy[name];
  }
  return copy;
}

export function ownExtension(document: CacaoDocument): JsonObject | undefined {
  return objectOf(objectOf(document, 'playbook_extensions'), EXTENSION_ID);
}

export function ownStep(step: JsonObject): JsonObject | undefined {
  return objectOf(objectOf(objectOf(step, 'step_extensions'), EXTENSION_ID), 'step');
}

/** Members of a step that stand by themselves, wherever the step is. */
const ALONE = ['roles', 'form', 'evidence', 'due', 'optional', 'skip', 'keep'] as const;

/** What Cordon knows of a step whose place in the workflow was changed, with the name and description that it has now. */
export function standingAlone(id: string, step: JsonObject, findings: Findings): JsonObject {
  const own = ownStep(step);
  if (!own) return {};
  const [kind = 'task'] = Object.keys(own);
  if (kind !== 'task') {
    const message = `this step was of the kind "${kind}" in Cordon; in a changed workflow it is read as a task: make it a ${kind} again`;
    findings.add('warning', stepPointer(id), message);
  }
  const due = objectOf(own, 'due');
  const fixed = due === undefined || typeof due['from'] === 'string';
  return Object.fromEntries(
    ALONE.flatMap((name) =>
      own[name] === undefined || (name === 'due' && !fixed) ? [] : [[name, own[name]]],
    ),
  );
}

/** Roles, facts and languages of the playbook that the document was exported from. */
export function declarations(document: CacaoDocument): {
  readonly roles: readonly JsonObject[];
  readonly facts: readonly JsonObject[];
  readonly languages?: readonly string[];
} {
  const playbook = objectOf(ownExtension(document), 'playbook') ?? {};
  const objects = (name: string): readonly JsonObject[] => objectsOf(playbook, name).map(([, one]) => one);
  const languages = textsOf(playbook, 'languages');
  return {
    roles: objects('roles'),
    facts: objects('facts'),
    ...(languages.length === 0 ? {} : { languages }),
  };
}
