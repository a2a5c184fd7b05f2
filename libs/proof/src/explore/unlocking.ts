/**
 * Doing what is said of a locked step unlocks it. What is said is `nextOf` of each of its reasons: one event. A state is
 * fine when the step is open in it, or done (a wait may be over as soon as it is reached), or when some transition by such an event leads to one that is fine; how many there
 * are up to there is the measure that sinks with each. Every single reason must lead on, so that none of them misleads.
 */
import {
  findInstance,
  instanceId,
  isOpen,
  nextOf,
  statusOf,
  whyNot,
  type IncidentEvent,
  type IncidentState,
  type Next,
} from '@cordon/engine';
import { isJsonObject } from '@cordon/kernel';
import type { Plan } from '@cordon/playbook';
import { isHardDone } from './canonical.js';
import type { Obligation } from './obligation.js';

/** What is said of the step in one state. */
interface Said {
  readonly at: number;
  /** By reason; `undefined` for one that says nothing to do, or names nothing. */
  readonly nexts: readonly (Next | undefined)[];
  /** Where each of them leads. */
  readonly to: number[][];
}

/** One step, of the incident or of a system, in every state of a graph. */
interface Track {
  readonly said: Map<number, Said>;
  readonly open: number[];
}

/** Collects what is said while a graph is explored, and judges it when it is known. */
export class Unlocking {
  /** By step and instance. */
  private readonly tracks = new Map<string, Map<string, Track>>();
  private now: readonly Said[] = [];

  constructor(
    private readonly plan: Plan,
    obligations: readonly Obligation[],
  ) {
    for (const { ask } of obligations) if (ask.kind === 'unlocks') this.tracks.set(ask.step, new Map());
  }

  /** The state whose transitions come next. O(steps asked × plan). */
  standing(at: number, state: IncidentState): void {
    if (this.tracks.size === 0) return;
    const now: Said[] = [];
    for (const [step, tracks] of this.tracks) {
      for (const id of idsOf(this.plan, state, step)) {
        const track = tracks.get(id) ?? { said: new Map<number, Said>(), open: [] };
        tracks.set(id, track);
        const nexts = saidOf(this.plan, state, id);
        if (nexts === 'unlocked') {
          track.open.push(at);
          continue;
        }
        const said = { at, nexts, to: nexts.map(() => []) };
        track.said.set(at, said);
        now.push(said);
      }
    }
    this.now = now;
  }

  /** A transition from that state. */
  leads(event: IncidentEvent, to: number): void {
    for (const said of this.now)
      said.nexts.forEach((next, i) => {
        if (next && isAsked(next, event)) said.to[i]?.push(to);
      });
  }

  /**
   * States that break it; `reaching` gives those from which some run leads to one of the given states. O(transitions).
   */
  bad(obligation: Obligation, reaching: (goals: readonly number[]) => Uint8Array): ReadonlySet<number> {
    const { ask } = obligation;
    const bad = new Set<number>();
    if (ask.kind !== 'unlocks') return bad;
    for (const track of this.tracks.get(ask.step)?.values() ?? []) {
      const can = reaching(track.open);
      const found = ask.atAll ? [...track.said.keys()] : badOn(track);
      for (const at of found) if ((can[at] === 1) !== ask.atAll) bad.add(at);
    }
    return bad;
  }
}

function idsOf({ steps }: Plan, state: IncidentState, step: string): readonly string[] {
  if (steps.get(step)?.each === undefined) return [step];
  return Object.keys(state.systems).map((system) => instanceId(step, system));
}

/** What each reason says that there is to do; `undefined` for a reason that says nothing. */
function saidOf(plan: Plan, state: IncidentState, id: string): 'unlocked' | readonly (Next | undefined)[] {
  const instance = findInstance(plan, state, id);
  if (!instance) return 'unlocked';
  const status = statusOf(instance.record);
  if (isOpen(status) && state.status === 'open') return 'unlocked';
  if (status !== 'cannot_start' && isHardDone(instance.record)) return 'unlocked';
  const event = instance.planned.step.kind === 'approval' ? 'approval.approve' : 'step.start';
  const reasons = whyNot(plan, state, event, instance);
  if (reasons.length === 0) return [undefined];
  return reasons.map((reason) => {
    const { step, role, fact, system, duty, code } = reason;
    const names = [step, role, fact, system, duty].some((one) => one !== undefined);
    if (!names && code !== 'incident_closed') return undefined;
    return nextOf(plan, state, reason, { event, step: id });
  });
}

/** The event is the one that is said. */
function isAsked(next: Next, { type, step, data }: IncidentEvent): boolean {
  if (type !== next.event) return false;
  if (next.step !== undefined && step !== next.step) return false;
  if (next.fact !== undefined && data?.fact !== next.fact) return false;
  if (next.answers === undefined) return true;
  const output = data?.output;
  return isJsonObject(output) && typeof output.answer === 'string' && next.answers.includes(output.answer);
}

function badOn({ said, open }: Track): readonly number[] {
  const into = new Map<number, number[]>();
  for (const { at, to } of said.values())
    for (const end of new Set(to.flat())) into.set(end, [...(into.get(end) ?? []), at]);
  const fine = new Set(open);
  for (const one of fine) for (const from of into.get(one) ?? []) fine.add(from);
  return [...said.values()]
    .filter(({ to }) => to.length === 0 || to.some((ends) => !ends.some((end) => fine.has(end))))
    .map(({ at }) => at);
}
