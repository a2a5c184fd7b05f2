/** Blocks as written to the model. What repeats per group, and what another playbook brings, is laid out in place. */
import { isJsonObject, type Json } from '@cordon/kernel';
import type { z } from 'zod';
import type { Issue, Path } from './issue.js';
import type {
  After,
  Block,
  Closure,
  Duty,
  Each,
  Fact,
  Graph,
  Group,
  Guard,
  Marking,
  Parallel,
  Property,
  Role,
  Step,
} from './model.js';
import { dutyOf, factOf, propertyOf } from './read-names.js';
import { declaredIds, renamed, withGroup } from './rename.js';
import { isStep } from './plan.js';
import { STEP_KEYS, stepOf, type StepKey } from './read-step.js';
import * as schema from './schema.js';

/** A published playbook as it was written, found by id and version. */
export type PlaybookSources = (
  id: string,
  version: string,
) => { readonly raw: unknown; readonly digest: string } | undefined;

/** What playbooks within a playbook bring along beside their blocks. */
export interface Added {
  readonly facts: Fact[];
  readonly roles: Role[];
  readonly duties: Duty[];
  readonly closure: Closure[];
  readonly properties: Property[];
  readonly markings: Marking[];
  readonly anytime: Step[];
}

const BLOCK_KEYS = [...STEP_KEYS, 'group', 'parallel', 'graph', 'each', 'playbook'] as const;

/** Playbooks within playbooks, and groups within groups: more than anybody can follow. */
const MAX_NESTED = 8;

/** Blocks of one document: what several repetitions multiply ends here, long before it fills the memory. */
const MAX_BLOCKS = 5000;

export class BlockReader {
  readonly issues: Issue[] = [];
  /** Where each model object was written. */
  readonly paths = new Map<object, Path>();
  /** What playbooks within this one bring along. */
  readonly added: Added = {
    facts: [],
    roles: [],
    duties: [],
    closure: [],
    properties: [],
    markings: [],
    anytime: [],
  };
  /** Playbooks being laid out, outermost first. */
  readonly #within: string[] = [];
  readonly #sources: PlaybookSources;
  /** Conditions of the groups around what is being read. */
  #conditions: readonly Guard[] = [];
  #blocks = 0;
  /** How many parallels without an id stand at the same place of the document, by the id made of it. */
  readonly #unnamed = new Map<string, number>();

  constructor(sources: PlaybookSources) {
    this.#sources = sources;
  }

  parse<S extends z.ZodType>(shape: S, raw: unknown, path: Path): z.output<S> | undefined {
    const result = shape.safeParse(raw);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const at = [...path, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
      this.issues.push({ path: at, message: issue.message });
    }
    return undefined;
  }

  blocks(raw: readonly unknown[], path: Path): Block[] {
    return raw.flatMap((item, i) => {
      const block = this.#block(item, [...path, i]);
      return block ? [block] : [];
    });
  }

  /** Steps and nothing else. */
  steps(raw: readonly unknown[], path: Path): Step[] {
    return this.blocks(raw, path).filter((block): block is Step => {
      const branches = block.kind === 'decision' && block.answers.some((answer) => answer.then.length > 0);
      const failing = isStep(block) && block.failed !== undefined && 'then' in block.failed;
      if (isStep(block) && !branches && !failing) return true;
      this.issues.push({
        path: this.paths.get(block) ?? path,
        message: 'write steps only here, without parallel, group, graph, each or "then"',
      });
      return false;
    });
  }

  #block(raw: unknown, path: Path): Block | undefined {
    const kinds = isJsonObject(raw) ? BLOCK_KEYS.filter((key) => key in raw) : [];
    const kind = kinds[0];
    if (kind === undefined || kinds.length > 1) {
      const message = `write exactly one of ${BLOCK_KEYS.join(', ')} here to say what this is`;
      this.issues.push({ path, message });
      return undefined;
    }
    this.#blocks += 1;
    if (this.#blocks > MAX_BLOCKS) {
      if (this.#blocks === MAX_BLOCKS + 1)
        this.issues.push({ path, message: `a playbook has at most ${MAX_BLOCKS} blocks` });
      return undefined;
    }
    const block = this.#blockOf(kind, raw as Record<string, unknown>, path);
    if (block) this.paths.set(block, path);
    return block;
  }

