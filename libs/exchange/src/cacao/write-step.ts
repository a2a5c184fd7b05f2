/** One node of the flow as a Cordon step: tasks, waits, decisions and loops. */
import type { Json, JsonObject } from '@cordon/kernel';
import type { Playbook } from '@cordon/playbook';
import { opposite } from './condition.js';
import { casesOf, guardOf, yesOrNo } from './decision-guards.js';
import { LOOP_CAP, nameOf, pointerOf, shorten, stepPointer, textOf, textsOf } from './document.js';
import { delayOf, isDefault, isKnownType, type FlowNode, type Workflow } from './flow.js';
import { durationText } from './iso-duration.js';
import { Names, slug } from './names.js';
import { RESPONDER } from './roles.js';
import { instructionsOf, type StepTexts } from './step-text.js';

/** A published playbook that a `playbook-action` means. */
export interface PlaybookPin {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
  /** Its source, to be laid out in place. */
  readonly text: string;
}

/** The playbook that a playbook-action runs, if it is known. */
export function pinOf(
  step: JsonObject,
  { resolvePlaybook }: Pick<WriterOptions, 'resolvePlaybook'>,
): PlaybookPin | undefined {
  const id = textOf(step, 'playbook_id');
  return id === undefined ? undefined : resolvePlaybook?.(id, textOf(step, 'playbook_version'));
}

export interface WriterOptions extends StepTexts {
  readonly workflow: Workflow;
  readonly languages: Playbook['languages'];
  /** What an extension says of a step by itself. */
  readonly ownProperties: (id: string, step: JsonObject) => JsonObject;
  readonly resolvePlaybook?: ((id: string, modified?: string) => PlaybookPin | undefined) | undefined;
}

type Writable = Record<string, Json>;

/** The most fields a form has. */
const MOST_FIELDS = 40;

export class StepWriter {
  /** What each step of the document became. */
  readonly became = new Map<string, string[]>();
  /** Playbooks that are used, to be given to the parser. */
  readonly pins: PlaybookPin[] = [];
  private readonly names = new Names(['workflow']);
  private readonly ids = new Map<string, string>();
  private readonly blocks = new Map<string, string>();
  private readonly answers = new Map<string, ReadonlyMap<string, string>>();

  constructor(private readonly options: WriterOptions) {}

  source(node: FlowNode): JsonObject {
    return this.options.workflow.steps.get(node.step) ?? {};
  }

  text(words: string): JsonObject {
    return Object.fromEntries(this.options.languages.map((language) => [language, words]));
  }

  /** The id of the node's own step; the same for the same node. */
  idOf(nodeId: string): string {
    const known = this.ids.get(nodeId);
    if (known !== undefined) return known;
    const [step = nodeId, part] = nodeId.split('#');
    const id =
      part === undefined ? this.names.of(step, 'step') : this.names.claim(`${this.idOf(step)}-${part}`);
    this.ids.set(nodeId, id);
    return id;
  }

  /** The block that stands for the node in its graph. */
  blockIdOf(nodeId: string): string {
    return this.blocks.get(nodeId) ?? this.idOf(nodeId);
  }

  answerIdOf(nodeId: string, way: string): string {
    return this.answers.get(nodeId)?.get(way) ?? way;
  }

  /** An id for a block around or beside the node. */
  claim(node: FlowNode, base: string): string {
    const id = this.names.claim(base);
    this.becomes(node, id);
    if (base.endsWith('-tries')) this.blocks.set(node.id, id);
    return id;
  }

  becomes(node: FlowNode, id: string): void {
    const list = this.became.get(node.step);
    if (list) list.push(id);
    else this.became.set(node.step, [id]);
  }

  single(node: FlowNode): JsonObject {
    const id = this.idOf(node.id);
    this.becomes(node, id);
    if (node.kind === 'wait') return this.wait(node, id);
    const type = textOf(this.source(node), 'type');
    if (type === 'playbook-action') return this.playbookAction(node, id);
    return this.task(node, id, type);
  }

  /** Says that a failure leads to nothing more in the document. */
  acknowledge(node: FlowNode): JsonObject {
    const id = this.claim(node, `${this.idOf(node.id)}-failure-noted`);
    const name = nameOf(this.source(node), node.step);
    const title = this.text(`${name} has failed, and nothing is left to do here: confirm`);
    return { task: id, title, role: RESPONDER.id, source: sourceOf(node) };
  }

  /** A failure that goes back where a playbook cannot say so. */
  retryInWords(node: FlowNode, written: Writable): void {
    const target = this.options.workflow.nodes.get(node.retry ?? '')?.step ?? '';
    const name = nameOf(this.options.workflow.steps.get(target), target);
    const words = `If this fails, a coordinator reopens ${name}: it is done again, and all after it.`;
    const before = written['instructions'] as Readonly<Record<string, string>> | undefined;
    const first = Object.values(before ?? {})[0];
    written['instructions'] = this.text(first === undefined ? words : `${first}\n\n${words}`);
    const message = `a failure of ${nameOf(this.source(node), node.step)} leads back to ${name}, which is not in the same sequence: its instructions say so`;
    this.options.findings.add('warning', `${stepPointer(node.step)}/on_failure`, message);
  }

