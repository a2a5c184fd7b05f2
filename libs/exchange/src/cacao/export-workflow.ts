/**
 * A Cordon playbook as a CACAO workflow that another tool can show and run: exact where the format has a word for it,
 * a sentence for people where it has none. What is exact in every case is the extension beside it.
 */
import type { Json, JsonObject } from '@cordon/kernel';
import type { Answer, Block, Each, Graph, GraphNode, Phase, Playbook, Step } from '@cordon/playbook';
import { conditionText, variableOf } from './export-guard.js';
import { EXTENSION_ID, manualCommand, splitStep } from './extension.js';
import { rawBlock, rawPlaybook } from './playbook-raw.js';
import { nameUuid } from './uuid.js';

type Writable = Record<string, Json>;

export interface ExportedWorkflow {
  readonly start: string;
  readonly workflow: JsonObject;
  /** Roles that steps name, as agents. */
  readonly agents: JsonObject;
  /** The phases by the ids of the CACAO steps. */
  readonly phases: readonly Json[];
  /** One CACAO variable for each decision. */
  readonly variables: JsonObject;
}

/** Built from the end backwards; ids come from the playbook's id and the names of its blocks. O(blocks). */
export function exportWorkflow(playbook: Playbook): ExportedWorkflow {
  return new Writer(playbook).write();
}

class Writer {
  private readonly workflow: Writable = {};
  private readonly agents: Writable = {};
  private readonly variables: Writable = {};
  private readonly language: string;

  constructor(private readonly playbook: Playbook) {
    this.language = playbook.languages[0] ?? 'en';
  }

  write(): ExportedWorkflow {
    const flow = [...this.playbook.flow].reverse();
    let next = this.end('playbook');
    flow.forEach((item, i) => {
      if (typeof item === 'string') next = this.phase(item, next);
      else next = this.tracks(item.parallel, `tracks-${flow.length - i}`, next);
    });
    const start = this.id('start', 'playbook');
    this.put(start, { type: 'start', on_completion: next });
    const raw = rawPlaybook(this.playbook);
    const phases = (raw['phases'] as readonly JsonObject[]).map((phase) => this.structure(phase));
    const { workflow, agents, variables } = this;
    return { start, workflow, agents, phases, variables };
  }

  private id(type: string, name: string): string {
    return `${type}--${nameUuid(`${this.playbook.id}/${type}/${name}`)}`;
  }

  private put(id: string, step: JsonObject): string {
    this.workflow[id] = step;
    return id;
  }

  private end(name: string): string {
    return this.put(this.id('end', name), { type: 'end' });
  }

  private text(texts: Readonly<Record<string, string>>): string {
    return texts[this.language] ?? Object.values(texts)[0] ?? '';
  }

  private tracks(tracks: readonly (readonly string[])[], name: string, next: string): string {
    const branches = tracks.map((phases, i) => {
      let at = this.end(`${name}/${i}`);
      for (const phase of [...phases].reverse()) at = this.phase(phase, at);
      return at;
    });
    return this.put(this.id('parallel', name), {
      type: 'parallel',
      next_steps: branches,
      on_completion: next,
    });
  }

  /** Steps beside the flow are branches that are taken when they are needed. */
  private phase(id: string, next: string): string {
    const phase = this.playbook.phases.find((one) => one.id === id);
    if (!phase) return next;
    if (phase.anytime.length === 0) return this.sequence(phase.blocks, next);
    const branches = [this.sequence(phase.blocks, this.end(`phase/${id}`)), ...this.anytime(phase)];
    const name = this.text(phase.title);
    return this.put(this.id('parallel', `phase/${id}`), {
      type: 'parallel',
      name,
      next_steps: branches,
      on_completion: next,
    });
  }

  private anytime(phase: Phase): readonly string[] {
    return phase.anytime.map((step) => {
      const condition = `it is needed: ${this.text(step.title)}`;
      return this.onlyIf(
        `anytime/${step.id}`,
        condition,
        (end) => this.step(step, end),
        this.end(`anytime-done/${step.id}`),
      );
    });
  }

  private sequence(blocks: readonly Block[], next: string): string {
    let at = next;
    for (const block of [...blocks].reverse()) at = this.block(block, at);
    return at;
  }

  private block(block: Block, next: string): string {
    switch (block.kind) {
      case 'group':
        return this.sequence(block.blocks, next);
      case 'parallel': {
        const branches = block.branches.map((branch, i) =>
          this.sequence(branch, this.end(`${block.id}/${i}`)),
        );
        return this.put(this.id('parallel', block.id), {
          type: 'parallel',
          next_steps: branches,
          on_completion: next,
        });
      }
      case 'each':
        return this.each(block, next);
      case 'graph':
        return this.graph(block, next);
      default:
        return this.step(block, next);
    }
  }

  private each({ id, steps }: Each, next: string): string {
    const body = this.sequence(steps, this.end(id));
    const condition = 'an affected system is left that these steps have not been done for';
    return this.put(this.id('while-condition', id), {
      type: 'while-condition',
      condition,
      on_true: body,
      on_completion: next,
    });
  }

  /** In an order that keeps every edge; what does not always happen is asked first. */
  private graph({ nodes }: Graph, next: string): string {
    const ordered = inOrder(nodes);
    const asked = new Set<string>();
    for (const { block, after } of ordered) {
      const conditional = after.some(
        (end) => end.outcome !== 'done' || end.answer !== undefined || asked.has(end.step),
      );
      if (conditional) asked.add(block.id);
    }
    let at = next;
    for (const { block, after } of [...ordered].reverse()) {
      if (!asked.has(block.id)) {
        at = this.block(block, at);
        continue;
      }
      const ends = after.map(({ step, outcome, answer }) =>
        answer === undefined ? `${step} is ${outcome}` : `${step} is answered with ${answer}`,
      );
      at = this.onlyIf(`graph/${block.id}`, ends.join(' or '), (end) => this.block(block, end), at);
    }
    return at;
  }

