/** The chains of a bundle, checked leaf by leaf: one head for each is kept, and nothing else. */
import type { BundleScope } from '../bundle/manifest.js';
import { goOn, linkFlaw, type ChainEnd } from './chain-link.js';
import { RANK, type Faults } from './faults.js';
import type { LeafView } from './leaf-view.js';
import { ownText } from './seen-texts.js';

interface Head extends ChainEnd {
  readonly journal: boolean;
  /** How many leaves before it are not shown: none of them can lie between two entries that say the same. */
  hidden: number;
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
    const before = this.heads.get(leaf.incident);
    const { journal } = leaf;
    const inScope = this.isInScope(leaf, index);
    const foreign = this.foreign(leaf, before, inScope);
    if (foreign !== undefined) this.fault('E_FOREIGN_LEAF', foreign, leaf, index);
    const gapless = (this.scope.kind === 'incident' && inScope) || hidden === (before ? before.hidden : 0);
    const broken = linkFlaw(leaf, before, gapless);
    if (broken) this.fault(...broken, leaf, index);
    if (before && leaf.at < before.at)
      this.fault('E_TIME_ORDER', `entry ${leaf.seq} was recorded before entry ${before.seq}`, leaf, index);
    if (journal) this.journal ??= ownText(leaf.incident);
    let head = before;
    if (head?.journal !== journal) {
      head = { seq: 0, revision: 0, hash, at: '', closed: before?.closed, journal, hidden };
      this.heads.set(ownText(leaf.incident), head);
    }
    goOn(head, leaf, hash);
    head.hidden = hidden;
  }

  private fault(
    code: 'E_FOREIGN_LEAF' | 'E_CHAIN_SEQ' | 'E_CHAIN_PREV' | 'E_TIME_ORDER',
    message: string,
    { incident, seq }: LeafView,
    index: number,
  ): void {
    const rank = code === 'E_TIME_ORDER' ? RANK.order : RANK.chain;
    this.faults.add(rank, code, message, { index, incident, seq });
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
    { log, incident, journal }: LeafView,
    before: Head | undefined,
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
