/** The log played back through the same interpreter: what an incident was at any entry, and whether the log tells the truth. */
import { digestOf, openedValues, readLeaf } from '@cordon/audit';
import { canonicalJson, fromIso, isJsonObject, TamperError, type JsonObject } from '@cordon/kernel';
import { decide, isTlp, openState, type IncidentState, type Machines } from '@cordon/engine';
import { decidingOpenings } from './entries.js';
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
  /** `machines` are those that the incident was opened with; or those of the moment `current`, to go on from there. */
  constructor(
    private machines: Machines,
    private current?: Replayed,
  ) {}

  /** The machines that decide now: others than at first where the incident has moved to another version. */
  get machinesNow(): Machines {
    return this.machines;
  }

  get now(): Replayed | undefined {
    return this.current;
  }

  /** `target` are the machines of the version that an `incident.migrate` names; see `migrationTarget`. */
  next(entry: StoredEntry, target?: Machines): void {
    const leaf = readLeaf(entry.leaf);
    const at = instant(leaf.at, leaf.seq);
    const values = openedValues(decidingOpenings(entry));
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
      const decision = decide(this.machines, this.current.state, event, actor, at, target);
      if (decision.outcome === 'rejected')
        throw new TamperError(`entry ${leaf.seq} records ${leaf.event.type}, which is not accepted there`);
      state = decision.state;
      if (decision.machines) this.machines = decision.machines;
    }
    if (`sha256:${digestOf(canonicalJson(state))}` !== leaf.state) {
      throw new TamperError(`entry ${leaf.seq} records another state than its event leads to`);
    }
    this.current = { state, seq: leaf.seq, revision: leaf.revision, at: leaf.at };
  }
}

/** Digest of the playbook whose machines made the entry. */
export function machineDigestOf(entry: Pick<StoredEntry, 'leaf'>): string {
  const { machine, seq } = readLeaf(entry.leaf);
  if (machine === undefined) throw new TamperError(`entry ${seq} names no machine`);
  return machine.replace(/^sha256:/, '');
}

/** Digest of the version that the entry moves the incident to, or proposes to; undefined for any other entry. */
export function migrationTarget(entry: StoredEntry): string | undefined {
  const { event, kind } = readLeaf(entry.leaf);
  if (event.type !== 'incident.migrate' || kind !== 'transition') return undefined;
  const digest = openedValues(decidingOpenings(entry)).data?.digest;
  return typeof digest === 'string' ? digest : undefined;
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
    ...(isTlp(data.tlp) ? { tlp: data.tlp } : {}),
  };
}

function instant(text: string, seq: number): number {
  const at = fromIso(text);
  if (at === undefined) throw new TamperError(`entry ${seq} has no readable time`);
  return at;
}
