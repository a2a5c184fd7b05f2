/** The document as written to the model: defaults filled in, shorthand spelled out, findings collected with their path. */
import { isJsonObject } from '@cordon/kernel';
import type { z } from 'zod';
import type { Answer, Block, Due, Each, Field, Guard, Parallel, Playbook, Step } from './model.js';
import * as schema from './schema.js';

export type Path = readonly (string | number)[];
export interface Issue {
  readonly path: Path;
  readonly message: string;
}

type StepKey = keyof typeof schema.steps;
const STEP_KEYS = Object.keys(schema.steps) as StepKey[];
const BLOCK_KEYS = [...STEP_KEYS, 'parallel', 'each'] as const;

/** Reads a parsed YAML value. The playbook is present exactly when there are no issues. */
export function readPlaybook(raw: unknown): {
  readonly playbook?: Playbook;
  readonly issues: readonly Issue[];
  readonly paths: ReadonlyMap<object, Path>;
} {
  const reader = new Reader();
  const doc = reader.parse(schema.document, raw, []);
  if (!doc) return { issues: reader.issues, paths: reader.paths };
  const phases = doc.phases.map((phase, i) => {
    const path = ['phases', i];
    const read = {
      id: phase.id,
      title: phase.title,
      ...(phase.summary ? { summary: phase.summary } : {}),
      blocks: reader.blocks(phase.steps, [...path, 'steps']),
    };
    reader.paths.set(read, path);
    return read;
  });
  const playbook: Playbook = {
    language: 1,
    id: doc.id,
    version: doc.version,
    languages: doc.languages,
    title: doc.title,
    summary: doc.summary,
    roles: doc.roles,
    facts: (doc.facts ?? []).map((f) => ({ ...f, options: f.options ?? [] })),
    phases,
    flow: doc.flow,
  };
  playbook.facts.forEach((f, i) => reader.paths.set(f, ['facts', i]));
  return { ...(reader.issues.length === 0 ? { playbook } : {}), issues: reader.issues, paths: reader.paths };
}

class Reader {
  readonly issues: Issue[] = [];
  /** Where each model object was written. */
  readonly paths = new Map<object, Path>();

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
      const block = this.block(item, [...path, i]);
      if (block) this.paths.set(block, [...path, i]);
      return block ? [block] : [];
    });
  }

  private block(raw: unknown, path: Path): Block | undefined {
    const kinds = isJsonObject(raw) ? BLOCK_KEYS.filter((key) => key in raw) : [];
    const kind = kinds[0];
    if (kind === undefined || kinds.length > 1) {
      this.issues.push({
        path,
        message: `write exactly one of ${BLOCK_KEYS.join(', ')} here to say what this is`,
      });
      return undefined;
    }
    if (kind === 'parallel') return this.parallel(raw, path);
    if (kind === 'each') return this.each(raw, path);
    return this.step(kind, raw, path);
  }

  private parallel(raw: unknown, path: Path): Parallel | undefined {
    const block = this.parse(schema.parallel, raw, path);
    if (!block) return undefined;
    const branches = block.parallel.map((branch, i) => this.blocks(branch, [...path, 'parallel', i]));
    const id = block.id ?? `parallel-${path.filter((part) => typeof part === 'number').join('-')}`;
    return { kind: 'parallel', id, branches };
  }

  private each(raw: unknown, path: Path): Each | undefined {
    const block = this.parse(schema.each, raw, path);
    if (!block) return undefined;
    const steps = this.blocks(block.steps, [...path, 'steps']).filter((inner): inner is Step => {
      const isStep = inner.kind !== 'parallel' && inner.kind !== 'each';
      const branches = inner.kind === 'decision' && inner.answers.some((answer) => answer.then.length > 0);
      if (!isStep || branches) {
        this.issues.push({
          path,
          message: 'inside "each" write steps only, without parallel, each or "then"',
        });
      }
      return isStep;
    });
    return { kind: 'each', id: block.id, steps };
  }

  private step(kind: StepKey, raw: unknown, path: Path): Step | undefined {
    const parsed = this.parse(schema.steps[kind], raw, path);
    if (!parsed) return undefined;
    const roles = parsed.roles ?? (parsed.role === undefined ? [] : [parsed.role]);
    if (parsed.role !== undefined && parsed.roles !== undefined) {
      this.issues.push({ path, message: 'write "role" or "roles", not both' });
    }
    const base = stepBase(parsed, roles);
    if ('task' in parsed) return { kind: 'task', id: parsed.task, ...base };
    if ('notice' in parsed) return { kind: 'notice', id: parsed.notice, to: parsed.to, ...base };
    if ('decision' in parsed)
      return { kind: 'decision', id: parsed.decision, ...base, answers: this.answers(parsed.answers, path) };
    if ('approval' in parsed) {
      const { approval: id, count, covers, refused } = parsed;
      return { kind: 'approval', id, ...base, count: count ?? 1, covers, refused: refused.repeat };
    }
    if ('action' in parsed) {
      return {
        kind: 'action',
        id: parsed.action,
        ...base,
        action: parsed.do,
        input: parsed.with ?? {},
      };
    }
    const ends = {
      ...(parsed.for === undefined ? {} : { forMs: parsed.for }),
      ...(parsed.until ? { until: parsed.until as Guard } : {}),
    };
    return { kind: 'wait', id: parsed.wait, ...base, ...ends };
  }

  private answers(raw: z.output<typeof schema.steps.decision>['answers'], path: Path): Answer[] {
    return raw.map((answer, i) => {
      if (answer.then && answer.repeat !== undefined) {
        this.issues.push({ path: [...path, 'answers', i], message: 'write "then" or "repeat", not both' });
      }
      return {
        id: answer.id,
        title: answer.title,
        set: answer.set ?? {},
        then: answer.then ? this.blocks(answer.then, [...path, 'answers', i, 'then']) : [],
        ...(answer.repeat === undefined ? {} : { repeat: answer.repeat }),
      };
    });
  }
}

/** What steps of every kind have. */
function stepBase(parsed: z.output<(typeof schema.steps)[StepKey]>, roles: readonly string[]) {
  return {
    title: parsed.title,
    ...(parsed.instructions ? { instructions: parsed.instructions } : {}),
    roles,
    mandatory: parsed.optional !== true,
    ...(parsed.when ? { when: parsed.when as Guard } : {}),
    ...(parsed.due ? { due: dueOf(parsed.due) } : {}),
    form: (parsed.form ?? []).map(fieldOf),
    ...(parsed.move ? { move: parsed.move } : {}),
  };
}

function fieldOf({ id, type, title, required, options, fact }: z.output<typeof schema.field>): Field {
  return {
    id,
    type,
    title,
    required: required ?? false,
    options: options ?? [],
    ...(fact === undefined ? {} : { fact }),
  };
}

function dueOf(due: z.output<typeof schema.due>): Due {
  return {
    withinMs: due.within,
    from: due.from,
    remindMs: due.remind ?? [],
    escalate: (due.escalate ?? []).map(({ after, to }) => ({ afterMs: after, to })),
  };
}