  /** An if, a switch, or the question whether a construct succeeded. */
  choice(node: FlowNode, blocksOf: (key: string) => readonly JsonObject[]): JsonObject {
    const id = this.idOf(node.id);
    this.becomes(node, id);
    const step = this.source(node);
    const switches = node.kind !== 'outcome' && textOf(step, 'type') === 'switch-condition';
    const asked =
      node.kind === 'outcome'
        ? undefined
        : switches
          ? casesOf(node, step, this.options)
          : yesOrNo(node, step, this.options);
    const ids = new Names();
    const named = node.branches.map(({ key }) => ({ key, id: ids.claim(answerId(key)) }));
    this.answers.set(node.id, new Map(named.map(({ key, id: answer }) => [key, answer])));
    const answers = named.map(({ key, id: answer }): JsonObject => {
      const then = blocksOf(key);
      const when = asked?.get(key);
      return {
        id: answer,
        title: this.text(answerTitle(key)),
        ...(when === undefined ? {} : { when }),
        ...(then.length === 0 ? {} : { then }),
      };
    });
    if (node.kind === 'outcome') return { decision: id, ...this.outcomeText(node, step), answers };
    return {
      decision: id,
      ...this.question(node, step, asked !== undefined),
      ...this.timeout(node, step),
      answers,
    };
  }

  loop(node: FlowNode, body: readonly JsonObject[]): JsonObject {
    const id = this.idOf(node.id);
    this.becomes(node, id);
    const step = this.source(node);
    const read = guardOf(node, step, this.options);
    // A round that asks nobody would come round by itself without end: then a person says when it is over.
    const guard = body.some(takesSomebody) ? read : undefined;
    this.unusedTimeout(node, step);
    const again = {
      id: 'again',
      title: this.text('It holds: do the steps of the loop'),
      ...(guard ? { when: guard as Json } : {}),
      ...(body.length === 0 ? {} : { then: body }),
      again: true,
      max: LOOP_CAP,
    };
    const goOn = {
      id: 'go-on',
      title: this.text('It does not hold: go on'),
      ...(guard ? { when: opposite(guard) as Json } : {}),
    };
    return { decision: id, ...this.question(node, step, guard !== undefined), answers: [again, goOn] };
  }

  /** A parallel has no time limit in a playbook, and a loop has none either. */
  unusedTimeout(node: FlowNode, step: JsonObject): void {
    if (typeof step['timeout'] !== 'number') return;
    const message = `the time limit of ${nameOf(step, node.step)} is not kept: limits stand on single steps`;
    this.options.findings.add('warning', pointerOf('workflow', node.step, 'timeout'), message);
  }

  private wait(node: FlowNode, id: string): JsonObject {
    const step = this.source(node);
    const time = durationText(delayOf(step));
    const title = this.text(`Wait before ${nameOf(step, node.step)}`);
    return {
      wait: id,
      title,
      role: this.options.roles.roleOf(node.step, step).id,
      for: time,
      source: sourceOf(node),
    };
  }

  private task(node: FlowNode, id: string, type: string | undefined): JsonObject {
    const step = this.source(node);
    const more: string[] = [];
    if (!isKnownType(type)) {
      const message = `"${shorten(type ?? 'nothing', 60)}" is no type of a step: a person does what it says`;
      this.options.findings.add('warning', pointerOf('workflow', node.step, 'type'), message);
      more.push(
        `As written:\n\n\`\`\`\n${shorten(JSON.stringify(step), 4000).replaceAll('```', "'''")}\n\`\`\``,
      );
    }
    const { role, ...common } = this.common(node, step, more);
    const { roles = [role ?? RESPONDER.id], ...own } = this.options.ownProperties(node.step, step);
    return { task: id, ...common, roles, ...this.timeout(node, step), ...this.form(node, step), ...own };
  }

  private playbookAction(node: FlowNode, id: string): JsonObject {
    const step = this.source(node);
    const { findings } = this.options;
    const wanted = textOf(step, 'playbook_id');
    const modified = textOf(step, 'playbook_version');
    const pin = pinOf(step, this.options);
    if (pin) {
      this.pins.push(pin);
      const title = this.text(shorten(textOf(step, 'name') ?? pin.id, 500));
      return { playbook: id, title, use: { id: pin.id, version: pin.version, digest: pin.digest } };
    }
    const named = wanted ?? 'that the document does not name';
    const version = modified === undefined ? '' : ` (version of ${modified})`;
    const message = `the playbook ${named} is not known here: ${nameOf(step, node.step)} is to run it and report back`;
    findings.add('warning', pointerOf('workflow', node.step, 'playbook_id'), message);
    const more = [`Run playbook ${named}${version} and report back.`];
    return {
      task: id,
      ...this.common(node, step, more),
      ...this.timeout(node, step),
      ...this.form(node, step),
    };
  }

