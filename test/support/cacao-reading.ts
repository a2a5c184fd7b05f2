/**
 * A second reading of a CACAO workflow, by tokens on its own pointers: what may be done now. It knows nothing of how
 * Cordon lays a document out, so that the two can be held against each other.
 *
 * A branch's end goes back to its construct. A step on which branches of a parallel meet is done once, after
 * everything that may still come to it.
 */
import type { CacaoStep, RandomCacao } from './random-cacao.js';

/** A construct whose branches are under way. */
interface Frame {
  readonly construct: string;
  readonly outer: Stack;
  open: number;
}
type Stack = Frame | undefined;

interface Token {
  readonly step: string;
  readonly stack: Stack;
}

export class CacaoReading {
  private tokens: Token[] = [];
  /** Steps on which a branch has arrived and others may still arrive. */
  private meetings: { readonly step: string; readonly frame: Frame }[] = [];
  readonly values = new Map<string, boolean>();
  private readonly workflow: Record<string, CacaoStep>;

  constructor(private readonly random: RandomCacao) {
    this.workflow = random.document.workflow;
    this.arrive(String(random.document['workflow_start']), undefined);
    this.meet();
  }

  /** The steps that wait for somebody, in order of their ids. */
  active(): readonly string[] {
    return this.tokens.map(({ step }) => step).sort();
  }

  complete(step: string): void {
    this.goOn(this.take(step));
    this.meet();
  }

  /** To where the step says, or to the exception handling, which is the end of everything else. */
  fail(step: string): void {
    const token = this.take(step);
    const { on_failure } = this.step(step);
    if (on_failure === undefined) this.raise();
    else this.arrive(on_failure, token.stack);
    this.meet();
  }

  /** Somebody says that the exception handling is needed. */
  raise(): void {
    this.arrive(String(this.random.document['workflow_exception']), undefined);
  }

  /** Takes a way out of a condition, a switch or a loop. */
  answer(step: string, way: string): void {
    this.branch(step, way);
    this.meet();
  }

  /** A variable was told: what waits for it alone goes on. */
  tell(name: string, value: boolean): void {
    this.values.set(name, value);
    for (const { step } of [...this.tokens]) {
      if (this.tokens.some((token) => token.step === step)) this.decide(step);
    }
    this.meet();
  }

  private branch(step: string, way: string): void {
    const token = this.take(step);
    const { type, cases } = this.step(step);
    const target =
      type === 'switch-condition' ? (cases as Record<string, string>)[way] : this.step(step)[way];
    if (type === 'while-condition' && way === 'on_false') this.goOn(token);
    else if (typeof target === 'string')
      this.arrive(target, { construct: step, outer: token.stack, open: 1 });
    else this.returned({ construct: step, outer: token.stack, open: 1 });
  }

  private step(id: string): CacaoStep {
    const step = this.workflow[id];
    if (!step) throw new Error(`no step ${id}`);
    return step;
  }

  private take(step: string): Token {
    const token = this.tokens.find((one) => one.step === step);
    if (!token) throw new Error(`${step} may not be done now: ${this.active().join(', ')} may`);
    this.tokens = this.tokens.filter((one) => one !== token);
    return token;
  }

  private goOn({ step, stack }: Token): void {
    const { on_completion, on_success } = this.step(step);
    const next = on_completion ?? on_success;
    if (next === undefined) this.ended(stack);
    else this.arrive(next, stack);
  }

  private arrive(id: string, stack: Stack): void {
    if (this.step(id).type === 'end') {
      this.ended(stack);
      return;
    }
    // Whoever comes to where a construct goes on has come to the end of a branch of it.
    if (framesOf(stack).some((frame) => this.continuationOf(frame) === id)) {
      this.ended(stack);
      return;
    }
    const meeting = framesOf(stack)
      .filter(({ construct }) => this.random.joins.get(construct) === id)
      .at(-1);
    if (!meeting) {
      this.enter(id, stack);
      return;
    }
    if (!this.meetings.some(({ step, frame }) => step === id && frame === meeting)) {
      meeting.open += 1;
      this.meetings.push({ step: id, frame: meeting });
    }
    this.ended(stack);
  }

  private continuationOf({ construct }: Frame): string | undefined {
    const { type, on_completion } = this.step(construct);
    return type === 'while-condition' ? undefined : on_completion;
  }

  private enter(id: string, stack: Stack): void {
    const step = this.step(id);
    if (step.type === 'start') this.goOn({ step: id, stack });
    else if (step.type === 'parallel') {
      const branches = step['next_steps'] as readonly string[];
      const frame: Frame = { construct: id, outer: stack, open: branches.length };
      for (const branch of branches) this.arrive(branch, frame);
    } else {
      this.tokens.push({ step: id, stack });
      this.decide(id);
    }
  }

  /** Enters the meeting steps that nothing can come to any more. */
  private meet(): void {
    for (;;) {
      const ready = this.meetings.find((meeting) => !this.mayCome(meeting.step, meeting.frame));
      if (!ready) return;
      this.meetings = this.meetings.filter((meeting) => meeting !== ready);
      this.enter(ready.step, ready.frame);
    }
  }

  private mayCome(target: string, frame: Frame): boolean {
    const others = this.meetings.filter(({ step }) => step !== target);
    const live = [...this.tokens, ...others.map((other) => ({ step: other.step, stack: other.frame }))];
    return live.some(({ step, stack }) => {
      const around = framesOf(stack);
      if (!around.includes(frame)) return false;
      const inner = around.slice(0, around.indexOf(frame));
      const onward = inner.flatMap((one) => this.step(one.construct).on_completion ?? []);
      return [step, ...onward].some((from) => this.leadsTo(from, target));
    });
  }

  private leadsTo(from: string, target: string): boolean {
    const seen = new Set<string>();
    const left = [from];
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      if (id === target) return true;
      if (seen.has(id)) continue;
      seen.add(id);
      for (const value of Object.values(this.step(id))) {
        const ids = typeof value === 'object' && value !== null ? Object.values(value) : [value];
        left.push(
          ...ids.filter((one): one is string => typeof one === 'string' && Object.hasOwn(this.workflow, one)),
        );
      }
    }
    return false;
  }

  private ended(stack: Stack): void {
    if (!stack) return;
    stack.open -= 1;
    if (stack.open === 0) this.returned(stack);
  }

  private returned({ construct, outer }: Frame): void {
    if (this.step(construct).type === 'while-condition') this.enter(construct, outer);
    else this.goOn({ step: construct, stack: outer });
  }

  /** Conditions over known variables need nobody. */
  private decide(id: string): void {
    const step = this.step(id);
    if (step.type === 'if-condition' && String(step['condition']).startsWith('__')) {
      const [alpha, beta] = [this.values.get('__alpha__'), this.values.get('__beta__')];
      if (alpha === false || beta === true) this.branch(id, 'on_false');
      else if (alpha === true && beta === false) this.branch(id, 'on_true');
    }
    if (step.type === 'switch-condition' && step['switch'] === '__beta__:value') {
      const beta = this.values.get('__beta__');
      if (beta !== undefined) this.branch(id, String(beta));
    }
  }
}

/** Innermost first. */
function framesOf(stack: Stack): readonly Frame[] {
  const frames: Frame[] = [];
  for (let frame = stack; frame; frame = frame.outer) frames.push(frame);
  return frames;
}
