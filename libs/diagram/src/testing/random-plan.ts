/** Plans of any shape, grown from a list of numbers: fewer and smaller numbers give simpler plans. */
import type { After, Answer, Block, Plan, Step } from '@cordon/playbook';
import { answer, decision, planWith, stepOf, task, text } from './plans.js';

const WORDS = [
  'Check',
  'the',
  'Wiederherstellungszeitpunkt',
  '復原系統',
  'iiiii',
  'WWWW',
  'now',
  '（核實）',
  'x',
];
const DEEPEST = 4;

class Grower {
  private used = 0;
  private ids = 0;

  constructor(private readonly numbers: readonly number[]) {}

  /** From 0 to `most`; 0 once the numbers are used up. */
  next(most: number): number {
    const number = this.numbers[this.used] ?? 0;
    this.used += 1;
    return number % (most + 1);
  }

  id(): string {
    this.ids += 1;
    return `s${this.ids}`;
  }

  sequence(depth: number): readonly Block[] {
    const blocks: Block[] = [];
    const count = this.next(depth === 0 ? 5 : 3);
    while (blocks.length < count) {
      const earlier = blocks.flatMap((block) => ('roles' in block ? [block.id] : []));
      blocks.push(this.block(depth, earlier[this.next(Math.max(0, earlier.length - 1))]));
    }
    return blocks;
  }

  private title(most: number): string {
    const from = this.next(most);
    return Array.from({ length: from + 1 }, (_, index) => WORDS[(index * 7 + from) % WORDS.length]).join(' ');
  }

  /** `back` is an earlier step of the same sequence, if there is one. */
  private block(depth: number, back: string | undefined): Block {
    const id = this.id();
    const title = text(this.title(30));
    const inner = depth + 1;
    switch (depth === DEEPEST ? this.next(6) : this.next(12)) {
      case 1:
        return { ...stepOf('notice', id, this.title(12)), title };
      case 2:
        return { ...stepOf('action', id, 'Act'), title };
      case 3:
        return { ...stepOf('wait', id, 'Wait'), title };
      case 4:
        return task(id, { title, ...(back === undefined ? {} : { failed: { repeat: back, max: 3 } }) });
      case 5:
      case 6: {
        const step = stepOf('approval', id, 'Approve');
        return { ...step, title, ...(back === undefined ? {} : { refused: back }) };
      }
      case 7:
        return { kind: 'each', id, steps: [task(this.id()), task(this.id(), { title })] };
      case 8:
        return task(id, { title, mandatory: false, failed: { then: this.sequence(inner) } });
      case 9:
        return { kind: 'group', id, title, blocks: this.sequence(inner) };
      case 10:
        return { kind: 'parallel', id, branches: this.several(() => this.sequence(inner)) };
      case 11:
        return this.graph(id, inner);
      case 12:
        return decision(id, this.answers(back, inner), { title });
      default:
        return task(id, { title });
    }
  }

  private several<T>(make: () => T): readonly T[] {
    return Array.from({ length: this.next(4) + 1 }, make);
  }

  private answers(back: string | undefined, depth: number): readonly Answer[] {
    const longer = this.several(() => {
      const again = this.next(2) === 1 ? ({ again: true, max: 5 } as const) : {};
      return answer(this.id(), { title: text(this.title(6)), then: this.sequence(depth), ...again });
    });
    return [
      answer('on'),
      ...longer,
      ...(back === undefined ? [] : [answer('back', { repeat: back, max: 2 })]),
    ];
  }

  private graph(id: string, depth: number): Block {
    const blocks = this.several(() => this.block(depth, undefined));
    const nodes = blocks.map((block, index) => {
      const before = blocks.slice(0, index).filter(() => this.next(2) > 0);
      const after = before.map((one): After => ({
        step: one.id,
        outcome: this.next(3) === 1 ? 'failed' : 'done',
      }));
      return { block, after };
    });
    return { kind: 'graph', id, nodes };
  }
}

/** Up to four phases, two of them side by side where there are enough. The same numbers give the same plan. */
export function planFrom(numbers: readonly number[]): Plan {
  const grower = new Grower(numbers);
  const phases = Array.from({ length: grower.next(3) + 1 }, (_, index) => {
    const anytime: readonly Step[] = index === 1 ? [task(grower.id()), task(grower.id())] : [];
    return { id: `p${index}`, blocks: grower.sequence(0), anytime };
  });
  const ids = phases.map(({ id }) => id);
  const flow = ids.length < 3 ? ids : [{ parallel: [ids.slice(0, 1), ids.slice(1, 2)] }, ...ids.slice(2)];
  return planWith(phases, { flow });
}
