/** From a run in a slice to a run of the whole machine: what the slice takes as done is done by people on the way. */
import {
  findInstance,
  instances,
  isOpen,
  statusOf,
  type IncidentEvent,
  type Instance,
  type Machines,
} from '@cordon/engine';
import { isJsonObject, type Json } from '@cordon/kernel';
import {
  evaluate,
  factValue,
  isDone,
  type Answer,
  type Facts,
  type Guard,
  type Truth,
} from '@cordon/playbook';
import { isHardDone } from './canonical.js';
import { domainsOf } from './fact-values.js';
import type { CaseEvent } from './model.js';
import { factMove, stepMoves, systemName, type Move } from './moves.js';
import { after, opened, timed, type Opening, type Standing } from './run.js';
import type { Edge } from './obligation.js';
import type { Run } from './search.js';
import {
  combinationsOf,
  factsAt,
  indexOf,
  MAX_COMBINATIONS,
  neighbours,
  type Valuations,
} from './valuations.js';
import { plainFacts, type World } from './world.js';

/** Ways forward that are tried for each step before a run is given up. */
const DETOURS_PER_STEP = 6;

/** A run of the whole machine with its opening. */
export interface Lifted {
  readonly opening: Opening;
  readonly events: readonly CaseEvent[];
}

/**
 * Undefined when the run cannot be had in the whole machine. With `ask`, it ends where that is true: what the slice had
 * got by at once may have to be done first. O(steps) events.
 */
export function lift(world: World, run: Run, ask?: (edge: Edge) => boolean): Lifted | undefined {
  return attempted(world, run, ask, false) ?? attempted(world, run, ask, true);
}

/** With `everything`, all steps are done first and those of the slice reopened: what facts hold back later is done by then. */
function attempted(
  world: World,
  run: Run,
  ask: ((edge: Edge) => boolean) | undefined,
  everything: boolean,
): Lifted | undefined {
  const { machines, valuations } = world;
  const opening = {
    facts: plainFacts(factsAt(valuations, run.from)),
    systems: Array.from({ length: run.systems }, (_, i) => systemName(i)),
  };
  const lifting = new Lifting(world, opened(machines, opening), ask);
  if (everything) lifting.doesEverythingOnce(run.from);
  for (const { from, move } of run.vias) {
    if (lifting.hit) break;
    lifting.standFor(from, isParticular(move));
    if (!lifting.does(move)) return undefined;
  }
  return ask && !lifting.reaches() ? undefined : { opening, events: lifting.events };
}

class Lifting {
  readonly events: CaseEvent[] = [];
  /** The run has done what is asked. */
  hit: boolean;
  private detours = 0;

  constructor(
    private readonly world: World,
    private standing: Standing,
    private readonly ask: (edge: Edge) => boolean = () => false,
  ) {
    this.hit = ask?.({ after: standing.state, refused: standing.refused }) ?? false;
  }

  /** The event, after as much of what stands in its way has been done as is needed. */
  does(move: Move): boolean {
    while (!this.hit && !this.sends(move)) if (!this.advances()) return false;
    return true;
  }

  /** Goes on with what the slice takes as done until the run does what is asked. */
  reaches(): boolean {
    while (!this.hit) if (!this.advances()) return false;
    return true;
  }

  /** Does every step that facts allow, in the order of the flow, and opens those of the slice again. */
  doesEverythingOnce(facts: number): void {
    const { machines, canon, people } = this.world;
    const all = (): readonly Instance[] =>
      instances(machines.plan, this.standing.state).filter(({ planned }) => !planned.anytime);
    const finished = (): number => all().filter(({ record }) => isHardDone(record)).length;
    for (let before = -1; before < finished();) {
      before = finished();
      for (const { id } of all()) {
        const now = (): Instance | undefined => findInstance(machines.plan, this.standing.state, id);
        if (isHardDone(now()?.record)) continue;
        this.makesApplyForNow(now());
        const one = now();
        if (one && isOpen(statusOf(one.record))) this.finishes(one);
      }
    }
    for (const { id, planned } of all()) {
      if (!canon.steps.has(planned.step.id)) continue;
      const event = { type: 'step.reopen', step: id, data: { reason: 'because' } };
      this.sends({ event, actor: people.doer, direction: 'back' });
    }
    this.standFor(facts, true);
  }

