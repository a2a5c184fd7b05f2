/** Drives an incident of a playbook to its end with nothing but `decide`. What is chosen comes from the caller. */
import {
  compileMachines,
  decide,
  instances,
  isOpen,
  openState,
  statusOf,
  type Actor,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import type { Json } from '@cordon/kernel';
import type { Playbook, Step } from '@cordon/playbook';

const AT = Date.parse('2026-03-24T02:00:00Z');
const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator'] };
const approvers: readonly Actor[] = Array.from({ length: 20 }, (_, i) => ({
  type: 'person',
  id: `approver-${i}`,
  roles: ['coordinator'],
}));

/** What is done with an open step. */
export type Act =
  { readonly type: 'complete'; readonly output?: Readonly<Record<string, Json>> } | { readonly type: 'fail' };

export interface WalkOptions {
  /** Picks one of the open steps, and what is done with it. */
  readonly choose: (open: readonly Step[], walk: Walk) => readonly [Step, Act];
  readonly most?: number;
}

export class Walk {
  readonly machines: Machines;
  state: IncidentState;
  /** Steps in the order in which they ended. */
  readonly done: string[] = [];
  private events = 0;

  constructor(readonly playbook: Playbook) {
    this.machines = compileMachines(playbook, 'digest');
    const opening = { at: AT, by: 'lead', awareAt: AT, facts: {}, systems: [] };
    this.state = openState(this.machines, opening).state;
  }

  open(): readonly Step[] {
    return this.openInstances().map(({ planned }) => planned.step);
  }

  openInstances(): readonly Instance[] {
    const anytime = new Set(this.playbook.phases.flatMap((phase) => phase.anytime.map(({ id }) => id)));
    return instances(this.machines.plan, this.state).filter(
      (one) => isOpen(statusOf(one.record)) && !anytime.has(one.planned.step.id),
    );
  }

  canFail(step: Step): boolean {
    return this.machines.plan.steps.get(step.id)?.failable === true;
  }

  /** How often a way back from the step was taken. */
  turns(step: Step): number {
    return this.state.turns?.[step.id] ?? 0;
  }

  act(step: Step, act: Act): void {
    this.events += 1;
    const at = AT + this.events * 1000;
    const actor = step.kind === 'approval' ? (approvers[this.events % approvers.length] ?? lead) : lead;
    const event =
      act.type === 'fail'
        ? { type: 'step.fail', step: step.id, data: { reason: 'it went wrong' } }
        : step.kind === 'approval'
          ? { type: 'approval.approve', step: step.id }
          : { type: 'step.complete', step: step.id, data: act.output ? { output: act.output } : {} };
    const decision = decide(this.machines, this.state, event, actor, at);
    if (decision.outcome === 'rejected') {
      throw new Error(`${event.type} of ${step.id} is refused: ${JSON.stringify(decision.rejection)}`);
    }
    this.done.push(step.id);
    this.state = decision.state;
  }

  close(): void {
    const decision = decide(this.machines, this.state, { type: 'incident.close' }, lead, AT + 10_000_000);
    if (decision.outcome === 'rejected') {
      throw new Error(
        `cannot be closed: ${JSON.stringify(decision.rejection)} in ${JSON.stringify(this.state.value)}`,
      );
    }
    this.state = decision.state;
  }
}

/** Throws when the incident gets stuck, does not end within `most` events, or cannot be closed at the end. */
export function walkToEnd(playbook: Playbook, { choose, most = 2000 }: WalkOptions): Walk {
  const walk = new Walk(playbook);
  for (let events = 0; events < most; events += 1) {
    const open = walk.open();
    if (open.length === 0) {
      walk.close();
      return walk;
    }
    const [step, act] = choose(open, walk);
    walk.act(step, act);
  }
  throw new Error(`does not end: ${JSON.stringify(walk.state.value)}`);
}
