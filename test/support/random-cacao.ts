/**
 * Valid CACAO 2.0 documents by chance: sequences of actions, conditions, switches, loops and parallels inside each
 * other, branches that end or meet on a shared step, failures that are handled, retried or left to the playbook.
 * A failure of a test shrinks to a small document.
 */
import fc from 'fast-check';

export interface CacaoStep {
  readonly type: string;
  readonly name?: string;
  on_completion?: string;
  on_success?: string;
  on_failure?: string;
  readonly [key: string]: unknown;
}

export interface RandomCacao {
  readonly document: { readonly [key: string]: unknown; readonly workflow: Record<string, CacaoStep> };
  /** Parallels without on_completion, and the step that their branches meet on. */
  readonly joins: ReadonlyMap<string, string>;
}

type Shape =
  | { readonly kind: 'action'; readonly extra: Extra }
  | {
      readonly kind: 'if' | 'switch' | 'parallel' | 'partly';
      readonly goesOn: boolean;
      readonly parts: readonly (readonly Shape[])[];
      readonly extra: Extra;
    }
  | { readonly kind: 'while'; readonly body: readonly Shape[]; readonly extra: Extra };

interface Extra {
  readonly failure: 'none' | 'none' | 'ends' | 'handled' | 'rejoins' | 'again';
  readonly delay: boolean;
  readonly asks: boolean;
  readonly machine: boolean;
}

const extra: fc.Arbitrary<Extra> = fc.record({
  failure: fc.constantFrom('none', 'none', 'none', 'ends', 'handled', 'rejoins', 'again'),
  delay: fc.nat({ max: 5 }).map((n) => n === 0),
  asks: fc.boolean(),
  machine: fc.boolean(),
});

const { sequence } = fc.letrec<{ shape: Shape; sequence: readonly Shape[] }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('action'), extra }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('if', 'switch', 'parallel', 'partly'),
        goesOn: fc.boolean(),
        parts: fc.array(tie('sequence'), { minLength: 2, maxLength: 3, size: '-1' }),
        extra,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('while'),
        body: tie('sequence'),
        extra,
      }),
    },
  ),
  sequence: fc.array(tie('shape'), { minLength: 1, maxLength: 3, size: '-1' }),
}));

/** Three variables: conditions read them and actions set them. */
const VARIABLES = ['__alpha__', '__beta__', '__gamma__'] as const;

/** Lays a drawn shape out as steps. Every sequence leads to the step that it is given as its continuation. */
class Writer {
  readonly workflow: Record<string, CacaoStep> = {};
  readonly joins = new Map<string, string>();
  private count = 0;

  private id(type: string): string {
    this.count += 1;
    return `${type}--00000000-0000-4000-8000-${String(this.count).padStart(12, '0')}`.replace(
      /--0{8}/,
      `--${String(this.count).padStart(8, '0')}`,
    );
  }

  end(): string {
    const id = this.id('end');
    this.workflow[id] = { type: 'end' };
    return id;
  }

  /** The id of the first step. */
  sequence(shapes: readonly Shape[], then: () => string): string {
    const [first, ...rest] = shapes;
    if (!first) return then();
    return this.shape(first, () => (rest.length === 0 ? then() : this.sequence(rest, then)));
  }

  private shape(shape: Shape, then: () => string): string {
    if (shape.kind === 'action') return this.action(shape.extra, then);
    if (shape.kind === 'while') {
      const id = this.id('while-condition');
      this.workflow[id] = {
        ...{ type: 'while-condition', name: id, condition: 'is there more to do' },
        on_true: this.sequence(shape.body, () => this.end()),
        on_completion: then(),
      };
      return id;
    }
    return this.split(shape, then);
  }

  private action({ failure, delay, asks, machine }: Extra, then: () => string): string {
    const id = this.id('action');
    const variable = VARIABLES[this.count % VARIABLES.length] ?? '__alpha__';
    const common = {
      ...{ type: 'action', name: id, agent: AGENT },
      commands: [machine ? { type: 'bash', command: 'true' } : { type: 'manual', command: 'Do it' }],
      ...(delay ? { delay: 60_000 } : {}),
      ...(asks ? { out_args: [variable] } : {}),
    };
    const next = then();
    if (failure === 'none') this.workflow[id] = { ...common, on_completion: next };
    else this.workflow[id] = { ...common, on_success: next, on_failure: this.failure(failure, id, next) };
    return id;
  }

