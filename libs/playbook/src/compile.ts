/**
 * Plan to statechart: plain XState configuration (JSON), with guards and actions by name. Steps are states; their
 * `gate` decides, from the records, whether the step is done already, does not apply, waits for a fact, or is ready.
 * Going back therefore is one thing only: forget some records and enter the flow from its start.
 */
import { invariant } from '@cordon/kernel';
import type { DecisionStep, Guard, Step } from './model.js';
import type { Plan, PlanNode } from './plan.js';

/** The part of XState's configuration that compiled machines use. */
export interface StateConfig {
  readonly id?: string;
  readonly type?: 'parallel' | 'final';
  readonly initial?: string;
  readonly entry?: readonly Named[];
  readonly states?: Readonly<Record<string, StateConfig>>;
  readonly always?: readonly Transition[];
  readonly on?: Readonly<Record<string, readonly Transition[]>>;
  readonly onDone?: readonly Transition[];
}
interface Named {
  readonly type: string;
  readonly params?: object;
}
interface Transition {
  readonly target?: string;
  readonly reenter?: boolean;
  readonly guard?: Named;
  readonly actions?: readonly Named[];
}

export interface CompiledConfigs {
  readonly incident: StateConfig;
  readonly system: StateConfig;
}

/** Compiles both machines of a playbook. O(steps); deterministic. */
export function compile(plan: Plan): CompiledConfigs {
  const id = plan.playbook.id;
  return { incident: incidentConfig(plan, id), system: systemConfig(plan, `${id}-system`) };
}

interface Scope {
  readonly plan: Plan;
  /** Absolute path of the state that holds the sequence, e.g. `#ransomware.open.contain`. */
  readonly path: string;
}

const flowSteps = (plan: Plan, inEach: boolean): readonly { step: string; when?: Guard }[] =>
  [...plan.steps].filter(([, p]) => (p.each !== undefined) === inEach && p.step.when).map(([, p]) => whenParams(p.step));

function whenParams(step: Step): { step: string; when?: Guard } {
  return { step: step.id, ...(step.when ? { when: step.when } : {}) };
}

function incidentConfig(plan: Plan, id: string): StateConfig {
  const path = `#${id}.open`;
  const restart = (...actions: Named[]): Transition => ({ target: path, reenter: true, actions: [...actions, { type: 'park' }] });
  const flow = sequence({ plan, path }, plan.root, `${path}.ready-to-close`);
  return {
    id,
    initial: 'new',
    states: {
      new: { on: { 'incident.open': [{ target: path }] } },
      open: {
        initial: flow.initial,
        states: { ...flow.states, 'ready-to-close': { on: { 'incident.close': [{ target: `#${id}.closed` }] } } },
        on: {
          'facts.changed': [{ ...restart(), guard: { type: 'flowOutdated', params: { steps: flowSteps(plan, false) } } }, {}],
          'fact.set': [{ actions: [{ type: 'setFacts' }] }],
          'systems.changed': [{ actions: [{ type: 'setSystems' }] }],
          'system.add': [restart({ type: 'setSystems' })],
          'step.reopen': [restart({ type: 'clearNamed' })],
          'phase.reopen': [restart({ type: 'clearNamed' })],
        },
      },
      closed: { on: { 'incident.reopen': [{ target: path, actions: [{ type: 'park' }] }] } },
    },
  };
}

function systemConfig(plan: Plan, id: string): StateConfig {
  const path = `#${id}.open`;
  const states: Record<string, StateConfig> = {};
  const eaches = [...plan.eaches.values()];
  const target = (index: number): string => {
    const next = eaches[index]?.each;
    return next ? `${path}.${next.id}` : `${path}.through`;
  };
  eaches.forEach(({ each }, index) => {
    const steps = stepStates({ plan, path }, each.steps, target(index + 1));
    const opened: Transition = { guard: { type: 'gateOpen', params: { each: each.id } }, target: `${path}.${steps.initial}` };
    states[each.id] = { always: [opened] };
    Object.assign(states, steps.states);
  });
  const first = eaches[0]?.each.id ?? 'through';
  const restart = (...actions: Named[]): Transition => ({ target: path, reenter: true, actions: [...actions, { type: 'park' }] });
  return {
    id,
    initial: 'new',
    states: {
      new: { on: { 'system.join': [{ target: path }] } },
      open: {
        initial: first,
        states: { ...states, through: {} },
        on: {
          'facts.changed': [{ ...restart(), guard: { type: 'flowOutdated', params: { steps: flowSteps(plan, true) } } }, {}],
          'gates.changed': [{}],
          'step.reopen': [restart({ type: 'clearNamed' })],
        },
      },
    },
  };
}

