/** A script, carried out. */
import type { Machines, Rejection } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import { chanceOf } from './random.js';
import type { Script, ScriptItem, When } from './script.js';
import { advanceTo, endAction, openSimulation, send, type Simulation } from './simulation.js';
import { walk } from './walk.js';
import { rejectionWords } from './words.js';

/** Where the incident stands after the script, and whether it got to its end. */
export interface ScriptRun {
  readonly simulation: Simulation;
  /** Where the incident did not go as the script says; the run ends there. */
  readonly fault?: { readonly item: number; readonly text: string };
}

/**
 * Opens the incident and carries out item after item, stopping at the first that does not come out as it says. The
 * clock is moved before each, so that what is due fires first. Throws `SimulationTooLong` when timers go on for ever.
 */
export function runScript(machines: Machines, script: Script): ScriptRun {
  let simulation = openSimulation(machines, script.opening, script.actions);
  for (const [item, one] of script.items.entries()) {
    const next = carryOut(simulation, one, script);
    if (next.text !== undefined) return { simulation: next.simulation, fault: { item, text: next.text } };
    simulation = next.simulation;
  }
  return { simulation };
}

interface CarriedOut {
  readonly simulation: Simulation;
  readonly text?: string;
}

function carryOut(simulation: Simulation, item: ScriptItem, script: Script): CarriedOut {
  if (item.kind === 'walk') {
    const { simulation: next, stuck } = walk(simulation, {
      ...{ until: item.until, hold: item.hold, people: script.people, choices: script.choices },
      ...(item.seed === undefined ? {} : { chance: chanceOf(item.seed) }),
    });
    return stuck === undefined
      ? { simulation: next }
      : { simulation: next, text: `the walk to ${item.until} ends: ${stuck}` };
  }
  const at = momentOf(simulation, item.when);
  if (at < simulation.now) {
    return {
      simulation,
      text: `it is ${toIso(simulation.now)} already: time does not run back to ${toIso(at)}`,
    };
  }
  const moved = advanceTo(simulation, at);
  if (item.kind === 'advance') return { simulation: moved };
  return item.kind === 'verdict' ? bringVerdict(moved, item) : sendItem(moved, item);
}

function momentOf({ now }: Simulation, when: When): number {
  return 'at' in when ? when.at : now + when.afterMs;
}

function bringVerdict(
  simulation: Simulation,
  { step, verdict }: Extract<ScriptItem, { kind: 'verdict' }>,
): CarriedOut {
  const effects = [simulation.opened, ...simulation.events].flatMap((one) => one.effects);
  const asked = effects.findLast((effect) => effect.kind === 'action' && effect.step === step);
  if (!asked) return { simulation, text: `no action ${step} has begun that could have an answer` };
  const sent = endAction(simulation, asked, verdict);
  if (sent.decision.outcome === 'accepted') return { simulation: sent.simulation };
  return {
    simulation: sent.simulation,
    text: refusedWords(`action.${verdict} ${step}`, sent.decision.rejection),
  };
}

function sendItem(
  simulation: Simulation,
  { by, type, step, data, expect, because }: Extract<ScriptItem, { kind: 'event' }>,
): CarriedOut {
  const event = { type, ...(step === undefined ? {} : { step }), ...(data === undefined ? {} : { data }) };
  const { simulation: next, decision } = send(simulation, event, by);
  const name = [type, step].filter(Boolean).join(' ');
  if (decision.outcome === 'accepted') {
    return expect === 'accepted'
      ? { simulation: next }
      : { simulation: next, text: `${name} was accepted, and should be rejected` };
  }
  if (expect === 'accepted') return { simulation: next, text: refusedWords(name, decision.rejection) };
  const codes = codesOf(decision.rejection);
  if (because === undefined || codes.includes(because)) return { simulation: next };
  return {
    simulation: next,
    text: `${name} was rejected because of ${codes.join(', ')}, and not because of ${because}`,
  };
}

function refusedWords(name: string, rejection: Rejection): string {
  return `${name} was rejected: ${rejectionWords(rejection)}`;
}

function codesOf(rejection: Rejection): readonly string[] {
  return rejection.code === 'invalid_event' ? [rejection.code] : rejection.blockedBy.map(({ code }) => code);
}