  private onlyIf(name: string, condition: string, body: (end: string) => string, next: string): string {
    const branch = body(this.end(name));
    return this.put(this.id('if-condition', name), {
      type: 'if-condition',
      condition,
      on_true: branch,
      on_completion: next,
    });
  }

  private step(step: Step, next: string): string {
    if (!step.when) return this.plainStep(step, next);
    return this.onlyIf(`when/${step.id}`, conditionText(step.when), (end) => this.plainStep(step, end), next);
  }

  /** Where somebody goes who goes back to the step. */
  private entry(id: string): string {
    const when = this.id('if-condition', `when/${id}`);
    return when in this.workflow || this.hasCondition(id) ? when : this.id('action', id);
  }

  private hasCondition(id: string): boolean {
    const has = (blocks: readonly Block[]): boolean =>
      blocks.some((one) => one.id === id && 'when' in one && one.when !== undefined);
    return this.playbook.phases.some((phase) => has(phase.blocks) || has(phase.anytime));
  }

  private plainStep(step: Step, next: string): string {
    const id = this.id('action', step.id);
    const onward = step.kind === 'decision' ? this.answers(step, next) : next;
    const { step: own } = splitStep(rawBlock(step), id, () => null);
    const ways = this.ways(step, onward);
    const facts = step.form.flatMap(({ fact }) => (fact === undefined ? [] : [variableOf(fact)]));
    const results = [...new Set([...facts, ...(step.kind === 'decision' ? [answerVariable(step.id)] : [])])];
    return this.put(id, {
      type: 'action',
      name: this.text(step.title),
      ...(step.instructions ? { description: this.text(step.instructions) } : {}),
      ...(step.kind === 'wait' && step.forMs !== undefined && step.forMs > 0 ? { delay: step.forMs } : {}),
      ...(step.timeoutMs === undefined ? {} : { timeout: step.timeoutMs }),
      commands: [{ type: 'manual', command: manualCommand(own, this.language) }],
      agent: this.agent(step.roles[0] ?? 'responder'),
      ...(results.length === 0 ? {} : { out_args: results }),
      ...ways,
      step_extensions: { [EXTENSION_ID]: { version: 1, step: own } },
    });
  }

  private ways(step: Step, next: string): JsonObject {
    const { failed } = step;
    if (failed && 'then' in failed) return { on_success: next, on_failure: this.sequence(failed.then, next) };
    const back = failed ? failed.repeat : step.kind === 'approval' ? step.refused : undefined;
    return back === undefined ? { on_completion: next } : { on_success: next, on_failure: this.entry(back) };
  }

  /** The switch on what was answered. */
  private answers(step: Extract<Step, { kind: 'decision' }>, next: string): string {
    const variable = answerVariable(step.id);
    this.variables[variable] = { type: 'string', description: this.text(step.title), constant: false };
    const cases = Object.fromEntries(step.answers.map((answer) => [answer.id, this.answer(step.id, answer)]));
    return this.put(this.id('switch-condition', step.id), {
      type: 'switch-condition',
      name: this.text(step.title),
      ...{ switch: `${variable}:value`, cases, on_completion: next },
    });
  }

  private answer(step: string, answer: Answer): string {
    const name = `${step}/${answer.id}`;
    const end = this.end(name);
    if (answer.repeat === undefined && !answer.again) return this.sequence(answer.then, end);
    const words = answer.again
      ? 'Answer the question again'
      : `Go back to ${answer.repeat ?? ''}: do it, and all after it, again`;
    const back = this.put(this.id('action', `back/${name}`), {
      type: 'action',
      name: words,
      commands: [{ type: 'manual', command: `${this.text(answer.title)}: ${words}` }],
      agent: this.agent('responder'),
      on_completion: end,
    });
    return this.sequence(answer.then, back);
  }

  private agent(role: string): string {
    const id = this.id('group', `role/${role}`);
    const title = this.playbook.roles.find((one) => one.id === role)?.title;
    this.agents[id] = { type: 'group', name: title ? this.text(title) : role };
    return id;
  }

  /** The written phase with `{cacao_step}` where its steps stand. */
  private structure(value: Json): Json {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.structure(item));
    if (typeof value !== 'object' || value === null) return value;
    const object = value as JsonObject;
    const kind = ['task', 'notice', 'decision', 'approval', 'action', 'wait'].find((key) => key in object);
    if (kind !== undefined && typeof object[kind] === 'string') {
      return splitStep(object, this.id('action', object[kind]), (blocks) => this.structure(blocks)).structure;
    }
    return Object.fromEntries(
      Object.entries(object).map(([key, member]) => [
        key,
        HOLDS_BLOCKS.has(key) ? this.structure(member) : member,
      ]),
    );
  }
}

/** Members of phases and blocks in which further blocks stand. */
const HOLDS_BLOCKS = new Set(['steps', 'anytime', 'parallel']);

function answerVariable(step: string): string {
  return `__answer-${step}__`;
}

function inOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.block.id, node]));
  const done = new Set<string>();
  const order: GraphNode[] = [];
  const visit = (node: GraphNode): void => {
    if (done.has(node.block.id)) return;
    done.add(node.block.id);
    for (const { step } of node.after) {
      const before = byId.get(step);
      if (before) visit(before);
    }
    order.push(node);
  };
  nodes.forEach(visit);
  return order;
}