interface Sequence {
  readonly initial: string;
  readonly states: Record<string, StateConfig>;
}

/** Items one after the other; each leads straight to the next, the last to `end`. */
function sequence(scope: Scope, node: PlanNode, end: string): Sequence {
  invariant(node.kind === 'sequence', 'a sequence is compiled from a sequence');
  const states: Record<string, StateConfig> = {};
  const keys = node.items.map(keyOf);
  node.items.forEach((item, index) => {
    const nextKey = keys[index + 1];
    const next = nextKey === undefined ? end : `${scope.path}.${nextKey}`;
    Object.assign(states, itemStates(scope, item, next, keys.slice(0, index + 1)));
  });
  const initial = keys[0];
  if (initial !== undefined) return { initial, states };
  return { initial: 'nothing', states: { nothing: { always: [{ target: end }] } } };
}

function keyOf(node: PlanNode): string {
  invariant(node.kind !== 'sequence', 'an item of a sequence has an id');
  return node.id;
}

/** The states of one item: its own, and beside a decision those of its branches. */
function itemStates(scope: Scope, node: PlanNode, next: string, earlier: readonly string[]): Record<string, StateConfig> {
  switch (node.kind) {
    case 'phase': {
      const body = sequence({ ...scope, path: `${scope.path}.${node.id}` }, node.body, next);
      return { [node.id]: body };
    }
    case 'parallel': {
      const regions = node.branches.map((branch, i): [string, StateConfig] => {
        const key = `branch-${i + 1}`;
        const path = `${scope.path}.${node.id}.${key}`;
        const body = sequence({ ...scope, path }, branch, `${path}.done`);
        return [key, { initial: body.initial, states: { ...body.states, done: { type: 'final' } } }];
      });
      return { [node.id]: { type: 'parallel', states: Object.fromEntries(regions), onDone: [{ target: next }] } };
    }
    case 'each': {
      const each = scope.plan.eaches.get(node.id)?.each;
      invariant(each, `the plan knows ${node.id}`);
      const through = { type: 'everySystemDone', params: { steps: each.steps.map(whenParams) } };
      const entry = [{ type: 'openGate', params: { each: node.id } }];
      return { [node.id]: { entry, always: [{ guard: through, target: next }] } };
    }
    case 'step': {
      const step = scope.plan.steps.get(node.id)?.step;
      invariant(step, `the plan knows ${node.id}`);
      const branches = [...node.branches].map(([answer, branch]): [string, string, StateConfig] => {
        const key = `${node.id}-if-${answer}`;
        return [answer, key, sequence({ ...scope, path: `${scope.path}.${key}` }, branch, next)];
      });
      const routes = branches.map(([answer, key]): Transition => ({
        guard: { type: 'answered', params: { step: node.id, answer } },
        target: `${scope.path}.${key}`,
      }));
      const own = { [node.id]: stepState(scope, step, next, routes, earlier) };
      return Object.assign(own, Object.fromEntries(branches.map(([, key, state]) => [key, state])));
    }
    case 'sequence':
      throw new Error('a sequence is never an item of a sequence');
  }
}

function stepStates(scope: Scope, steps: readonly Step[], end: string): Sequence {
  const states: Record<string, StateConfig> = {};
  const keys = steps.map((step) => step.id);
  steps.forEach((step, index) => {
    const nextKey = keys[index + 1];
    const next = nextKey === undefined ? end : `${scope.path}.${nextKey}`;
    states[step.id] = stepState(scope, step, next, [], keys.slice(0, index + 1));
  });
  return { initial: keys[0] ?? 'through', states };
}