  #blockOf(kind: (typeof BLOCK_KEYS)[number], raw: Record<string, unknown>, path: Path): Block | undefined {
    switch (kind) {
      case 'parallel':
        return this.#parallel(raw, path);
      case 'group':
        return this.#group(raw, path);
      case 'graph':
        return this.#graph(raw, path);
      case 'each':
        return raw.each === 'group' ? this.#eachGroup(raw, path) : this.#each(raw, path);
      case 'playbook':
        return this.#subPlaybook(raw, path);
      default:
        return this.#step(kind, raw, path);
    }
  }

  #step(kind: StepKey, raw: unknown, path: Path): Step | undefined {
    const parsed = this.parse(schema.steps[kind], raw, path);
    return parsed && stepOf(this, parsed, path, this.#conditions);
  }

  #parallel(raw: unknown, path: Path): Parallel | undefined {
    const block = this.parse(schema.parallel, raw, path);
    if (!block) return undefined;
    const branches = block.parallel.map((branch, i) => this.blocks(branch, [...path, 'parallel', i]));
    return { kind: 'parallel', id: block.id ?? this.#idAt(path), branches };
  }

  /** Made of its place; what is laid out several times from one place is counted. */
  #idAt(path: Path): string {
    const id = `parallel-${path.filter((part) => typeof part === 'number').join('-')}`;
    const before = this.#unnamed.get(id) ?? 0;
    this.#unnamed.set(id, before + 1);
    return before === 0 ? id : `${id}-again-${before}`;
  }

  #group(raw: unknown, path: Path): Group | undefined {
    const block = this.parse(schema.group, raw, path);
    if (!block) return undefined;
    const around = this.#conditions;
    if (block.when) this.#conditions = [...around, block.when];
    const blocks = this.blocks(block.steps, [...path, 'steps']);
    this.#conditions = around;
    return { kind: 'group', id: block.group, ...(block.title ? { title: block.title } : {}), blocks };
  }

  #graph(raw: unknown, path: Path): Graph | undefined {
    const block = this.parse(schema.graph, raw, path);
    if (!block) return undefined;
    const nodes = block.steps.flatMap((item, i) => {
      const at = [...path, 'steps', i];
      const { after: ends, ...rest } = isJsonObject(item) ? item : { after: undefined };
      const after = ends === undefined ? [] : this.parse(schema.after, ends, [...at, 'after']);
      const inner = this.#block(isJsonObject(item) ? rest : item, at);
      return inner && after ? [{ block: inner, after: after.map(endOf) }] : [];
    });
    return { kind: 'graph', id: block.graph, nodes };
  }

  #each(raw: unknown, path: Path): Each | undefined {
    const block = this.parse(schema.each, raw, path);
    return block && { kind: 'each', id: block.id, steps: this.steps(block.steps, [...path, 'steps']) };
  }

  #eachGroup(raw: unknown, path: Path): Block | undefined {
    const block = this.parse(schema.eachGroup, raw, path);
    if (!block || this.#tooDeep(path)) return undefined;
    const declared = declaredIds(block.steps as readonly Json[]);
    this.#within.push('');
    const branches = block.groups.map((one) => {
      const steps = renamed(block.steps as readonly Json[], declared, (id) => `${id}-${one.id}`);
      return this.blocks(withGroup(steps, one.title) as readonly Json[], [...path, 'steps']);
    });
    this.#within.pop();
    const [only] = branches;
    if (branches.length === 1 && only) return { kind: 'group', id: block.id, blocks: only };
    return { kind: 'parallel', id: block.id, branches };
  }

  #subPlaybook(raw: unknown, path: Path): Group | undefined {
    const block = this.parse(schema.subPlaybook, raw, path);
    if (!block || this.#tooDeep(path)) return undefined;
    const { id, version, digest } = block.use;
    const refuse = (message: string): undefined => void this.issues.push({ path: [...path, 'use'], message });
    if (this.#within.includes(id)) return refuse(`the playbook ${id} comes to use itself`);
    const found = this.#sources(id, version);
    if (!found) return refuse(`there is no playbook ${id} ${version}: publish it first`);
    if (digest !== undefined && digest !== found.digest)
      return refuse(`the playbook ${id} ${version} has the digest ${found.digest}, not the one written here`);
    this.#within.push(id);
    const blocks = this.#laidOut(block.playbook, found.raw, path);
    this.#within.pop();
    return (
      blocks && { kind: 'group', id: block.playbook, ...(block.title ? { title: block.title } : {}), blocks }
    );
  }

  /** The phases of another playbook in the order of its flow, as groups, every id with the name of this block before it. */
  #laidOut(name: string, raw: unknown, path: Path): readonly Block[] | undefined {
    const doc = this.parse(schema.document, raw, path);
    if (!doc) return undefined;
    const written = doc.phases.flatMap(({ steps, anytime = [] }) => [
      ...steps,
      ...anytime,
    ]) as readonly Json[];
    const declared = declaredIds(written);
    const own = (id: string): string => `${name}-${id}`;
    const groups = new Map(
      doc.phases.map((phase): [string, Json] => {
        const steps = renamed(phase.steps as readonly Json[], declared, own);
        return [phase.id, { group: `${name}-${phase.id}`, title: phase.title, steps }];
      }),
    );
    const groupOf = (id: string): Json => groups.get(id) ?? null;
    const flow = doc.flow.map((item, i): Json =>
      typeof item === 'string'
        ? groupOf(item)
        : { parallel: item.parallel.map((track) => track.map(groupOf)), id: `${name}-tracks-${i + 1}` },
    );
    this.#bring(doc, path, own, declared);
    return flow.flatMap((item) => this.#block(item, path) ?? []);
  }

  /** What a playbook within this one says beside its flow. Ids of what is declared are shared, those of steps are not. */
  #bring(
    doc: z.output<typeof schema.document>,
    path: Path,
    own: (id: string) => string,
    declared: ReadonlySet<string>,
  ): void {
    const { added } = this;
    const named = (id: string): string => (declared.has(id) ? own(id) : id);
    added.facts.push(...(doc.facts ?? []).map(factOf));
    added.roles.push(...doc.roles);
    added.duties.push(...(doc.duties ?? []).map(dutyOf));
    added.closure.push(...(doc.closure ?? []));
    added.markings.push(...(doc.markings ?? []));
    for (const property of doc.properties ?? []) {
      const { id, at, needs } = property;
      added.properties.push(propertyOf({ ...property, id: own(id), at: named(at), needs: needs.map(named) }));
    }
    // A condition around the playbook is one on its flow, and these stand beside the flow.
    const around = this.#conditions;
    this.#conditions = [];
    const anytime = doc.phases.flatMap((phase) => phase.anytime ?? []) as readonly Json[];
    added.anytime.push(...this.steps(renamed(anytime, declared, own) as readonly Json[], path));
    this.#conditions = around;
  }

  #tooDeep(path: Path): boolean {
    if (this.#within.length < MAX_NESTED) return false;
    this.issues.push({ path, message: `playbooks and groups are nested at most ${MAX_NESTED} deep` });
    return true;
  }
}

function endOf(end: z.output<typeof schema.after>[number]): After {
  if (typeof end === 'string') return { step: end, outcome: 'done' };
  return 'answer' in end ? { step: end.step, outcome: 'done', answer: end.answer } : end;
}
