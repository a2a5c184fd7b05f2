/** An incident on the small playbook, with people in every role. For specs only. */
import type { JsonObject } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';
import { decide } from '../decide.js';
import { instances, isOpen, statusOf } from '../instances.js';
import { compileMachines, type Machines } from '../machines.js';
import type { Actor, Decision, IncidentState, Rejection } from '../model.js';
import { openState, type Opening } from '../open-state.js';
import { SMALL_PLAYBOOK } from './small-playbook.js';

export const AT = Date.parse('2026-03-24T02:00:00.000Z');

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
export const ann = person('ann', 'coordinator');
export const bob = person('bob', 'responder');
export const cat = person('cat', 'approver');
export const dan = person('dan', 'approver');
export const cordon: Actor = { type: 'system', id: 'cordon', roles: [] };

export function machinesOf(source: string): Machines {
  const { playbook, findings } = parsePlaybook(source);
  if (!playbook) throw new Error(JSON.stringify(findings));
  return compileMachines(playbook, 'digest');
}

/** Opened at `AT`, aware at `AT`, each event a second after the one before it. */
export function smallIncident(opening: Partial<Opening> = {}, source = SMALL_PLAYBOOK) {
  const machines = machinesOf(source);
  const systems = [{ id: 'crm', name: 'CRM' }];
  const opened = openState(machines, { at: AT, by: 'ann', awareAt: AT, facts: {}, systems, ...opening });
  let { state } = opened;
  let now = AT;
  const ask = (actor: Actor, type: string, step?: string, data?: JsonObject): Decision => {
    now += 1000;
    return decide(
      machines,
      state,
      { type, ...(step ? { step } : {}), ...(data ? { data } : {}) },
      actor,
      now,
    );
  };
  const send = (...event: Parameters<typeof ask>): Extract<Decision, { outcome: 'accepted' }> => {
    const decision = ask(...event);
    if (decision.outcome === 'rejected')
      throw new Error(`${event[1]}: ${JSON.stringify(decision.rejection)}`);
    state = decision.state;
    return decision;
  };
  const refuse = (...event: Parameters<typeof ask>): Rejection => {
    const decision = ask(...event);
    if (decision.outcome === 'accepted') throw new Error(`${event[1]} was accepted`);
    return decision.rejection;
  };
  const all = () => instances(machines.plan, state);
  return {
    machines,
    opened,
    ask,
    send,
    refuse,
    state: (): IncidentState => state,
    open: () =>
      all()
        .filter((one) => isOpen(statusOf(one.record)))
        .map((one) => one.id),
    status: (id: string) => statusOf(all().find((one) => one.id === id)?.record),
  };
}

export type SmallIncident = ReturnType<typeof smallIncident>;

/** To the point where the systems can be isolated. */
export function throughContain(t: SmallIncident): void {
  t.send(bob, 'step.complete', 'alert');
  t.send(bob, 'step.complete', 'assess', { output: { personal: 'no' } });
  t.send(bob, 'step.complete', 'a1');
  t.send(bob, 'step.skip', 'a2', { reason: 'not needed' });
  t.send(bob, 'step.complete', 'b1');
}
