import { ChainChecker, openedValues, readLeaf, type EntryKind, type Leaf, type Opening } from '@cordon/audit';
import { canonicalJson, fromIso, type JsonObject } from '@cordon/kernel';
import { armedTimers, decide, effectsOf, type IncidentState, type Machines } from '@cordon/engine';
import { migrationTarget, Replay, type StoredEntry } from '@cordon/runtime';

export interface Entry {
  readonly stored: StoredEntry;
  readonly openings: readonly Opening[];
}

/**
 * One incident's log played back, entry by entry: the chain is checked, each transition is decided anew, and what it
 * fired and asked for is collected. What is wrong is kept as sentences; nothing is judged after the first broken entry.
 */
export class LogWalk {
  readonly fired: string[] = [];
  readonly effects: string[] = [];
  readonly faults: string[] = [];
  revision = 0;
  private readonly chain: ChainChecker;
  private readonly replay: Replay;

  constructor(
    machines: Machines,
    incident: string,
    private readonly machinesOf: (digest: string) => Machines | undefined = () => undefined,
  ) {
    this.chain = new ChainChecker(incident);
    this.replay = new Replay(machines);
  }

  get head(): string {
    return this.chain.head;
  }

  get count(): number {
    return this.chain.count;
  }

  get state(): IncidentState | undefined {
    return this.replay.now?.state;
  }

  /** Returns what kind of entry it was. */
  next({ stored, openings }: Entry): EntryKind {
    const leaf = readLeaf(stored.leaf);
    if (this.faults.length > 0) return leaf.kind;
    const before = this.state;
    const machines = this.replay.machinesNow;
    const broken = this.chain.next({ leaf: stored.leaf, hash: stored.hash, openings });
    if (broken) this.faults.push(broken.message);
    if (leaf.seq !== stored.seq || leaf.revision !== stored.revision || fromIso(leaf.at) !== stored.at) {
      this.faults.push(`the columns of entry ${stored.seq} do not say what its leaf says`);
    }
    try {
      const target = migrationTarget(stored);
      this.replay.next(stored, target === undefined ? undefined : this.machinesOf(target));
    } catch (error) {
      this.faults.push(error instanceof Error ? error.message : String(error));
    }
    const { data = {} } = openedValues(openings);
    if (this.faults.length === 0 && this.state) this.collect(leaf, data, before, this.state, machines);
    this.revision = leaf.revision;
    return leaf.kind;
  }

  private collect(
    leaf: Leaf,
    data: JsonObject,
    before: IncidentState | undefined,
    after: IncidentState,
    machines: Machines,
  ): void {
    if (leaf.kind === 'rejection') return;
    if (!before) {
      // Nothing had begun before the opening.
      const nothing = { ...after, steps: {}, systems: {} };
      this.effects.push(...effectsOf(machines.plan, nothing, after).map(({ key }) => key));
      return;
    }
    const at = fromIso(leaf.at) ?? 0;
    const actor = {
      id: leaf.actor.id,
      type: leaf.actor.type as 'person' | 'system',
      roles: leaf.actor.roles,
    };
    const target = typeof data['digest'] === 'string' ? this.machinesOf(data['digest']) : undefined;
    const decision = decide(machines, before, { ...leaf.event, data }, actor, at, target);
    if (decision.outcome === 'rejected' || canonicalJson(decision.state) !== canonicalJson(after)) {
      this.faults.push(`entry ${leaf.seq} is decided otherwise`);
      return;
    }
    this.effects.push(...decision.effects.map(({ key }) => key));
    if (leaf.event.type === 'timer.fired') this.fire(leaf.seq, data, before, at, machines);
  }

  private fire(seq: number, data: JsonObject, before: IncidentState, at: number, machines: Machines): void {
    const timer = typeof data['timer'] === 'string' ? data['timer'] : '';
    const fireAt = Number(data['fireAt']);
    const mark = `${timer}@${fireAt}`;
    const fault = (what: string): void => void this.faults.push(`entry ${seq}: ${mark} ${what}`);
    if (this.fired.includes(mark)) fault('took effect a second time');
    const armed = [...armedTimers(machines.plan, before).values()];
    if (!armed.some((one) => one.id === timer && one.fireAt === fireAt)) fault('was not armed');
    if (at < fireAt) fault('took effect too early');
    this.fired.push(mark);
  }
}
