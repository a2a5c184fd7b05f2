/** The log played back through the same interpreter: what an incident was at any entry, and whether the log tells the truth. */
import { digestOf, openedValues, readLeaf } from '@cordon/audit';
import { canonicalJson, fromIso, isJsonObject, TamperError, type JsonObject } from '@cordon/kernel';
import { decide, openState, type IncidentState, type Machines } from '@cordon/engine';
import { openingsOf } from './entries.js';
import type { StoredEntry } from './ports.js';

export interface Replayed {
  readonly state: IncidentState;
  readonly seq: number;
  readonly revision: number;
  readonly at: string;
}

/**
 * Plays entries in order, the first being the opening. Throws a TamperError, naming the entry, when a transition is not
 * the one that the interpreter makes or its state has another digest than the log says.
 */
export class Replay {
  private current: Replayed | undefined;

  constructor(private readonly machines: Machines) {}

  get now(): Replayed | undefined {
    return this.current;
  }

  next(entry: StoredEntry): void {
    const leaf = readLeaf(entry.leaf);
    const at = instant(leaf.at, leaf.seq);
    const values = openedValues(openingsOf(entry));
    let state: IncidentState;
    if (leaf.kind === 'opened') {
      state = openState(this.machines, openingOf(values.data ?? {}, leaf.actor.id, at)).state;
    } else if (!this.current) {
      throw new TamperError(`entry ${leaf.seq} comes before the opening`);
    } else if (leaf.kind === 'rejection') {
      state = this.current.state;
    } else {
      const event = { ...leaf.event, ...(values.data ? { data: values.data } : {}) };
      const actor = {
        id: leaf.actor.id,
        type: leaf.actor.type as 'person' | 'system',
        roles: leaf.actor.roles,
      };
      const decision = decide(this.machines, this.current.state, event, actor, at);
      if (decision.outcome === 'rejected')
        throw new TamperError(`entry ${leaf.seq} records ${leaf.event.type}, which is not accepted there`);
      state = decision.state;
    }
    if (`sha256:${digestOf(canonicalJson(state))}` !== leaf.state) {
      throw new TamperError(`entry ${leaf.seq} records another state than its event leads to`);
    }
    this.current = { state, seq: leaf.seq, revision: leaf.revision, at: leaf.at };
  }
}

/** The opening as its entry holds it. */
export function openingOf(data: JsonObject, by: string, at: number): Parameters<typeof openState>[1] {
  const onset = typeof data.onsetAt === 'string' ? fromIso(data.onsetAt) : undefined;
  return {
    at,
    by,
    awareAt: (typeof data.awareAt === 'string' ? fromIso(data.awareAt) : undefined) ?? at,
    ...(onset === undefined ? {} : { onsetAt: onset }),
    facts: isJsonObject(data.facts) ? data.facts : {},
    systems: Array.isArray(data.systems) ? data.systems : [],
  };
}

function instant(text: string, seq: number): number {
  const at = fromIso(text);
  if (at === undefined) throw new TamperError(`entry ${seq} has no readable time`);
  return at;
}
