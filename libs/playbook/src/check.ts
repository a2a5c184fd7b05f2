/** What the schema cannot see: names that lead nowhere, moves out of order, missing languages. */
import type { Block, Guard, Playbook, Step, SystemMove, Text } from './model.js';
import { factsOf } from './guard.js';
import { walkBlocks } from './plan.js';
import type { Issue, Path } from './read.js';

const MOVES: readonly SystemMove[] = ['isolate', 'restore', 'verify', 'return'];
/** May do every step, whether the playbook names them or not. */
const EVERYTHING = ['administrator', 'coordinator'];
/** Keys that the compiled machine uses beside the steps. */
const RESERVED = ['gate', 'ready', 'done', 'open', 'closed', 'through', 'ready-to-close', 'nothing'];

/** Semantic findings of a playbook that has the right shape. O(steps × sequence length). */
export function checkSemantics(playbook: Playbook, paths: ReadonlyMap<object, Path>): readonly Issue[] {
  return new Check(playbook, paths).run();
}

class Check {
  private readonly issues: Issue[] = [];
  private readonly roles = new Set([...EVERYTHING, ...this.playbook.roles.map((role) => role.id)]);
  private readonly facts = new Map(this.playbook.facts.map((fact) => [fact.id, fact]));
  private readonly steps = new Map<string, Step>();
  private readonly ids = new Set<string>();

  constructor(
    private readonly playbook: Playbook,
    private readonly paths: ReadonlyMap<object, Path>,
  ) {}

  run(): readonly Issue[] {
    const { playbook } = this;
    this.languages(playbook.title, [], 'the playbook');
    this.languages(playbook.summary, [], 'the summary');
    playbook.roles.forEach((role, i) => this.languages(role.title, ['roles', i], `the role ${role.id}`));
    playbook.facts.forEach((fact, i) => {
      this.languages(fact.title, ['facts', i], `the fact ${fact.id}`);
      if (fact.type === 'choice' && fact.options.length === 0) this.add(['facts', i], `the fact ${fact.id} is a choice: give it options`);
    });
    this.duplicates('fact', playbook.facts.map((fact) => fact.id), ['facts']);
    this.duplicates('role', playbook.roles.map((role) => role.id), ['roles']);
    this.flow();
    for (const phase of playbook.phases) walkBlocks(phase.blocks, (block) => this.declare(block));
    for (const phase of playbook.phases) {
      this.languages(phase.title, this.at(phase), `the phase ${phase.id}`);
      this.claim(phase.id, this.at(phase));
      this.sequence(phase.blocks);
    }
    this.moves();
    return this.issues;
  }

  private declare(block: Block): void {
    const path = this.at(block);
    this.claim(block.id, path);
    if (block.kind === 'each') {
      for (const step of block.steps) {
        this.claim(step.id, this.at(step));
        this.steps.set(step.id, step);
      }
    } else if (block.kind !== 'parallel') {
      this.steps.set(block.id, block);
    }
  }

  private claim(id: string, path: Path): void {
    if (RESERVED.includes(id)) this.add(path, `"${id}" is a word of the machine: choose another id`);
    if (this.ids.has(id)) this.add(path, `"${id}" is used twice: ids of phases, steps and blocks are unique in a playbook`);
    this.ids.add(id);
  }

  /** Order matters here: covers and going back reach only what comes earlier in the same sequence. */
  private sequence(blocks: readonly Block[]): void {
    blocks.forEach((block, index) => {
      const earlier = blocks.slice(0, index + 1).map((item) => item.id);
      if (block.kind === 'parallel') for (const branch of block.branches) this.sequence(branch);
      else if (block.kind === 'each') block.steps.forEach((step, i) => this.step(step, block.steps.slice(0, i + 1).map((s) => s.id), true));
      else {
        this.step(block, earlier, false);
        if (block.kind === 'decision') for (const answer of block.answers) this.sequence(answer.then);
      }
    });
  }

  private step(step: Step, earlier: readonly string[], inEach: boolean): void {
    const path = this.at(step);
    this.languages(step.title, path, `the title of ${step.id}`);
    if (step.instructions) this.languages(step.instructions, path, `the instructions of ${step.id}`);
    if (step.roles.length === 0) this.add(path, `${step.id} has no role: say who does it with "role:"`);
    for (const role of step.roles) if (!this.roles.has(role)) this.add(path, `${step.id} names the role "${role}", which the playbook does not declare`);
    if (step.when) this.guard(step.when, path, step.id);
    this.due(step, path);
    this.form(step, path);
    if (step.move && !inEach) this.add(path, `${step.id} moves a system, so it belongs inside "each: system"`);
    const back = (target: string, what: string): void => {
      if (!earlier.includes(target)) this.add(path, `${what} of ${step.id} goes back to "${target}", which is not an earlier step of the same sequence`);
    };
    if (step.kind === 'approval') {
      back(step.refused, 'a refusal');
      for (const id of step.covers) if (!this.steps.has(id)) this.add(path, `${step.id} covers "${id}", which is not a step`);
    }
    if (step.kind === 'wait' && step.forMs === undefined && !step.until) this.add(path, `${step.id} waits for nothing: give it "for" or "until"`);
    if (step.kind === 'wait' && step.until) this.guard(step.until, path, step.id);
    if (step.kind !== 'decision') return;
    this.duplicates(`answer of ${step.id}`, step.answers.map((answer) => answer.id), path);
    if (step.answers.every((answer) => answer.repeat !== undefined)) this.add(path, `every answer of ${step.id} goes back: one must go on`);
    for (const answer of step.answers) {
      this.languages(answer.title, path, `the answer ${answer.id} of ${step.id}`);
      if (answer.repeat !== undefined) back(answer.repeat, `the answer ${answer.id}`);
      for (const fact of Object.keys(answer.set)) this.fact(fact, path, `the answer ${answer.id} of ${step.id} sets`);
    }
  }

