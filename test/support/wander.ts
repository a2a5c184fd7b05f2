/** What people, the clock and the outside world may do to an incident, sensible or not, by chance. */
import {
  acceptedBy,
  armedTimers,
  decide,
  instances,
  isOpen,
  statusOf,
  type Actor,
  type Decision,
  type IncidentEvent,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import type { Json, JsonObject } from '@cordon/kernel';
import type { Field } from '@cordon/playbook';
import { FACTS, type Draw } from './random-blocks.js';

export const OPENED = Date.parse('2026-03-24T02:00:00Z');

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
export const lead = person('lead', 'coordinator');
export const second = person('second', 'coordinator');
const cordon: Actor = { type: 'system', id: 'cordon', roles: [] };
export const approvers = ['ann', 'bob', 'cat', 'dan'].map((id) => person(id, 'approver'));
const others = [person('dora', 'doer'), person('dirk', 'doer'), person('audit', 'auditor'), person('guest')];
const everybody = [lead, lead, second, ...approvers, ...others];

/** An event and who asks for it. */
export interface Asked {
  readonly event: IncidentEvent;
  readonly actor: Actor;
}

export interface Scene {
  readonly machines: Machines;
  readonly state: IncidentState;
  readonly draw: Draw;
}

export function openInstances({ machines, state }: Pick<Scene, 'machines' | 'state'>): readonly Instance[] {
  return instances(machines.plan, state).filter((one) => isOpen(statusOf(one.record)));
}

/** Data with which the event is complete; of a decision, an answer that has no limit. */
export function dataFor(
  type: string,
  { planned: { step } }: Instance,
  draw: Draw,
  forward = true,
): JsonObject {
  if (type === 'step.skip') return { reason: step.skip?.reasons[0]?.id ?? 'not needed' };
  if (type === 'task.assign') return { to: 'dora' };
  if (type === 'task.schedule') return { dueAt: '2026-03-25T02:00:00Z', reason: 'so it is' };
  if (type === 'task.prioritise') return { priority: draw.pick(['low', 'high']) };
  if (['step.start', 'task.accept', 'task.release', 'approval.approve'].includes(type)) return {};
  if (type !== 'step.complete') return type.startsWith('system.') ? {} : { reason: 'so it is' };
  const output: Record<string, Json> = {};
  for (const field of step.form) output[field.id] = valueOf(field, draw, forward);
  if (step.kind === 'decision') {
    const onwards = step.answers.filter(({ repeat, again }) => repeat === undefined && !again);
    output.answer = draw.pick(forward ? onwards : step.answers).id;
  }
  return Object.keys(output).length > 0 ? { output } : {};
}

function valueOf({ type, options }: Field, draw: Draw, forward: boolean): Json {
  if (type === 'yesno') return draw.pick(forward ? ['yes', 'no'] : ['yes', 'no', 'unknown']);
  if (type === 'number') return draw.between(1, 5);
  if (type === 'choice') return draw.pick(options).id;
  return 'words';
}

/** A person who may do this to the step: nobody's own work, nobody else's task. */
export function somebodyFor(type: string, { record, planned: { step } }: Instance): Actor {
  if (type.startsWith('approval.')) {
    const given = record?.approvals ?? [];
    const stands =
      step.kind === 'approval' && step.oneOfEach && given.some(({ role }) => role === 'approver');
    return stands ? lead : (approvers.find(({ id }) => !record?.approvedBy?.includes(id)) ?? lead);
  }
  if (type.startsWith('task.') && type !== 'task.assign') return { ...lead, id: record?.assignee ?? 'dora' };
  return step.roles.includes('doer') &&
    type !== 'step.reopen' &&
    type !== 'step.skip' &&
    !type.startsWith('task.')
    ? person('dora', 'doer')
    : lead;
}

/** One of many things. */
export function anything(scene: Scene): Asked {
  const { machines, state, draw } = scene;
  const all = instances(machines.plan, state);
  const open = openInstances(scene);
  const actor = draw.happens(0.6) ? lead : draw.pick(everybody);
  const of = open.length > 0 && draw.happens(0.7) ? draw.pick(open) : draw.pick(all);
  const kind = draw.pick([
    'onward',
    'onward',
    'onward',
    'step',
    'fact',
    'back',
    'clock',
    'world',
    'task',
    'rest',
  ]);
  switch (kind) {
    case 'onward':
      return open.length > 0 ? onward(draw.pick(open), draw) : { actor, event: { type: 'incident.close' } };
    case 'step': {
      const says = acceptedBy(of, state);
      const type = says.length > 0 && draw.happens(0.6) ? draw.pick(says) : draw.pick(STEP_EVENTS);
      const move = type.startsWith('system.') && of.system !== undefined;
      const data = { ...dataFor(type, of, draw, false), ...(move ? { system: of.system } : {}) };
      return { actor, event: { type, ...(move ? {} : { step: of.id }), data } };
    }
    case 'fact':
      return { actor, event: { type: 'fact.set', data: factOf(draw) } };
    case 'back':
      return { actor, event: goingBack(scene, of) };
    case 'clock':
      return clock(scene) ?? { actor, event: { type: 'incident.close' } };
    case 'world':
      return world(scene, of);
    case 'task':
      return {
        actor: draw.happens(0.5) ? actor : somebodyFor('task.accept', of),
        event: taskEvent(of, draw),
      };
    default:
      return { actor, event: rest(scene, of) };
  }
}

const STEP_EVENTS = [
  ...['step.start', 'step.complete', 'step.skip', 'step.problem', 'step.fail', 'step.reopen'],
  ...['approval.approve', 'approval.refuse'],
];

function onward(one: Instance, draw: Draw): Asked {
  const { step } = one.planned;
  if (step.evidence && draw.happens(0.5)) {
    return { actor: lead, event: { type: 'evidence.add', step: one.id, data: { name: 'image' } } };
  }
  const failing = one.planned.failable === true && draw.happens(0.3) ? 'step.fail' : 'step.complete';
  const refusing = draw.happens(0.25) ? 'approval.refuse' : 'approval.approve';
  const type =
    step.kind === 'approval' ? refusing : !step.mandatory && draw.happens(0.3) ? 'step.skip' : failing;
  return {
    actor: type === 'step.skip' ? lead : somebodyFor(type, one),
    event: { type, step: one.id, data: dataFor(type, one, draw, false) },
  };
}

function factOf(draw: Draw): JsonObject {
  const hour = draw.between(0, 3);
  return draw.pick<JsonObject>([
    ...FACTS.map((fact) => ({ fact, value: draw.pick(['yes', 'no', 'unknown']) })),
    { fact: 'size', value: draw.pick<Json>([1, 2, 3, 4, 'unknown']) },
    { fact: 'mood', value: draw.pick(['calm', 'wild', 'unknown']) },
    { fact: 'moment', value: `2026-03-24T0${hour}:00:00Z` },
    { fact: draw.pick(['awareAt', 'onsetAt']), value: `2026-03-24T0${hour % 2}:00:00Z` },
    { fact: 'nothing', value: 'yes' },
  ]);
}

function goingBack({ machines, state, draw }: Scene, of: Instance): IncidentEvent {
  const phase = draw.pick([...machines.plan.phases.keys()]);
  const systems = Object.keys(state.systems).filter(() => draw.happens(0.5));
  return draw.pick<IncidentEvent>([
    { type: 'step.reopen', step: of.id, data: { reason: 'r' } },
    { type: 'phase.reopen', data: { phase, reason: 'r', ...(draw.happens(0.5) ? { systems } : {}) } },
    { type: 'system.add', data: { id: `sys-${draw.between(0, 2)}`, name: 'S' } },
    { type: 'incident.reopen', data: { reason: 'r' } },
  ]);
}

function clock({ machines, state, draw }: Scene): Asked | undefined {
  const timers = [...armedTimers(machines.plan, state).values()];
  if (timers.length === 0) return undefined;
  const { id, fireAt } = draw.pick(timers);
  const late = draw.happens(0.1) ? 1 : 0;
  return { actor: cordon, event: { type: 'timer.fired', data: { timer: id, fireAt: fireAt + late } } };
}

/** What became of an action, of this attempt or of an earlier one. */
function world({ machines, state, draw }: Scene, of: Instance): Asked {
  const actions = instances(machines.plan, state).filter(({ planned }) => planned.step.kind === 'action');
  const one = actions.length > 0 ? draw.pick(actions) : of;
  const { id } = one.planned.step;
  const rounds = one.system === undefined ? state.rounds : state.systems[one.system]?.rounds;
  const round = (rounds?.[id] ?? 0) - (draw.happens(0.2) ? 1 : 0);
  const type = draw.pick(['action.succeeded', 'action.failed', 'effect.delivered', 'effect.failed']);
  return { actor: cordon, event: { type, step: one.id, data: { key: `action:${one.id}#${round}` } } };
}

function taskEvent(of: Instance, draw: Draw): IncidentEvent {
  const type = draw.pick(['task.assign', 'task.accept', 'task.decline', 'task.release']);
  return { type, step: of.id, data: dataFor(type, of, draw) };
}

function rest({ draw }: Scene, of: Instance): IncidentEvent {
  return draw.pick<IncidentEvent>([
    { type: 'evidence.add', step: of.id, data: { name: 'image' } },
    { type: 'note.add', data: { text: 'words' } },
    { type: 'incident.close' },
    { type: 'system.isolate', data: { system: 'sys-0' } },
    { type: 'incident.nonsense', data: {} },
    { type: 'step.complete', step: of.id, data: { output: { nonsense: true } } },
    { type: 'step.complete', step: 'nowhere' },
  ]);
}

export function ask(scene: Scene, { event, actor }: Asked, at: number, target?: Machines): Decision {
  return decide(scene.machines, scene.state, event, actor, at, target);
}
