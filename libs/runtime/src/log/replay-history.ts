/**
 * Level 5: every incident of a bundle played again, event by event, through the playbooks that the leaves name. Each
 * accepted event must lead to the state whose digest was recorded, from where and to where it says, and move the system
 * that it says; each event that the playbook refused must be one that it refuses, for the same reason. What was refused
 * before it reached the playbook (malformed, outdated, not to be seen) is not the playbook's to judge.
 */
import {
  HistoryFault,
  isOpen,
  openedValues,
  type BundleHistory,
  type FaultPlace,
  type HistoryRecord,
  type KeptOpening,
  notChecked,
  type Leaf,
  type NotChecked,
} from '@cordon/audit';
import { decide, type Actor, type IncidentEvent, type IncidentState, type Machines } from '@cordon/engine';
import { canonicalJson, fromIso, isJsonObject } from '@cordon/kernel';
import type { StoredEntry } from '../ports.js';
import { machineDigestOf, migrationTarget, Replay } from '../replay.js';
import { BundleMachines } from './bundle-machines.js';

export interface ReplayedHistory {
  readonly checked: Readonly<Record<string, number>>;
  readonly notChecked: readonly NotChecked[];
}

/** Refusals that are the playbook's own. */
const BY_MACHINE: readonly (string | undefined)[] = ['event_not_accepted', 'forbidden'];

/** Throws a HistoryFault at the first entry that does not follow. O(entries); memory is one state for each incident. */
export async function replayHistory(history: BundleHistory): Promise<ReplayedHistory> {
  const player = new Player(new BundleMachines(history));
  for await (const record of history.records()) await player.next(record);
  return player.result();
}

class Player {
  private readonly replays = new Map<string, Replay>();
  private readonly headless = new Set<string>();
  private readonly counts = { incidents: 0, events: 0, refusals: 0 };
  private unjudged = 0;

  constructor(private readonly machines: BundleMachines) {}

  result(): ReplayedHistory {
    const left: NotChecked[] = [];
    if (this.headless.size > 0) left.push(notChecked('states', { incidents: this.headless.size }));
    if (this.unjudged > 0) left.push(notChecked('refusals', { count: this.unjudged }));
    return { checked: this.counts, notChecked: left };
  }

  async next(record: HistoryRecord): Promise<void> {
    const { leaf, index } = record;
    if (leaf.machine === undefined) return;
    const place: FaultPlace = { index, incident: leaf.incident, seq: leaf.seq };
    let replay = this.replays.get(leaf.incident);
    const entry = storedEntry(record);
    if (!replay) {
      if (leaf.kind !== 'opened') {
        this.headless.add(leaf.incident);
        return;
      }
      replay = new Replay(await this.machines.of(machineDigestOf(entry), place));
      this.replays.set(leaf.incident, replay);
      this.counts.incidents += 1;
    }
    const target = migrationTarget(entry);
    const wanted = target === undefined ? undefined : await this.machines.of(target, place);
    try {
      this.play(replay, entry, leaf, wanted, place);
    } catch (error) {
      if (error instanceof HistoryFault) throw error;
      // What the entries hold comes from outside: whatever cannot be played is their fault.
      throw fault(error instanceof Error ? error.message : String(error), place);
    }
  }

  private play(
    replay: Replay,
    entry: StoredEntry,
    leaf: Leaf,
    target: Machines | undefined,
    place: FaultPlace,
  ): void {
    const { seq } = leaf;
    const before = replay.now?.state;
    const machines = replay.machinesNow;
    replay.next(entry, target);
    const after = replay.now?.state;
    if (!after) throw fault(`entry ${seq} leads to no state`, place);
    if (leaf.machine !== `sha256:${replay.machinesNow.digest}`)
      throw fault(`entry ${seq} names another playbook than the one that decides there`, place);
    if (!isSame(leaf.from, before ? before.value : null))
      throw fault(`entry ${seq} does not begin where the incident was`, place);
    if (!isSame(leaf.to, after.value)) throw fault(`entry ${seq} does not end where its event leads`, place);
    if (leaf.kind === 'rejection') this.judge(machines, before, entry, leaf, place);
    else this.follow(machines, before, entry, leaf, target, place);
  }

  /** What else the decision says is what the entry says. */
  private follow(
    machines: Machines,
    before: IncidentState | undefined,
    entry: StoredEntry,
    leaf: Leaf,
    target: Machines | undefined,
    place: FaultPlace,
  ): void {
    this.counts.events += 1;
    const { event, actor, at } = asked(entry, leaf);
    const decision = before && decide(machines, before, event, actor, at, target);
    const system = decision?.outcome === 'accepted' ? decision.system : undefined;
    if (!isSame(leaf.system, system))
      throw fault(`entry ${leaf.seq} says that another system moved than did`, place);
  }

  private judge(
    machines: Machines,
    before: IncidentState | undefined,
    entry: StoredEntry,
    leaf: Leaf,
    place: FaultPlace,
  ): void {
    const recorded = valuesOf(entry).rejection;
    const own = isJsonObject(recorded) && recorded['blockedBy'] !== undefined;
    if (!before || !own || !BY_MACHINE.includes(leaf.rejection) || leaf.event.type === 'incident.migrate') {
      this.unjudged += 1;
      return;
    }
    this.counts.refusals += 1;
    const { event, actor, at } = asked(entry, leaf);
    const decision = decide(machines, before, event, actor, at);
    if (decision.outcome === 'accepted')
      throw fault(
        `entry ${leaf.seq} says that ${event.type} was refused, and the playbook accepts it`,
        place,
      );
    if (decision.rejection.code !== leaf.rejection)
      throw fault(
        `entry ${leaf.seq} says that ${event.type} was refused for another reason than it is`,
        place,
      );
  }
}

function asked(entry: StoredEntry, leaf: Leaf): { event: IncidentEvent; actor: Actor; at: number } {
  const { data } = valuesOf(entry);
  const { id, roles } = leaf.actor;
  const type = leaf.actor.type === 'system' ? 'system' : 'person';
  return { event: { ...leaf.event, ...(data ? { data } : {}) }, actor: { id, roles, type }, at: entry.at };
}

/** Values that decide: what is about a person never does. */
function valuesOf({ openings }: StoredEntry): ReturnType<typeof openedValues> {
  const kept = openings === undefined ? [] : (JSON.parse(openings) as readonly KeptOpening[]);
  return openedValues(kept.filter(isOpen).filter(({ subject }) => subject === undefined));
}

function storedEntry({ leaf, bytes, hash, openings }: HistoryRecord): StoredEntry {
  const { seq, revision } = leaf;
  return {
    ...{ seq, revision, leaf: bytes },
    at: fromIso(leaf.at) ?? 0,
    hash: Buffer.from(hash, 'hex'),
    prev: Buffer.from(leaf.prev, 'hex'),
    ...(openings.length > 0 ? { openings: JSON.stringify(openings) } : {}),
  };
}

function isSame(recorded: unknown, found: unknown): boolean {
  if (recorded === undefined || found === undefined) return recorded === found;
  return canonicalJson(recorded) === canonicalJson(found);
}

function fault(message: string, place: FaultPlace): HistoryFault {
  return new HistoryFault('E_REPLAY', message, place);
}
