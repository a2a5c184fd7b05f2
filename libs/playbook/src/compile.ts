/**
 * Plan to statechart: plain XState configuration (JSON), with guards and actions by name. Steps are states; their
 * `gate` decides, from the records, whether the step is done already, does not apply, waits for a fact, or is ready.
 * Going back therefore is one thing only: forget some records and enter the flow from its start.
 */
import { invariant, InvariantError } from '@cordon/kernel';
import { anytimeEvents, discharging } from './compile-incident.js';
import { roundOf, stepState, whenParams } from './compile-step.js';
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
        ...(plan.anytime.length > 0
          ? { entry: [{ type: 'openAnytime', params: { steps: plan.anytime } }] }
          : {}),
        initial: flow.initial,
        states: {
          ...flow.states,
          'ready-to-close': { on: { 'incident.close': [closing(plan, `#${id}.closed`)] } },
        },
        on: {
          ...anytimeEvents(plan),
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

/** What must hold before closing beside all phases being through; a playbook without such conditions just closes. */
function closing({ playbook, steps }: Plan, target: string): Transition {
  const duties = playbook.duties.map((duty) => ({
    ...(duty.when ? { when: duty.when } : {}),
    ...discharging(duty.id, steps),
  }));
  const conditions = playbook.closure.map(({ when }) => when);
  if (duties.length === 0 && conditions.length === 0) return { target };
  return { target, guard: { type: 'mayClose', params: { duties, conditions } } };
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
    case 'group':
      return { [node.id]: sequence({ ...scope, path: `${scope.path}.${node.id}` }, node.body, next) };
    case 'parallel':
      return { [node.id]: parallelState(scope, node, next) };
    case 'graph':
      return { [node.id]: graphState(scope, node, next) };
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

/** One region per block; it opens when all it comes after has ended, and is passed over when none of those ends counts. */
function graphState(
  scope: Scope,
  { id, nodes }: Extract<PlanNode, { kind: 'graph' }>,
  next: string,
): StateConfig {
  const states: Record<string, StateConfig> = {};
  for (const { node, after } of nodes) {
    const key = `node-${node.id}`;
    const path = `${scope.path}.${id}.${key}`;
    const body = sequence({ ...scope, path }, { kind: 'sequence', items: [node] }, `${path}.done`);
    const ended = (end: 'done' | 'dead'): Named => ({ type: 'nodeEnds', params: { node: node.id, end } });
    states[key] = {
      initial: 'waiting',
      states: {
        waiting: {
          always: [
            { guard: { type: 'endsTaken', params: { after } }, target: `${path}.${body.initial}` },
            { guard: { type: 'endsDead', params: { after } }, target: `${path}.passed-over` },
          ],
        },
        ...body.states,
        done: { type: 'final', entry: [ended('done')] },
        'passed-over': { type: 'final', entry: [ended('dead')] },
      },
    };
  }
  const entry = [{ type: 'enterGraph', params: { nodes: nodes.map(({ node }) => node.id) } }];
  return { type: 'parallel', entry, states, onDone: [{ target: next }] };
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

/** A step, and beside it a state for every answer that leads to a branch, and for what is done after a failure. */
function decisionStates(
  scope: Scope,
  { id, branches, failed }: Extract<PlanNode, { kind: 'step' }>,
  next: string,
  earlier: readonly string[],
): Record<string, StateConfig> {
  const step = scope.plan.steps.get(id)?.step;
  invariant(step, `the plan knows ${id}`);
  const beside: Record<string, StateConfig> = {};
  const routes: Transition[] = [];
  const branch = (key: string, body: PlanNode, guard: Named, end: string): void => {
    const path = `${scope.path}.${key}`;
    beside[key] = sequence({ ...scope, path }, body, end);
    routes.push({ guard, target: path });
  };
  const place = { ...scope, next, earlier, routes };
  for (const [answer, body] of branches) {
    const round = roundOf(place, step, answer);
    if (round) beside[`${id}-round-${answer}`] = round;
    const end = round ? `${scope.path}.${id}-round-${answer}` : next;
    branch(`${id}-if-${answer}`, body, { type: 'answered', params: { step: id, answer } }, end);
  }
  if (failed)
    branch(`${id}-failed`, failed, { type: 'resumes', params: { step: id, status: 'failed' } }, next);
  return { [id]: stepState(place, step), ...beside };
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
