/** CACAO variables (section 10.18) as facts: what may change is a fact, what is constant is text. */
import type { JsonObject } from '@cordon/kernel';
import { objectOf, pointerOf, shorten, textOf, type CacaoDocument, type Findings } from './document.js';

export interface Variable {
  /** As the document spells it, `__name__`. */
  readonly name: string;
  /** The Cordon fact. */
  readonly fact: string;
  readonly type: 'yesno' | 'number' | 'text';
  readonly title: string;
  readonly constant: boolean;
  readonly value?: string;
  readonly description?: string;
  readonly pointer: string;
}

const NUMBERS = new Set(['integer', 'long', 'float']);
const NAME = /^__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__$/;

/** Names that every incident has of its own, and those that every JavaScript object answers to. */
const TAKEN = ['awareAt', 'onsetAt', ...Object.getOwnPropertyNames(Object.prototype)];

/** The variables of the playbook and, by step id, those of single steps; a step's own hides the playbook's. */
export class Variables {
  private readonly global = new Map<string, Variable>();
  private readonly local = new Map<string, Map<string, Variable>>();
  private readonly taken = new Set(TAKEN);

  constructor(document: CacaoDocument, steps: ReadonlyMap<string, JsonObject>, findings: Findings) {
    this.read(objectOf(document, 'playbook_variables'), ['playbook_variables'], this.global, findings);
    for (const [id, step] of steps) {
      const own = objectOf(step, 'step_variables');
      if (!own) continue;
      const scope = new Map<string, Variable>();
      this.read(own, ['workflow', id, 'step_variables'], scope, findings);
      this.local.set(id, scope);
    }
  }

  /** The variable that the step means by the name. */
  find(step: string, name: string): Variable | undefined {
    const bare = name.endsWith(':value') ? name.slice(0, -':value'.length) : name;
    return this.local.get(step)?.get(bare) ?? this.global.get(bare);
  }

  /** The variable, if it can be asked about: a constant is known, and no fact. */
  findFact(step: string, name: string): Variable | undefined {
    const found = this.find(step, name);
    return found?.constant ? undefined : found;
  }

  own(step: string): readonly Variable[] {
    return [...(this.local.get(step)?.values() ?? [])];
  }

  playbookVariables(): readonly Variable[] {
    return [...this.global.values()];
  }

  /** Variables that become facts, in the order of the document. */
  facts(): readonly Variable[] {
    const all = [
      ...this.global.values(),
      ...[...this.local.values()].flatMap((scope) => [...scope.values()]),
    ];
    return all.filter(({ constant }) => !constant);
  }

  private read(
    from: JsonObject | undefined,
    path: readonly string[],
    into: Map<string, Variable>,
    findings: Findings,
  ): void {
    for (const name of Object.keys(from ?? {})) {
      const pointer = pointerOf(...path, name);
      const written = objectOf(from, name);
      if (!written) {
        findings.add('warning', pointer, `the variable ${shorten(name, 80)} is no object: it is left out`);
        continue;
      }
      if (!NAME.test(name)) {
        findings.add(
          'warning',
          pointer,
          `"${shorten(name, 80)}" is no name of a variable (__name__): read as one`,
        );
      }
      into.set(name, this.variable(name, written, pointer));
    }
  }

  private variable(name: string, written: JsonObject, pointer: string): Variable {
    const type = textOf(written, 'type') ?? 'string';
    const value = textOf(written, 'value');
    const description = textOf(written, 'description');
    const constant = written['constant'] === true && value !== undefined;
    const words = name.replaceAll(/^_+|_+$/g, '').replaceAll(/[_-]+/g, ' ');
    return {
      name,
      fact: constant ? '' : this.factId(words),
      type: type === 'bool' ? 'yesno' : NUMBERS.has(type) ? 'number' : 'text',
      title: shorten(description ?? (words === '' ? name : words), 300),
      constant,
      ...(value === undefined ? {} : { value }),
      ...(description === undefined ? {} : { description }),
      pointer,
    };
  }

  private factId(words: string): string {
    const [first = '', ...rest] = words.split(' ').map((word) => word.replaceAll(/[^A-Za-z0-9]/g, ''));
    const start =
      first === first.toUpperCase() ? first.toLowerCase() : first.slice(0, 1).toLowerCase() + first.slice(1);
    const camel = [start, ...rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))]
      .join('')
      .slice(0, 58);
    const base = /^[a-z]/.test(camel) ? camel : `v${camel}`;
    let id = base;
    for (let n = 2; this.taken.has(id); n += 1) id = `${base}${n}`;
    this.taken.add(id);
    return id;
  }
}
