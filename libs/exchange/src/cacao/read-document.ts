/** The first look at a text: JSON within the limits, a CACAO 2.0 playbook, and steps to begin with. */
import { isJsonObject, type JsonObject } from '@cordon/kernel';
import { readStrictJson } from '../strict-json.js';
import {
  LIMITS,
  nameOf,
  objectOf,
  shorten,
  stepPointer,
  textOf,
  type CacaoDocument,
  type Findings,
} from './document.js';

/** The JSON object, if it is a CACAO playbook within the limits. */
export function readDocument(text: string, findings: Findings): CacaoDocument | undefined {
  if (text.length > LIMITS.chars) {
    findings.add('error', '', `a document has at most ${LIMITS.chars} characters`);
    return undefined;
  }
  const reading = readStrictJson(text, LIMITS.depth);
  if ('fault' in reading) {
    findings.add(
      'error',
      reading.fault.pointer,
      `this is not JSON that can be kept: ${reading.fault.message}`,
    );
    return undefined;
  }
  const { value } = reading;
  if (!isJsonObject(value) || textOf(value, 'type') !== 'playbook') {
    findings.add(
      'error',
      '/type',
      'this is no CACAO playbook: a playbook is an object with "type": "playbook"',
    );
    return undefined;
  }
  const version = textOf(value, 'spec_version');
  if (version === 'cacao-2.0') return value;
  const message = `version ${shorten(version ?? '(none)', 40)} of the format cannot be read: save the playbook as cacao-2.0`;
  findings.add('error', '/spec_version', message);
  return undefined;
}

/** The steps by their ids, and a start among them; undefined when the findings refuse the document. */
export function readSteps(
  document: CacaoDocument,
  findings: Findings,
): ReadonlyMap<string, JsonObject> | undefined {
  const workflow = objectOf(document, 'workflow');
  if (!workflow) {
    findings.add(
      'error',
      '/workflow',
      'the workflow is no dictionary of steps by their ids, as version 2.0 has it',
    );
    return undefined;
  }
  const ids = Object.keys(workflow);
  if (ids.length > LIMITS.steps) {
    findings.add(
      'error',
      '/workflow',
      `a workflow has at most ${LIMITS.steps} steps; this one has ${ids.length}`,
    );
    return undefined;
  }
  const steps = new Map<string, JsonObject>();
  for (const id of ids) {
    const step = workflow[id];
    if (id.length > 250) findings.add('error', '/workflow', 'the id of a step has more than 250 characters');
    else if (/[>#]/.test(id)) findings.add('error', stepPointer(id), 'the id of a step holds ">" or "#"');
    else if (isJsonObject(step)) steps.set(id, step);
    else findings.add('error', stepPointer(id), 'this step is no object');
  }
  const start = textOf(document, 'workflow_start');
  if (start === undefined) {
    findings.add('error', '/workflow_start', 'nothing says where the workflow starts: name its start step');
  } else if (!steps.has(start)) {
    findings.add('error', '/workflow_start', 'the workflow starts with a step that is not in it');
  }
  return findings.refused ? undefined : steps;
}

/** The exception handling, if it names a step; an end adds nothing that anybody would do. */
export function exceptionOf(
  document: CacaoDocument,
  steps: ReadonlyMap<string, JsonObject>,
  findings: Findings,
): string | undefined {
  const id = textOf(document, 'workflow_exception');
  if (id === undefined) return undefined;
  const step = steps.get(id);
  if (!step) {
    const message =
      'the exception handling is a step that is not in the workflow: a failure that nothing handles stays a problem that a coordinator resolves';
    findings.add('warning', '/workflow_exception', message);
    return undefined;
  }
  if (textOf(step, 'type') === 'end') {
    const message = `a failure that nothing handles ends the workflow with ${nameOf(step, id)}: it is shown as a problem, and a coordinator decides`;
    findings.add('note', '/workflow_exception', message);
  }
  return id;
}
