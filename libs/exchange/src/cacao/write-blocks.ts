/** The layout as blocks of a Cordon playbook, ready to be written as YAML. */
import type { Json, JsonObject } from '@cordon/kernel';
import { LOOP_CAP, shorten, textOf } from './document.js';
import type { FlowNode } from './flow.js';
import type { Edge, GraphItem, Item } from './items.js';
import type { StepWriter } from './write-step.js';

type Writable = Record<string, Json>;

/** Writes sequences; every node is written once, and `mapped` says what each step of the document became. */
export class BlockWriter {
  constructor(private readonly steps: StepWriter) {}

  blocks(items: readonly Item[]): JsonObject[] {
    return items.map((item) => this.block(item)).filter((block) => block !== undefined);
  }

  private block(item: Item): JsonObject | undefined {
    switch (item.kind) {
      case 'node':
        return this.single(item);
      case 'acknowledge':
        return this.steps.acknowledge(item.node);
      case 'choice':
        return this.steps.choice(item.node, (key) => this.blocks(item.ways.get(key) ?? []));
      case 'loop':
        return this.steps.loop(item.node, this.blocks(item.body));
      case 'fork':
        return this.fork(item.node, item.branches);
      case 'graph':
        return this.graph(item.node, item.items);
    }
  }

  private single(item: Extract<Item, { kind: 'node' }>): JsonObject {
    const { node } = item;
    const written: Writable = { ...this.steps.single(node) };
    if (item.failed) written['failed'] = { then: this.blocks(item.failed) };
    else if (item.repeat !== undefined) {
      written['failed'] = { repeat: this.steps.idOf(item.repeat), max: LOOP_CAP };
    } else if (node.retry !== undefined) this.steps.retryInWords(node, written);
    if (item.alone !== true) return written;
    return { group: this.steps.claim(node, `${this.steps.idOf(node.id)}-tries`), steps: [written] };
  }

  /** Branches without a step join at once; a parallel of one is a sequence. */
  private fork(node: FlowNode, branches: readonly (readonly Item[])[]): JsonObject | undefined {
    this.steps.unusedTimeout(node, this.steps.source(node));
    const written = branches.map((branch) => this.blocks(branch)).filter((branch) => branch.length > 0);
    if (written.length === 0) return undefined;
    const id = this.steps.idOf(node.id);
    const step = this.steps.source(node);
    const words = textOf(step, 'name') ?? textOf(step, 'description');
    const [only] = written;
    this.steps.becomes(node, id);
    if (written.length === 1 && only) {
      const title = this.steps.text(shorten(words ?? 'Parallel', 300));
      return { group: id, title, steps: only };
    }
    if (words === undefined) return { parallel: written, id };
    const inner = this.steps.claim(node, `${id}-branches`);
    return {
      group: id,
      title: this.steps.text(shorten(words, 300)),
      steps: [{ parallel: written, id: inner }],
    };
  }

  private graph(node: FlowNode, items: readonly GraphItem[]): JsonObject {
    const id = this.steps.claim(node, `${this.steps.idOf(node.id)}-graph`);
    const steps = items.flatMap(({ item, after }) => {
      const block = this.block(item);
      if (!block) return [];
      return [after.length === 0 ? block : { ...block, after: after.map((edge) => this.edge(edge)) }];
    });
    return { graph: id, steps };
  }

  private edge({ from, outcome, way }: Edge): Json {
    const step = this.steps.blockIdOf(from);
    if (way !== undefined) return { step, answer: this.steps.answerIdOf(from, way) };
    return outcome === 'failed' ? { step, outcome } : step;
  }
}