  /** Sets what its condition asks for, whatever else that changes. */
  private makesApplyForNow(of: Instance | undefined): void {
    const when = of?.planned.step.when;
    const { facts } = this.standing.state;
    if (!when || evaluate(when, facts) === 'yes') return;
    const [way] = this.waysOf(when).filter(({ truth }) => truth === 'yes');
    for (const fact of way?.changes ?? [])
      this.sends(factMove(this.world.people, fact, factValue(way?.wanted ?? {}, fact)));
  }

  private sends(move: Move): boolean {
    const { machines } = this.world;
    const { actor } = move;
    const event = changing(move, this.standing.state.facts);
    const now = timed(machines, this.standing, event, actor);
    const next = now && after(machines, this.standing, now);
    if (!now || !next) return false;
    this.events.push(now);
    this.hit ||= this.ask({
      before: this.standing.state,
      event: now.event,
      after: next.state,
      refused: next.refused,
    });
    this.standing = next;
    return true;
  }

  /** Brings the facts of the slice to this combination, or to one of its class, on a way inside the class where there is one. */
  standFor(wanted: number, exactly: boolean): void {
    const { valuations, people } = this.world;
    const here = indexOf(valuations, this.standing.state.facts);
    if (!exactly && valuations.classOf[here] === valuations.classOf[wanted]) return;
    for (const { fact, value } of way(valuations, here, wanted)) this.sends(factMove(people, fact, value));
  }

  /** Does one thing that the slice takes as done; false when there is none. */
  private advances(): boolean {
    const { machines, canon, valuations } = this.world;
    this.detours += 1;
    if (this.detours > DETOURS_PER_STEP * machines.plan.steps.size * (1 + this.world.systems)) return false;
    const facts = indexOf(valuations, this.standing.state.facts);
    const waiting = instances(machines.plan, this.standing.state).filter(
      ({ planned }) => !canon.steps.has(planned.step.id) && !planned.anytime,
    );
    const moved =
      waiting.some((one) => isOpen(statusOf(one.record)) && this.finishes(one)) ||
      waiting.some((one) => this.makesApply(one));
    if (!this.hit) this.standFor(facts, false);
    return moved;
  }

  /** The way forward that leaves the facts of the slice as they are, if there is one; else any. */
  private finishes({ id, planned }: Instance): boolean {
    const { machines, people, valuations } = this.world;
    const { state } = this.standing;
    const known = plainFacts(factsAt(valuations, indexOf(valuations, state.facts)));
    const moves = stepMoves(machines, people, state, [planned.step.id], valuations.domains)
      .filter(
        ({ direction, event }) =>
          direction === 'forward' && (event.step === id || event.data?.timer === `wait:${id}`),
      )
      .filter((move) => goesOn(machines, move));
    const still = moves.filter(({ sets = {} }) =>
      Object.entries(sets).every(([fact, value]) => (known[fact] ?? 'unknown') === value),
    );
    const waiving = still.filter(({ event }) => answerOf(machines, event)?.waives !== undefined);
    return (
      [...waiving, ...still, ...moves].some((move) => this.sends(move)) || this.gathers(id, planned.step.id)
    );
  }

  /** Evidence first. */
  private gathers(id: string, step: string): boolean {
    const { machines, people } = this.world;
    const moves = stepMoves(machines, people, this.standing.state, [step], []);
    return moves.some(
      (move) => move.event.type === 'evidence.add' && move.event.step === id && this.sends(move),
    );
  }

