/** What the official schemas cannot see, beyond what reading the workflow itself finds. */
import type { JsonObject } from '@cordon/kernel';
import {
  listOf,
  nameOf,
  objectOf,
  pointerOf,
  stepPointer,
  textOf,
  type CacaoDocument,
  type Findings,
} from './document.js';
import { END, type Workflow } from './flow.js';
import type { Layout } from './layout.js';

/** Findings about the whole document. */
export function lintDocument(document: CacaoDocument, findings: Findings): void {
  if (document['revoked'] === true) {
    findings.add(
      'warning',
      '/revoked',
      'the author has revoked this playbook: ask whether another has taken its place',
    );
  }
  for (const dictionary of ['agent_definitions', 'target_definitions']) {
    const definitions = objectOf(document, dictionary);
    for (const id of Object.keys(definitions ?? {}))
      lintContact(dictionary, id, objectOf(definitions, id), findings);
  }
  const defined = new Set(Object.keys(objectOf(document, 'extension_definitions') ?? {}));
  for (const [path, extensions] of extensionsIn(document)) {
    for (const id of Object.keys(extensions)) {
      if (defined.has(id)) continue;
      findings.add(
        'note',
        pointerOf(...path, id),
        'this extension is not defined in the document; it is kept as it stands',
      );
    }
  }
}

function extensionsIn(document: CacaoDocument): readonly (readonly [readonly string[], JsonObject])[] {
  const found: [readonly string[], JsonObject][] = [];
  const own = objectOf(document, 'playbook_extensions');
  if (own) found.push([['playbook_extensions'], own]);
  const steps = objectOf(document, 'workflow');
  for (const id of Object.keys(steps ?? {})) {
    const extensions = objectOf(objectOf(steps, id), 'step_extensions');
    if (extensions) found.push([['workflow', id, 'step_extensions'], extensions]);
  }
  return found;
}

/** RFC 5322's everyday addresses: what looks like more is nothing to write to. */
const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;

function lintContact(
  dictionary: string,
  id: string,
  agent: JsonObject | undefined,
  findings: Findings,
): void {
  const emails = objectOf(objectOf(agent, 'contact'), 'email');
  for (const [kind, address] of Object.entries(emails ?? {})) {
    if (typeof address === 'string' && (EMAIL.test(address) || /^__[\w-]+__:value$/.test(address))) continue;
    const pointer = pointerOf(dictionary, id, 'contact', 'email', kind);
    findings.add('warning', pointer, 'this is no e-mail address: check it before anybody writes to it');
  }
}

/** Findings about starts, ends and what is never come to. */
export function lintWorkflow(workflow: Workflow, start: string, findings: Findings): void {
  const { steps, reached } = workflow;
  if (textOf(steps.get(start), 'type') !== 'start') {
    findings.add(
      'warning',
      '/workflow_start',
      'this is no start step: the workflow begins with it all the same',
    );
  }
  const arrivals = new Map<string, number>();
  let ends = 0;
  for (const [id, step] of steps) {
    if (!reached.has(id)) {
      const message = `${nameOf(step, id)} is never come to: no way from the start leads there, and it is left out`;
      findings.add('warning', stepPointer(id), message);
      continue;
    }
    if (textOf(step, 'type') === 'end') ends += 1;
    for (const target of targetsWritten(step)) arrivals.set(target, (arrivals.get(target) ?? 0) + 1);
  }
  if (ends === 0)
    findings.add('warning', '/workflow', 'the workflow has no end step: it ends with its last steps');
  for (const [id, count] of arrivals) {
    if (count < 2 || textOf(steps.get(id), 'type') !== 'end') continue;
    const message = `${nameOf(steps.get(id), id)} ends ${count} ways; the standard asks for an end of its own for every branch`;
    findings.add('note', stepPointer(id), message);
  }
}

function targetsWritten(step: JsonObject): readonly string[] {
  const single = ['on_completion', 'on_success', 'on_failure', 'on_true', 'on_false', 'default'];
  const cases = Object.values(objectOf(step, 'cases') ?? {});
  const all = [...single.map((key) => step[key]), ...listOf(step, 'next_steps'), ...cases];
  return all.filter((target) => typeof target === 'string');
}

/** How the structure was read where the document leaves it open. */
export function noteStructure(
  workflow: Workflow,
  layout: Layout,
  graphs: readonly string[],
  findings: Findings,
): void {
  const named = (id: string): string => {
    const step = layout.nodes.get(id)?.step ?? id;
    return nameOf(workflow.steps.get(step), step);
  };
  for (const [fork, meeting] of layout.joins) {
    if (meeting === END) continue;
    const step = layout.nodes.get(fork)?.step ?? fork;
    findings.add(
      'note',
      stepPointer(step),
      `the branches of ${named(fork)} meet on ${named(meeting)}: it waits for all of them`,
    );
  }
  for (const id of graphs) {
    const step = layout.nodes.get(id)?.step ?? id;
    const message = `from ${named(id)} on, ways share steps or end in different places: written as a graph of what comes after what`;
    findings.add('note', stepPointer(step), message);
  }
}