  private failure(failure: Extra['failure'], id: string, next: string): string {
    if (failure === 'again') return id;
    if (failure === 'rejoins' && !next.startsWith('end--')) return this.handler(next);
    return failure === 'handled' ? this.handler(this.end()) : this.end();
  }

  private handler(then: string): string {
    const id = this.id('action');
    const commands = [{ type: 'manual', command: 'Handle it' }];
    this.workflow[id] = { type: 'action', name: id, agent: AGENT, commands, on_completion: then };
    return id;
  }

  private split(shape: Exclude<Shape, { kind: 'action' | 'while' }>, then: () => string): string {
    const { kind, goesOn, parts } = shape;
    const type = kind === 'parallel' ? 'parallel' : kind === 'switch' ? 'switch-condition' : 'if-condition';
    const id = this.id(type);
    // Where the construct goes on by itself its branches end; elsewhere they lead to the same step.
    const next = then();
    const end = goesOn ? () => this.end() : () => next;
    const two = kind === 'if' || kind === 'partly' ? parts.slice(0, 2) : parts;
    const first = two.map((part, i) =>
      this.sequence(part, kind === 'partly' && goesOn && i === 0 ? () => next : end),
    );
    if (kind === 'parallel' && !goesOn) this.joins.set(id, next);
    this.workflow[id] = {
      type,
      name: id,
      ...this.ways(kind, first),
      ...(goesOn ? { on_completion: next } : {}),
    };
    return id;
  }

  private ways(kind: Shape['kind'], first: readonly string[]): object {
    if (kind === 'parallel') return { next_steps: first };
    if (kind === 'switch') {
      const cases = Object.fromEntries(
        first.map((target, i) => [i === 2 ? 'default' : ['true', 'false'][i], target]),
      );
      return { switch: this.count % 2 === 0 ? '__beta__:value' : 'the kind of system', cases };
    }
    const condition =
      this.count % 2 === 0 ? "__alpha__:value == true AND __beta__:value != 'true'" : 'is it bad';
    return { condition, on_true: first[0], on_false: first[1] };
  }
}

const AGENT = 'group--18d3a2e0-f534-4374-a117-abdddd3e809b';

/** A document with at least one action, and what only its author can know of it. */
export const randomCacao: fc.Arbitrary<RandomCacao> = fc
  .record({ shapes: sequence, exception: fc.nat({ max: 3 }), tlp: fc.boolean() })
  .map(({ shapes, exception, tlp }): RandomCacao => {
    const writer = new Writer();
    const first = writer.sequence(shapes, () => writer.end());
    const start = 'start--07bea005-4a36-4a77-bd1f-79a6e4682a13';
    writer.workflow[start] = { type: 'start', on_completion: first };
    const handler = 'action--99999999-4a36-4a77-bd1f-79a6e4682a13';
    if (exception === 0) {
      const commands = [{ type: 'manual', command: 'Tell the lead' }];
      writer.workflow[handler] = {
        type: 'action',
        name: handler,
        agent: AGENT,
        commands,
        on_completion: writer.end(),
      };
    }
    const document = {
      ...{ type: 'playbook', spec_version: 'cacao-2.0', name: 'By chance' },
      id: 'playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562',
      created_by: 'identity--5abe695c-7bd5-4c31-8824-2528696cdbf1',
      created: '2026-02-19T08:00:24.918Z',
      modified: '2026-02-19T08:00:24.918Z',
      ...(tlp ? { markings: ['marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb'] } : {}),
      playbook_variables: Object.fromEntries(VARIABLES.map((name) => [name, { type: 'bool' }])),
      workflow_start: start,
      ...(exception === 0 ? { workflow_exception: handler } : {}),
      workflow: writer.workflow,
      agent_definitions: { [AGENT]: { type: 'group', name: 'IR team' } },
    };
    return { document, joins: writer.joins };
  });
