/** What holds of every incident after every event, whatever its playbook and whoever did what. */
import {
  acceptedBy,
  armedTimers,
  decide,
  instances,
  instanceTurns,
  isOpen,
  statusOf,
  whyLocked,
  closeBlockers,
  type Decision,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import { canonicalJson, isJsonObject, type Json } from '@cordon/kernel';
import { endTaken, type PlanNode, type Step } from '@cordon/playbook';
import type { Draw } from './random-blocks.js';
import { dataFor, somebodyFor } from './wander.js';

/** Sentences on what does not hold; none for a sound state. O(steps²). */
export function faultsOf(machines: Machines, before: IncidentState, state: IncidentState): readonly string[] {
  const { plan } = machines;
  const faults: string[] = [];
  const all = instances(plan, state);
  if (canonicalJson(JSON.parse(canonicalJson(state)) as Json) !== canonicalJson(state)) {
    faults.push('the state is not its canonical text');
  }
  faults.push(...valueFaults(state, all));
  for (const one of all) {
    if (statusOf(one.record) === 'cannot_start' && whyLocked(plan, state, one).length === 0)
      faults.push(`${one.id} is locked without a reason`);
  }
  if (state.status === 'open' && !isAtEnd(state) && closeBlockers(plan, state).length === 0)
    faults.push('nothing stands in the way of closing, and the flow is not at its end');
  for (const { instance } of armedTimers(plan, state).values()) {
    if (state.status !== 'open' || !isOpen(statusOf(instance.record)))
      faults.push(`a timer of ${instance.id} is armed, which is not open`);
  }
  faults.push(...graphFaults(plan.root, state), ...loopFaults(before, state, all));
  return faults;
}

function isAtEnd({ value }: IncidentState): boolean {
  return isJsonObject(value) && value.open === 'ready-to-close';
}

/** The machine stands in `ready`, `in_progress` or `problem` of exactly those steps whose records say so. */
function valueFaults(state: IncidentState, all: readonly Instance[]): readonly string[] {
  const faults: string[] = [];
  const inValue = new Map<string, string>();
  const steps = new Set(all.map(({ planned }) => planned.step.id));
  const visit = (value: Json | undefined, suffix: string): void => {
    if (!isJsonObject(value)) return;
    for (const [key, below] of Object.entries(value)) {
      if (typeof below === 'string' && steps.has(key) && below !== 'gate') inValue.set(key + suffix, below);
      else visit(below, suffix);
    }
  };
  visit(state.value, '');
  for (const [id, system] of Object.entries(state.systems)) visit(system.value, `@${id}`);
  for (const { id, record, planned } of all) {
    if (planned.anytime) {
      if (state.status === 'open' && statusOf(record) === 'cannot_start')
        faults.push(`${id} is not open at any time`);
      continue;
    }
    const status = statusOf(record);
    const standing = isOpen(status) ? status : undefined;
    if (inValue.get(id) !== standing && state.status === 'open')
      faults.push(`${id} is ${inValue.get(id)} by the machine and ${standing} by its record`);
  }
  return faults;
}

/** What is open in a graph has all ends behind it, one of them as asked for; what has ended has nothing open in it. */
function graphFaults(node: PlanNode, state: IncidentState): readonly string[] {
  switch (node.kind) {
    case 'sequence':
      return node.items.flatMap((item) => graphFaults(item, state));
    case 'parallel':
      return node.branches.flatMap((item) => graphFaults(item, state));
    case 'phase':
    case 'group':
      return graphFaults(node.body, state);
    case 'step':
      return [...node.branches.values(), ...(node.failed ? [node.failed] : [])].flatMap((item) =>
        graphFaults(item, state),
      );
    case 'graph':
      return node.nodes.flatMap(({ node: inner, after }) => {
        const below = graphFaults(inner, state);
        const open = stepsIn(inner).filter((step) => isOpen(statusOf(state.steps[step])));
        if (open.length === 0) return below;
        const ends = after.map((end) => endTaken(state, end));
        if (ends.includes('open') || (ends.length > 0 && !ends.includes('taken')))
          return [...below, `${open.join()} runs in ${inner.id} before its turn`];
        return state.ends?.[inner.id] === undefined
          ? below
          : [...below, `${open.join()} runs in ${inner.id}, which has ended`];
      });
    case 'each':
      return [];
  }
}

function stepsIn(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'sequence':
      return node.items.flatMap(stepsIn);
    case 'parallel':
      return node.branches.flatMap(stepsIn);
    case 'phase':
    case 'group':
      return stepsIn(node.body);
    case 'graph':
      return node.nodes.flatMap((one) => stepsIn(one.node));
    case 'each':
      return [];
    case 'step':
      return [
        node.id,
        ...[...node.branches.values(), ...(node.failed ? [node.failed] : [])].flatMap(stepsIn),
      ];
  }
}