  private common(node: FlowNode, step: JsonObject, more: readonly string[]): JsonObject {
    const instructions = instructionsOf(node.step, step, this.options, more);
    return {
      title: this.text(
        shorten(textOf(step, 'name') ?? textOf(step, 'description') ?? 'Step without a name', 500),
      ),
      ...(instructions === undefined ? {} : { instructions: this.text(instructions) }),
      role: this.options.roles.roleOf(node.step, step).id,
      source: sourceOf(node),
    };
  }

  private timeout(node: FlowNode, step: JsonObject): JsonObject {
    const { timeout } = step;
    if (timeout === undefined) return {};
    if (typeof timeout === 'number' && timeout > 0) return { timeout: durationText(timeout) };
    const pointer = pointerOf('workflow', node.step, 'timeout');
    this.options.findings.add(
      'warning',
      pointer,
      'a time limit is a number of milliseconds above 0: this one is not kept',
    );
    return {};
  }

  private form(node: FlowNode, step: JsonObject): JsonObject {
    const { findings, variables } = this.options;
    const fields: JsonObject[] = [];
    const names = new Names(['answer']);
    textsOf(step, 'out_args').forEach((name, i) => {
      const pointer = pointerOf('workflow', node.step, 'out_args', i);
      const variable = variables.find(node.step, name);
      if (!variable || variable.constant) {
        const problem = variable
          ? 'is constant: its result is noted, and changes nothing'
          : 'is not defined: its result is noted';
        findings.add('warning', pointer, `the variable ${shorten(name, 80)} ${problem}`);
        fields.push({
          id: names.claim(`result${i + 1}`),
          type: 'text',
          title: this.text(shorten(name, 300)),
        });
        return;
      }
      const { fact, type, title } = variable;
      fields.push({ id: names.claim(fact), type, title: this.text(title), fact });
    });
    if (fields.length > MOST_FIELDS) {
      const message = `only the first ${MOST_FIELDS} of ${fields.length} results are asked for`;
      findings.add('warning', pointerOf('workflow', node.step, 'out_args'), message);
    }
    return fields.length === 0 ? {} : { form: fields.slice(0, MOST_FIELDS) };
  }

  /** A condition that the machine can read may keep the step's name; one for people is the question. */
  private question(node: FlowNode, step: JsonObject, read: boolean): JsonObject {
    const asked = textOf(step, 'condition') ?? textOf(step, 'switch');
    const name = textOf(step, 'name');
    const title = (read ? name : undefined) ?? asked ?? name ?? textOf(step, 'description') ?? node.step;
    const more = [
      ...(name !== undefined && name !== title ? [name] : []),
      ...(asked === undefined ? [] : [`Condition: \`${asked.replaceAll('`', "'")}\``]),
    ];
    const instructions = instructionsOf(node.step, step, this.options, more);
    return {
      title: this.text(shorten(title, 500)),
      ...(instructions === undefined ? {} : { instructions: this.text(instructions) }),
      role: this.options.roles.roleOf(node.step, step).id,
      source: sourceOf(node),
    };
  }

  private outcomeText(node: FlowNode, step: JsonObject): JsonObject {
    return {
      title: this.text(`Did ${nameOf(step, node.step)} succeed?`),
      role: RESPONDER.id,
      source: sourceOf(node),
    };
  }
}

/** A block that nobody passes without doing something, as the playbook's own checks see it. */
function takesSomebody(block: JsonObject): boolean {
  if (Array.isArray(block['steps']) && 'group' in block)
    return (block['steps'] as JsonObject[]).some(takesSomebody);
  if ('decision' in block) return (block['answers'] as JsonObject[]).every((answer) => !('when' in answer));
  return 'task' in block || 'wait' in block;
}

function sourceOf(node: FlowNode): string {
  return `#${stepPointer(node.step)}`;
}

const ANSWERS: Readonly<Record<string, readonly [string, string]>> = {
  on_true: ['yes', 'Yes'],
  on_false: ['no', 'No'],
  succeeded: ['succeeded', 'It succeeded'],
  failed: ['failed', 'It failed'],
};

function answerId(key: string): string {
  if (isDefault(key)) return 'otherwise';
  return ANSWERS[key]?.[0] ?? `case-${slug(key.slice('cases/'.length), 40) || 'x'}`;
}

function answerTitle(key: string): string {
  if (isDefault(key)) return 'Anything else';
  return ANSWERS[key]?.[1] ?? shorten(key.slice('cases/'.length) || '(empty)', 300);
}
