/** Which step instance an event means. */
import type { SystemMove } from '@cordon/playbook';
import { findInstance, instanceId, type Instance } from './instances.js';
import { MOVE_EVENTS, type Decision, type IncidentState } from './model.js';
import { invalid, type Request } from './verdicts.js';

/** The instance named by `step`, by `step` and `data.system`, or by the move of a system; else why there is none. */
export function addressee(request: Request, step: string | undefined): Instance | Decision {
  const move = MOVE_EVENTS[request.type];
  const system = typeof request.data.system === 'string' ? request.data.system : undefined;
  if (move) return mover(request, move, system, step);
  if (step === undefined) return invalid('/step', `${request.type} needs the step it is about`);
  return named(request, step, system);
}

/** The step that makes this move of this system; naming it as well is allowed, naming another is not. */
function mover(
  { machines, state, type }: Request,
  move: SystemMove,
  system: string | undefined,
  step: string | undefined,
): Instance | Decision {
  if (system === undefined || !Object.hasOwn(state.systems, system)) {
    return invalid('/data/system', unknownSystem(state, system));
  }
  const moving = machines.plan.moves.get(move);
  if (moving === undefined)
    return invalid('/type', `this playbook has no step that moves a system by "${move}"`);
  const instance = findInstance(machines.plan, state, instanceId(moving, system));
  if (instance && (step === undefined || step === moving || step === instance.id)) return instance;
  return invalid('/step', `${type} belongs to the step ${moving}`);
}

function named({ machines, state }: Request, step: string, system: string | undefined): Instance | Decision {
  const { plan } = machines;
  const perSystem = system !== undefined && !step.includes('@');
  const found =
    (perSystem ? findInstance(plan, state, instanceId(step, system)) : undefined) ??
    findInstance(plan, state, step);
  if (!found) {
    if (plan.steps.get(step)?.each === undefined) {
      return invalid('/step', `there is no step "${step}" in this incident`);
    }
    return invalid(
      '/step',
      `${step} is done per system: write ${step}@<system>. ${unknownSystem(state, system)}`,
    );
  }
  if (system === undefined || found.system === undefined || found.system === system) return found;
  return invalid('/data/system', `the step ${found.id} is about ${found.system}`);
}

/** A sentence that names the systems there are. */
export function unknownSystem(state: IncidentState, system: string | undefined): string {
  const known = Object.keys(state.systems);
  const list = known.length === 0 ? 'no system is listed' : `the affected systems are ${known.join(', ')}`;
  return system === undefined ? list : `there is no affected system "${system}": ${list}`;
}