  private due(step: Step, path: Path): void {
    const from = step.due?.from;
    if (typeof from === 'object' && 'step' in from && !this.steps.has(from.step)) this.add(path, `the due time of ${step.id} counts from "${from.step}", which is not a step`);
    if (typeof from === 'object' && 'fact' in from) {
      this.fact(from.fact, path, `the due time of ${step.id} counts from`);
      if (this.facts.get(from.fact)?.type !== 'time') this.add(path, `the due time of ${step.id} counts from "${from.fact}", which is not a fact of type time`);
    }
    for (const { to } of step.due?.escalate ?? []) if (!this.roles.has(to)) this.add(path, `${step.id} escalates to the role "${to}", which the playbook does not declare`);
  }

  private form(step: Step, path: Path): void {
    this.duplicates(`field of ${step.id}`, step.form.map((field) => field.id), path);
    for (const field of step.form) {
      this.languages(field.title, path, `the field ${field.id} of ${step.id}`);
      const chooses = field.type === 'choice' || field.type === 'choices';
      if (chooses && field.options.length === 0) this.add(path, `the field ${field.id} of ${step.id} is a choice: give it options`);
      if (step.kind === 'decision' && field.id === 'answer') this.add(path, `a decision's answer is its own: rename the field "answer" of ${step.id}`);
      if (field.fact === undefined) continue;
      this.fact(field.fact, path, `the field ${field.id} of ${step.id} sets`);
      const type = this.facts.get(field.fact)?.type;
      const fits = type === undefined || type === field.type || (type === 'text' && field.type === 'longtext');
      if (!fits) this.add(path, `the field ${field.id} of ${step.id} is ${field.type}, but the fact ${field.fact} is ${String(type)}`);
    }
  }

  private guard(guard: Guard, path: Path, id: string): void {
    for (const fact of factsOf(guard)) this.fact(fact, path, `a condition of ${id} reads`);
  }

  private fact(id: string, path: Path, who: string): void {
    if (!this.facts.has(id)) this.add(path, `${who} the fact "${id}", which the playbook does not declare`);
  }

  private flow(): void {
    const named = this.playbook.flow.flatMap((item) => (typeof item === 'string' ? [item] : item.parallel.flat()));
    const phases = this.playbook.phases.map((phase) => phase.id);
    this.duplicates('phase in the flow', named, ['flow']);
    for (const id of named) if (!phases.includes(id)) this.add(['flow'], `the flow names "${id}", which is not a phase`);
    for (const id of phases) if (!named.includes(id)) this.add(['flow'], `the flow never reaches the phase "${id}"`);
  }

  /** Over all `each` blocks, in flow order, every move once and in order; or none at all. */
  private moves(): void {
    const order = this.playbook.flow.flatMap((item) => (typeof item === 'string' ? [item] : item.parallel.flat()));
    const made: SystemMove[] = [];
    for (const id of order) {
      const phase = this.playbook.phases.find((candidate) => candidate.id === id);
      walkBlocks(phase?.blocks ?? [], (block) => {
        if (block.kind === 'each') made.push(...block.steps.flatMap((step) => (step.move ? [step.move] : [])));
      });
    }
    if (made.length > 0 && made.join() !== MOVES.join()) {
      this.add(['phases'], `affected systems are moved by ${made.join(', ')}: write each of ${MOVES.join(', ')} once, in this order`);
    }
  }

  private languages(value: Text, path: Path, what: string): void {
    for (const language of this.playbook.languages) if (!value[language]) this.add(path, `${what} has no text in "${language}"`);
    for (const language of Object.keys(value)) {
      if (!this.playbook.languages.includes(language)) this.add(path, `${what} has a text in "${language}", which is not among the playbook's languages`);
    }
  }

  private duplicates(what: string, ids: readonly string[], path: Path): void {
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id)) this.add(path, `the ${what} "${id}" is there twice`);
      seen.add(id);
    }
  }

  private at(object: object): Path {
    return this.paths.get(object) ?? [];
  }

  private add(path: Path, message: string): void {
    this.issues.push({ path, message });
  }
}
