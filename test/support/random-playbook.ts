/**
 * Valid playbooks by chance, as fast-check arbitraries: nested parallels, decisions that branch and go back, approvals,
 * actions, waits, conditions, due times, tracks of phases and steps per system. A failure shrinks to a small playbook.
 */
import fc from 'fast-check';

type Shape =
  | { readonly kind: 'task' | 'notice' | 'action' | 'waitFor' | 'waitUntil'; readonly extra: Extra }
  | { readonly kind: 'approved'; readonly count: number; readonly extra: Extra }
  | { readonly kind: 'goesBack'; readonly pick: number; readonly extra: Extra }
  | { readonly kind: 'branches'; readonly parts: readonly (readonly Shape[])[] }
  | { readonly kind: 'parallel'; readonly parts: readonly (readonly Shape[])[] };

interface Extra {
  readonly when: 'always' | 'fact' | 'not' | 'any';
  readonly optional: boolean;
  readonly asks: boolean;
  readonly due: 'none' | 'aware' | 'ready' | 'step' | 'fact';
  readonly fact: number;
}

/** Facts that guards read and forms set. */
export const FACTS = ['alpha', 'beta', 'gamma'] as const;

const extra: fc.Arbitrary<Extra> = fc.record({
  when: fc.constantFrom('always', 'always', 'fact', 'not', 'any'),
  optional: fc.boolean(),
  asks: fc.boolean(),
  due: fc.constantFrom('none', 'none', 'aware', 'ready', 'step', 'fact'),
  fact: fc.nat({ max: FACTS.length - 1 }),
});

const { sequence } = fc.letrec<{ shape: Shape; sequence: readonly Shape[] }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom('task', 'task', 'notice', 'action', 'waitFor', 'waitUntil'),
      extra,
    }) as fc.Arbitrary<Shape>,
    fc.record({
      kind: fc.constant('approved'),
      count: fc.integer({ min: 1, max: 2 }),
      extra,
    }) as fc.Arbitrary<Shape>,
    fc.record({ kind: fc.constant('goesBack'), pick: fc.nat(), extra }) as fc.Arbitrary<Shape>,
    fc.record({
      kind: fc.constantFrom('branches', 'parallel'),
      parts: fc.array(tie('sequence'), { minLength: 2, maxLength: 3 }),
    }) as fc.Arbitrary<Shape>,
  ),
  sequence: fc.array(tie('shape'), { minLength: 1, maxLength: 3 }),
}));

const TITLE = { en: 'T' };

/** Gives every step an id of its own, and remembers what later ones may refer to. */
class Writer {
  private count = 0;
  private readonly steps: string[] = [];

  blocks(shapes: readonly Shape[]): object[] {
    const earlier: string[] = [];
    return shapes.flatMap((shape) => this.block(shape, earlier));
  }

  private block(shape: Shape, earlier: string[]): object[] {
    if (shape.kind === 'parallel') return [{ parallel: shape.parts.map((part) => this.blocks(part)) }];
    if (shape.kind === 'branches') return [this.branches(shape.parts, earlier)];
    if (shape.kind === 'approved') return this.approved(shape.count, shape.extra, earlier);
    const common = this.common(shape.extra);
    const id = this.id(earlier);
    switch (shape.kind) {
      case 'task':
        return [{ task: id, ...common }];
      case 'notice':
        return [{ notice: id, to: TITLE, ...common }];
      case 'action':
        return [{ action: id, ...common, do: 'notify' }];
      case 'waitFor':
        return [{ wait: id, ...common, for: 'PT1H' }];
      case 'waitUntil':
        return [{ wait: id, ...common, until: { fact: FACTS[shape.extra.fact], is: 'yes' } }];
      case 'goesBack': {
        const back = earlier[shape.pick % earlier.length];
        const answers = [
          { id: 'go', title: TITLE },
          { id: 'again', title: TITLE, repeat: back },
        ];
        return [{ decision: id, ...common, answers }];
      }
    }
  }