  /**
   * A step at its gate waits for facts. If that takes the facts of the slice to another class they are put back
   * afterwards, and then only a step that has been done stays done; else it may as well be passed over.
   */
  private makesApply({ planned, record }: Instance): boolean {
    const { people } = this.world;
    const { when } = planned.step;
    const { facts } = this.standing.state;
    if (!when || evaluate(when, facts) !== 'unknown' || isDone(record, 'unknown')) return false;
    const [way] = this.waysOf(when)
      .filter(({ truth, back }) => truth === 'yes' || (truth === 'no' && !back))
      .sort((a, b) => Number(a.back) - Number(b.back));
    if (!way) return false;
    for (const fact of way.changes) this.sends(factMove(people, fact, factValue(way.wanted, fact)));
    return !way.back || this.finishes({ id: planned.step.id, planned });
  }

  /** Every combination of the facts that the condition reads: what it makes of it, fewest changes first. */
  private waysOf(when: Guard): readonly Way[] {
    const { valuations, machines } = this.world;
    const { facts } = this.standing.state;
    const kept = valuations.classOf[indexOf(valuations, facts)];
    const domains = domainsOf(machines.plan.playbook, [when]);
    if (combinationsOf(domains) > MAX_COMBINATIONS) return [];
    const ways = Array.from({ length: combinationsOf(domains) }, (_, at): Way => {
      const wanted = factsAt({ domains }, at);
      const changes = domains
        .filter(({ fact }) => factValue(wanted, fact) !== factValue(facts, fact))
        .map(({ fact }) => fact);
      const then = { ...facts, ...unset(changes), ...wanted };
      const back = valuations.classOf[indexOf(valuations, then)] !== kept;
      return { wanted, changes, back, truth: evaluate(when, then) };
    });
    return ways.sort((a, b) => a.changes.length - b.changes.length);
  }
}

/** Facts to set, what a condition is then, and whether they leave the class of the slice. */
interface Way {
  readonly wanted: Facts;
  readonly changes: readonly string[];
  readonly back: boolean;
  readonly truth: Truth;
}

/** It matters with which facts of the class it is done. */
function isParticular({ event, sets = {} }: Move): boolean {
  return event.type === 'fact.set' || Object.keys(sets).length > 0;
}

/** A fact is set to the value that it does not have. */
function changing({ event, values }: Move, facts: Facts): IncidentEvent {
  const fact = event.data?.fact;
  if (!values || typeof fact !== 'string') return event;
  const has = factValue(facts, fact) ?? 'unknown';
  return { ...event, data: { fact, value: values[0] === has ? values[1] : values[0] } };
}

function unset(facts: readonly string[]): Facts {
  return Object.fromEntries(facts.map((fact) => [fact, { value: 'unknown', at: 0 }]));
}

/** Not an answer that leads back: what is not followed is done once. */
function goesOn(machines: Machines, { event }: Move): boolean {
  if (event.type === 'approval.refuse' || event.type === 'step.fail' || event.type === 'step.skip')
    return false;
  const answer = answerOf(machines, event);
  return answer === undefined || (answer.repeat === undefined && answer.again === undefined);
}

/** The answer that completes a decision. */
function answerOf({ plan }: Machines, { type, step: id, data }: IncidentEvent): Answer | undefined {
  const step = plan.steps.get((id ?? '').split('@')[0] ?? '')?.step;
  if (step?.kind !== 'decision' || type !== 'step.complete' || !isJsonObject(data?.output)) return undefined;
  const { answer } = data.output;
  return step.answers.find((one) => one.id === answer);
}

/** Single facts to set, one after the other: through the class of where it starts if that reaches, else straight. */
function way(
  valuations: Valuations,
  from: number,
  to: number,
): readonly { readonly fact: string; readonly value: Json }[] {
  const came = new Map<
    number,
    { readonly from: number; readonly fact: string; readonly value: Json } | undefined
  >([[from, undefined]]);
  const inside = valuations.classOf[from];
  for (const [at] of came) {
    if (at === to) break;
    for (const { to: next, fact, value } of neighbours(valuations, at)) {
      const leaves = valuations.classOf[next] !== inside && valuations.classOf[to] === inside;
      if (!leaves && !came.has(next)) came.set(next, { from: at, fact, value });
    }
  }
  const steps: { fact: string; value: Json }[] = [];
  for (let back = came.get(to); back; back = came.get(back.from))
    steps.push({ fact: back.fact, value: back.value });
  return steps.reverse();
}
