/**
 * Plan to statechart: plain XState configuration (JSON), with guards and actions by name. Steps are states; their
 * `gate` decides, from the records, whether the step is done already, does not apply, waits for a fact, or is ready.
 * Going back therefore is one thing only: forget some records and enter the flow from its start.
 */
import { invariant, InvariantError } from '@cordon/kernel';
import { stepState, whenParams } from './compile-step.js';
import type { Step } from './model.js';
import type { Plan, PlanNode } from './plan.js';
import type { StateConfig, StepParams, Transition, Named } from './state-config.js';

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

/** Steps whose condition a changed fact may turn: those of the incident, or those per system. */
function conditional(plan: Plan, perSystem: boolean): readonly StepParams[] {
  return [...plan.steps.values()]
    .filter(({ step, each }) => (each !== undefined) === perSystem && step.when !== undefined)
    .map(({ step }) => whenParams(step));
}

/** Enters the flow from its start; what was open is parked until the flow comes by again. */
function restart(path: string, ...actions: readonly Named[]): Transition {
  return { target: path, reenter: true, actions: [...actions, { type: 'park' }] };
}

/** A changed fact: the flow starts over when a condition has turned; else only the gates look again. */
function factsChanged(plan: Plan, path: string, perSystem: boolean): readonly Transition[] {
  const outdated = { type: 'flowOutdated', params: { steps: conditional(plan, perSystem) } };
  return [{ ...restart(path), guard: outdated }, {}];
}

function incidentConfig(plan: Plan, id: string): StateConfig {
  const path = `#${id}.open`;
  const flow = sequence({ plan, path }, plan.root, `${path}.ready-to-close`);
  return {
    id,
    initial: 'new',
    states: {
      new: { on: { 'incident.open': [{ target: path }] } },
      open: {
        initial: flow.initial,
        states: {
          ...flow.states,
          'ready-to-close': { on: { 'incident.close': [{ target: `#${id}.closed` }] } },
        },
        on: {
          'facts.changed': factsChanged(plan, path, false),
          'fact.set': [{ actions: [{ type: 'setFacts' }] }],
          'systems.changed': [{ actions: [{ type: 'setSystems' }] }],
          'system.add': [restart(path, { type: 'setSystems' })],
          'step.reopen': [restart(path, { type: 'clearNamed' })],
          'phase.reopen': [restart(path, { type: 'clearNamed' })],
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
    const opened: Transition = {
      guard: { type: 'gateOpen', params: { each: each.id } },
      target: `${path}.${steps.initial}`,
    };
    states[each.id] = { always: [opened] };
    Object.assign(states, steps.states);
  });
  const first = eaches[0]?.each.id ?? 'through';
  return {
    id,
    initial: 'new',
    states: {
      new: { on: { 'system.join': [{ target: path }] } },
      open: {
        initial: first,
        states: { ...states, through: {} },
        on: {
          'facts.changed': factsChanged(plan, path, true),
          'gates.changed': [{}],
          'step.reopen': [restart(path, { type: 'clearNamed' })],
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
function itemStates(
  scope: Scope,
  node: PlanNode,
  next: string,
  earlier: readonly string[],
): Record<string, StateConfig> {
  switch (node.kind) {
    case 'phase':
      return { [node.id]: sequence({ ...scope, path: `${scope.path}.${node.id}` }, node.body, next) };
    case 'parallel':
      return { [node.id]: parallelState(scope, node, next) };
    case 'each':
      return { [node.id]: eachState(scope, node.id, next) };
    case 'step':
      return decisionStates(scope, node, next, earlier);
    case 'sequence':
      throw new InvariantError('a sequence is never an item of a sequence');
  }
}

function parallelState(
  scope: Scope,
  { id, branches }: Extract<PlanNode, { kind: 'parallel' }>,
  next: string,
): StateConfig {
  const states: Record<string, StateConfig> = {};
  branches.forEach((branch, i) => {
    const key = `branch-${i + 1}`;
    const path = `${scope.path}.${id}.${key}`;
    const body = sequence({ ...scope, path }, branch, `${path}.done`);
    states[key] = { initial: body.initial, states: { ...body.states, done: { type: 'final' } } };
  });
  return { type: 'parallel', states, onDone: [{ target: next }] };
}

function eachState({ plan }: Scope, id: string, next: string): StateConfig {
  const each = plan.eaches.get(id)?.each;
  invariant(each, `the plan knows ${id}`);
  const through = { type: 'everySystemDone', params: { steps: each.steps.map(whenParams) } };
  return {
    entry: [{ type: 'openGate', params: { each: id } }],
    always: [{ guard: through, target: next }],
  };
}

/** A step, and beside it a state for every answer that leads to a branch. */
function decisionStates(
  scope: Scope,
  { id, branches }: Extract<PlanNode, { kind: 'step' }>,
  next: string,
  earlier: readonly string[],
): Record<string, StateConfig> {
  const step = scope.plan.steps.get(id)?.step;
  invariant(step, `the plan knows ${id}`);
  const beside: Record<string, StateConfig> = {};
  const routes: Transition[] = [];
  for (const [answer, branch] of branches) {
    const key = `${id}-if-${answer}`;
    const path = `${scope.path}.${key}`;
    beside[key] = sequence({ ...scope, path }, branch, next);
    routes.push({ guard: { type: 'answered', params: { step: id, answer } }, target: path });
  }
  return { [id]: stepState({ ...scope, next, earlier, routes }, step), ...beside };
}

function stepStates(scope: Scope, steps: readonly Step[], end: string): Sequence {
  const states: Record<string, StateConfig> = {};
  const keys = steps.map((step) => step.id);
  steps.forEach((step, index) => {
    const nextKey = keys[index + 1];
    const next = nextKey === undefined ? end : `${scope.path}.${nextKey}`;
    states[step.id] = stepState({ ...scope, next, earlier: keys.slice(0, index + 1), routes: [] }, step);
  });
  return { initial: keys[0] ?? 'through', states };
}