  private branches(parts: readonly (readonly Shape[])[], earlier: string[]): object {
    const id = this.id(earlier);
    const answers = parts.map((part, i) => ({ id: `answer-${i}`, title: TITLE, then: this.blocks(part) }));
    return {
      decision: id,
      title: TITLE,
      role: 'doer',
      answers: [...answers, { id: 'nothing', title: TITLE }],
    };
  }

  private approved(count: number, more: Extra, earlier: string[]): object[] {
    const work = { task: this.id(earlier), ...this.common(more) };
    const ok = { approval: this.id(earlier), title: TITLE, role: 'approver', count, covers: [work.task] };
    return [work, { ...ok, refused: { repeat: work.task } }];
  }

  private id(earlier: string[]): string {
    this.count += 1;
    const id = `s${this.count}`;
    earlier.push(id);
    this.steps.push(id);
    return id;
  }

  private common({ when, optional, asks, due, fact }: Extra): object {
    const name = FACTS[fact];
    const is = { fact: name, is: 'yes' };
    const guards = { fact: is, not: { not: is }, any: { any: [is, { fact: FACTS[0], known: true }] } };
    const anchor = this.steps.at(-1);
    const from = {
      aware: 'aware',
      ready: 'ready',
      fact: { fact: 'moment' },
      step: anchor ? { step: anchor } : 'opened',
    };
    return {
      title: TITLE,
      role: 'doer',
      ...(optional ? { optional } : {}),
      ...(when === 'always' ? {} : { when: guards[when] }),
      ...(asks ? { form: [{ id: 'asked', type: 'yesno', title: TITLE, fact: name, required: true }] } : {}),
      ...(due === 'none'
        ? {}
        : {
            due: {
              within: 'PT1H',
              from: from[due],
              remind: ['PT10M'],
              escalate: [{ after: 'PT10M', to: 'doer' }],
            },
          }),
    };
  }
}

function eachBlock(id: string, moves: readonly string[]): object {
  const steps = moves.map((move) => ({ task: `do-${move}`, title: TITLE, role: 'doer', move }));
  const check = {
    decision: `${id}-check`,
    title: TITLE,
    role: 'doer',
    answers: [
      { id: 'go', title: TITLE },
      { id: 'again', title: TITLE, repeat: steps[0]?.task },
    ],
  };
  return { each: 'system', id, steps: [...steps.slice(0, 1), check, ...steps.slice(1)] };
}

/** The YAML text of a playbook (JSON is YAML) that has nothing wrong with it. */
export const randomPlaybook: fc.Arbitrary<string> = fc
  .record({
    phases: fc.array(sequence, { minLength: 1, maxLength: 4 }),
    tracks: fc.boolean(),
    systems: fc.boolean(),
  })
  .map(({ phases, tracks, systems }) => {
    const writer = new Writer();
    const written = phases.map((shapes, i) => ({
      id: `phase-${i}`,
      title: TITLE,
      steps: writer.blocks(shapes),
    }));
    if (systems) {
      written[0]?.steps.push(eachBlock('cut-off', ['isolate']));
      written.at(-1)?.steps.push(eachBlock('bring-back', ['restore', 'verify', 'return']));
    }
    const ids = written.map(({ id }) => id);
    const middle = ids.slice(1, -1).map((id) => [id]);
    const flow = tracks && middle.length > 1 ? [ids[0], { parallel: middle }, ids.at(-1)] : ids;
    return JSON.stringify({
      cordon: 1,
      id: 'random',
      version: '1.0.0',
      languages: ['en'],
      title: TITLE,
      summary: TITLE,
      roles: [
        { id: 'doer', title: TITLE },
        { id: 'approver', title: TITLE },
      ],
      facts: [
        ...FACTS.map((id) => ({ id, type: 'yesno', title: TITLE })),
        { id: 'moment', type: 'time', title: TITLE },
      ],
      phases: written,
      flow,
    });
  });
