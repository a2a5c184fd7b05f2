/** What the checks of a playbook share: its names, where things were written, and the findings so far. */
import type { Block, Fact, Option, Playbook, Step, Text } from './model.js';
import type { Issue, Path } from './issue.js';

/** May do every step, whether the playbook names them or not. */
const EVERYTHING = ['administrator', 'coordinator'];

/** Ids that nothing in a playbook may have: the compiled machine calls its own so. */
export const RESERVED_IDS: readonly string[] = [
  ...['gate', 'ready', 'done', 'open', 'closed', 'through', 'ready-to-close', 'nothing'],
  ...['waiting', 'passed-over', 'close'],
];

/** What every JavaScript object answers to, so that it never reads as absent. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

export interface DeclaredStep {
  readonly step: Step;
  /** The `each` block it belongs to. */
  readonly each?: string;
}

/** Where a step stands. */
export interface StepPlace {
  /** The blocks of its sequence up to and with itself. */
  readonly before: readonly Block[];
  readonly inEach: boolean;
  /** The graph that it stands in directly. */
  readonly graph?: string;
  /** It stands beside the flow. */
  readonly anytime?: true;
}

export class CheckScope {
  readonly issues: Issue[] = [];
  readonly steps = new Map<string, DeclaredStep>();
  readonly roles: ReadonlySet<string>;
  readonly facts: ReadonlyMap<string, Fact>;
  private readonly ids = new Set<string>();

  constructor(
    readonly playbook: Playbook,
    private readonly paths: ReadonlyMap<object, Path>,
  ) {
    this.roles = new Set([...EVERYTHING, ...playbook.roles.map((role) => role.id)]);
    this.facts = new Map(playbook.facts.map((fact) => [fact.id, fact]));
  }

  /** Where the object of the model was written. */
  at(object: object): Path {
    return this.paths.get(object) ?? [];
  }

  add(path: Path, message: string): void {
    this.issues.push({ path, message });
  }

  /** Something to look at that does not keep the playbook from being published. */
  warn(path: Path, message: string): void {
    this.issues.push({ path, message, severity: 'warning' });
  }

  /** Data named so could not be told from data that is not there. */
  isInherited(id: string): boolean {
    return INHERITED.includes(id);
  }

  /** Takes a name of the machine; each can be taken once. */
  claim(id: string, path: Path): void {
    if (RESERVED_IDS.includes(id) || this.isInherited(id)) {
      this.add(path, `"${id}" is a word of the machine: choose another id`);
    }
    if (this.ids.has(id)) {
      this.add(path, `"${id}" is used twice: ids of phases, steps and blocks are unique in a playbook`);
    }
    this.ids.add(id);
  }

  duplicates(what: string, ids: readonly string[], path: Path): void {
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id)) this.add(path, `the ${what} "${id}" is there twice`);
      seen.add(id);
    }
  }

  /** A text in every language of the playbook, and in no other. */
  texts(value: Text, path: Path, what: string): void {
    const { languages } = this.playbook;
    for (const language of languages) {
      if (!value[language]) this.add(path, `${what} has no text in "${language}"`);
    }
    for (const language of Object.keys(value)) {
      if (!languages.includes(language)) {
        this.add(path, `${what} has a text in "${language}", which is not among the playbook's languages`);
      }
    }
  }

  options(options: readonly Option[], path: Path, what: string): void {
    for (const option of options) this.texts(option.title, path, `the option ${option.id} of ${what}`);
    this.duplicates(
      `option of ${what}`,
      options.map((option) => option.id),
      path,
    );
  }

  /** The fact of that name; one that is not declared is a finding. */
  fact(id: string, path: Path, who: string): Fact | undefined {
    const fact = this.facts.get(id);
    if (!fact) this.add(path, `${who} the fact "${id}", which the playbook does not declare`);
    return fact;
  }
}
