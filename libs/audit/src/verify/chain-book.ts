/** The chains of a bundle, checked leaf by leaf: one head for each is kept, and nothing else. */
import type { BundleScope } from '../bundle/manifest.js';
import { genesisHash } from '../leaf.js';
import { RANK, type Faults } from './faults.js';
import type { LeafView } from './leaf-view.js';

interface Head {
  seq: number;
  revision: number;
  hash: string;
  at: string;
  readonly journal: boolean;
  /** How many leaves before it are not shown: none of them can lie between two entries that say the same. */
  hidden: number;
  /** RFC 8785 text of where it ended, while it is closed. */
  closed: string | undefined;
}

/** Takes the leaves in the order of the log. Each that fits is the head of its chain from then on, and so is each that does not. */
export class ChainBook {
  private readonly heads = new Map<string, Head>();
  private journal: string | undefined;

  constructor(
    private readonly scope: BundleScope,
    private readonly log: string,
    private readonly faults: Faults,
  ) {}

  get count(): number {
    return this.heads.size;
  }

  /** `hash` is hex; `hidden` is how many leaves before this one are not shown. */
  next(leaf: LeafView, hash: string, index: number, hidden: number): void {
    const { incident, seq, revision, at } = leaf;
    const before = this.heads.get(incident);
    const { journal } = leaf;
    const inScope = this.isInScope(leaf, index);
    const fault = (code: 'E_FOREIGN_LEAF' | 'E_CHAIN_SEQ' | 'E_CHAIN_PREV', message: string): void =>
      this.faults.add(RANK.chain, code, message, { index, incident, seq });
    const foreign = this.foreign(leaf, before, journal, inScope);
    if (foreign !== undefined) fault('E_FOREIGN_LEAF', foreign);
    const gapless = (this.scope.kind === 'incident' && inScope) || hidden === (before ? before.hidden : 0);
    const broken = brokenLink(leaf, before, gapless, journal);
    if (broken) fault(...broken);
    if (before && at < before.at)
      this.faults.add(RANK.order, 'E_TIME_ORDER', `${named(leaf)} was recorded before entry ${before.seq}`, {
        ...{ index, incident, seq },
      });
    const closed = closedAfter(leaf, before?.closed);
    if (journal) this.journal ??= incident;
    if (before?.journal === journal) {
      // Written over: a new head for each leaf would live just long enough to be dear.
      before.seq = seq;
      before.revision = revision;
      before.hash = hash;
      before.at = at;
      before.hidden = hidden;
      before.closed = closed;
    } else {
      this.heads.set(incident, { seq, revision, hash, at, journal, hidden, closed });
    }
  }

  /** The hash of the newest entry that was shown of the chain. */
  headOf(incident: string): { readonly seq: number; readonly hash: string } | undefined {
    return this.heads.get(incident);
  }

  private isInScope({ incident }: LeafView, index: number): boolean {
    const { scope } = this;
    return scope.kind === 'log' ? index >= scope.from && index < scope.to : incident === scope.incident;
  }

  private foreign(
    { log, incident }: LeafView,
    before: Head | undefined,
    journal: boolean,
    inScope: boolean,
  ): string | undefined {
    if (log !== this.log) return `the leaf belongs to another log, not to ${this.log}`;
    if (before && before.journal !== journal)
      return journal
        ? 'an entry of the journal stands in an incident'
        : 'an entry of an incident stands in the journal';
    if (journal) {
      if (this.scope.kind === 'incident' && incident === this.scope.incident)
        return 'an entry of the journal stands in the incident of the bundle';
      return this.journal !== undefined && this.journal !== incident
        ? 'the leaf belongs to a second journal'
        : undefined;
    }
    return inScope ? undefined : 'the leaf belongs to an incident that is not in the scope of the bundle';
  }
}

/** `gapless`: no entry of the chain can lie between this one and the one before that is not shown. */
function brokenLink(
  leaf: LeafView,
  before: Head | undefined,
  gapless: boolean,
  journal: boolean,
): readonly ['E_CHAIN_SEQ' | 'E_CHAIN_PREV', string] | undefined {
  const { seq, prev, incident } = leaf;
  const last = before?.seq ?? 0;
  if (gapless && seq !== last + 1)
    return ['E_CHAIN_SEQ', `entry ${last + 1} is missing: the next one is numbered ${seq}`];
  if (seq <= last) return ['E_CHAIN_SEQ', `entry ${seq} comes after entry ${last}`];
  if (seq === last + 1) {
    const expected = before?.hash ?? Buffer.from(genesisHash(incident)).toString('hex');
    if (prev !== expected) return ['E_CHAIN_PREV', `${named(leaf)} does not link to the entry before it`];
  }
  return brokenNumbers(leaf, before, journal) ?? movedAfterEnd(leaf, before?.closed);
}

function brokenNumbers(
  { seq, kind, revision }: LeafView,
  before: Head | undefined,
  journal: boolean,
): readonly ['E_CHAIN_SEQ', string] | undefined {
  const least = before?.revision ?? 0;
  const hidden = seq - (before?.seq ?? 0) - 1;
  const step = kind === 'rejection' ? 0 : 1;
  // Each entry that is not shown in between raised it by one or not at all.
  if (revision < least + step || revision > least + step + hidden)
    return ['E_CHAIN_SEQ', `entry ${seq} has revision ${revision} after ${least}`];
  const opens = kind === 'opened';
  if (!journal && opens !== (seq === 1))
    return ['E_CHAIN_SEQ', `entry ${seq} is ${opens ? 'an opening' : 'first, and no opening'}`];
  return undefined;
}

const CLOSING = 'incident.close';
const REOPENING = 'incident.reopen';

/** What is recorded of a closed incident moves nothing, but for a reopening. */
function movedAfterEnd(
  leaf: LeafView,
  closed: string | undefined,
): readonly ['E_CHAIN_SEQ', string] | undefined {
  if (closed === undefined || leaf.event.type === REOPENING) return undefined;
  if (leaf.fromText === closed && leaf.toText === closed) return undefined;
  return ['E_CHAIN_SEQ', `${named(leaf)} moves the incident after its end`];
}

function closedAfter({ kind, event, toText }: LeafView, closed: string | undefined): string | undefined {
  if (kind !== 'transition') return closed;
  if (event.type === CLOSING) return toText;
  return event.type === REOPENING ? undefined : closed;
}

function named({ seq }: LeafView): string {
  return `entry ${seq}`;
}