/** One step: `gate`, then `ready`, `in_progress` or `problem`, and through the gate again when it is done. */
function stepState(
  scope: Scope,
  step: Step,
  next: string,
  routes: readonly Transition[],
  earlier: readonly string[],
): StateConfig {
  const params = whenParams(step);
  const gate: Transition[] = [
    ...routes,
    { guard: { type: 'done', params }, target: next },
    { guard: { type: 'resumes', params: { ...params, status: 'problem' } }, target: 'problem', actions: [{ type: 'unpark', params }] },
    { guard: { type: 'resumes', params: { ...params, status: 'in_progress' } }, target: 'in_progress', actions: [{ type: 'unpark', params }] },
    { guard: { type: 'notApplicable', params }, target: next, actions: [{ type: 'passOver', params }] },
    step.kind === 'action'
      ? { guard: { type: 'applies', params }, target: 'in_progress', actions: [{ type: 'begin', params }] }
      : { guard: { type: 'applies', params }, target: 'ready', actions: [{ type: 'markReady', params }] },
  ];
  const back = (target: string): Pick<Transition, 'target' | 'actions'> => ({
    target: `${scope.path}.${target}`,
    actions: [{ type: 'startOver', params: { steps: stepsBetween(scope.plan, target, step.id, earlier) } }],
  });
  const finish = finishing(step, params, back);
  const begin: Transition[] = [{ target: 'in_progress', actions: [{ type: 'begin', params }] }];
  const problem: Transition[] = [{ target: 'problem', actions: [{ type: 'fail', params }] }];
  const start = step.kind === 'approval' ? {} : { [`step.start.${step.id}`]: begin };
  const fails = step.kind === 'approval' ? {} : { [`step.problem.${step.id}`]: problem };
  const verdicts =
    step.kind === 'action'
      ? { [`action.succeeded.${step.id}`]: completing(params), [`action.failed.${step.id}`]: problem }
      : {};
  const until = step.kind === 'wait' && step.until ? completing(params, { type: 'applies', params: { step: step.id, when: step.until } }) : [];
  return {
    initial: 'gate',
    states: {
      gate: { always: gate },
      ready: { ...(until.length > 0 ? { always: until } : {}), on: { ...start, ...finish, ...fails } },
      in_progress: { ...(until.length > 0 ? { always: until } : {}), on: { ...finish, ...fails, ...verdicts } },
      problem: { on: { ...start, ...finish } },
    },
  };
}

function completing(params: object, guard?: Named): Transition[] {
  return [{ target: 'gate', actions: [{ type: 'complete', params }], ...(guard ? { guard } : {}) }];
}

/** The events that bring the step to its end. */
function finishing(
  step: Step,
  params: { step: string },
  back: (target: string) => Pick<Transition, 'target' | 'actions'>,
): Record<string, readonly Transition[]> {
  const skip = step.mandatory ? {} : { [`step.skip.${step.id}`]: [{ target: 'gate', actions: [{ type: 'skip', params }] }] };
  if (step.kind === 'approval') {
    const approve = { type: 'approve', params };
    return {
      ...skip,
      [`approval.approve.${step.id}`]: [
        { guard: { type: 'lastApproval', params: { ...params, count: step.count } }, target: 'gate', actions: [approve, { type: 'complete', params }] },
        { actions: [approve] },
      ],
      [`approval.refuse.${step.id}`]: [back(step.refused)],
    };
  }
  const over = step.kind === 'wait' && step.forMs !== undefined ? { [`wait.over.${step.id}`]: completing(params) } : {};
  const repeats = step.kind === 'decision' ? repeating(step, back) : [];
  return { ...skip, ...over, [`step.complete.${step.id}`]: [...repeats, ...completing(params)] };
}

function repeating(step: DecisionStep, back: (target: string) => Pick<Transition, 'target' | 'actions'>): Transition[] {
  return step.answers.flatMap((answer) =>
    answer.repeat === undefined
      ? []
      : [{ guard: { type: 'answerIs', params: { step: step.id, answer: answer.id } }, ...back(answer.repeat) }],
  );
}

/** All steps from `target` to `last` of the same sequence, those nested between included. */
function stepsBetween(plan: Plan, target: string, last: string, earlier: readonly string[]): readonly string[] {
  invariant(earlier.includes(target), `${last} goes back to ${target}, which comes before it in the same sequence`);
  const order = [...plan.steps.keys()];
  return order.slice(order.indexOf(target), order.indexOf(last) + 1).filter((id) => plan.steps.get(id)?.each === plan.steps.get(last)?.each);
}