/**
 * A step leads back once more although every way back from it has a limit, and it has led back more often than any of
 * them allows. A count that came along from another version may be higher than the limit there.
 */
function loopFaults(
  before: IncidentState,
  state: IncidentState,
  all: readonly Instance[],
): readonly string[] {
  return all.flatMap((one) => {
    const limits = limitsOf(one.planned.step);
    const most = limits.includes(undefined) ? Infinity : Math.max(0, ...limits.map(Number));
    const turns = instanceTurns(state, one);
    return turns > most && turns > instanceTurns(before, one)
      ? [`${one.id} has led back ${turns} times, of ${most}`]
      : [];
  });
}

function limitsOf(step: Step): readonly (number | undefined)[] {
  const failed = step.failed && 'repeat' in step.failed ? [step.failed.max] : [];
  if (step.kind === 'approval') return [...failed, ...(step.refused === undefined ? [] : [step.max])];
  if (step.kind !== 'decision') return failed;
  const back = step.answers.filter(({ repeat, again }) => repeat !== undefined || again);
  return [...failed, ...back.map(({ max }) => max)];
}

/** A refusal says why. */
export function refusalFaults({ outcome, ...decision }: Decision): readonly string[] {
  if (outcome === 'accepted' || !('rejection' in decision)) return [];
  const { rejection } = decision;
  const reasons = rejection.code === 'invalid_event' ? rejection.errors : rejection.blockedBy;
  return reasons.length > 0 ? [] : [`refused without a reason: ${JSON.stringify(rejection)}`];
}

/** What a step says it takes, it takes from somebody who may; what it does not say, it refuses. */
export function acceptFaults(
  machines: Machines,
  state: IncidentState,
  one: Instance,
  draw: Draw,
  at: number,
): readonly string[] {
  const says = acceptedBy(one, state);
  const types = [...new Set([...says, ...ALL])];
  return types.flatMap((type) => {
    const move = type.startsWith('system.');
    const event = {
      type,
      ...(move ? {} : { step: one.id }),
      data: { ...dataFor(type, one, draw), ...(move ? { system: one.system ?? '' } : {}) },
    };
    const decision = decide(machines, state, event, somebodyFor(type, one), at);
    const faults = refusalFaults(decision);
    if (decision.outcome === 'accepted')
      return says.includes(type) ? faults : [...faults, `${one.id} takes ${type} and does not say so`];
    if (!says.includes(type)) return faults;
    const { rejection } = decision;
    // A time that a rule has set is only brought forward, and the moment asked for may lie behind it.
    const boundByRule = type === 'task.schedule' && rejection.code === 'invalid_event';
    if (boundByRule && rejection.errors.every(({ pointer }) => pointer === '/data/dueAt')) return faults;
    const reasons = rejection.code === 'invalid_event' ? [] : rejection.blockedBy.map(({ code }) => code);
    const bounded = reasons.length > 0 && reasons.every((code) => BOUNDS.includes(code));
    return bounded
      ? faults
      : [...faults, `${one.id} says it takes ${type} and refuses it: ${JSON.stringify(rejection)}`];
  });
}

const BOUNDS: readonly string[] = [
  ...['limit_reached', 'evidence_missing'],
  ...['own_work', 'own_fact', 'own_request', 'already_approved'],
];
const ALL = [
  ...['step.start', 'step.complete', 'step.skip', 'step.problem', 'step.fail', 'step.reopen'],
  ...['approval.approve', 'approval.refuse', 'task.assign', 'task.accept', 'task.decline', 'task.release'],
];
