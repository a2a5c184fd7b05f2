/** What must hold between an entry and the one before it in its chain: docs/audit.md section 1, and level 2. */
import { genesisHash } from '../leaf.js';
import type { LeafView } from './leaf-view.js';

/** Where a chain stands. */
export interface ChainEnd {
  seq: number;
  revision: number;
  /** Hex. */
  hash: string;
  at: string;
  /** RFC 8785 text of where it ended, while it is closed. */
  closed: string | undefined;
}

export type LinkFlaw = readonly ['E_CHAIN_SEQ' | 'E_CHAIN_PREV', string];

/**
 * What is wrong with the leaf after this end; undefined for `before` at the beginning of a chain. `gapless`: no entry of the
 * chain can lie between the two that is not shown.
 */
export function linkFlaw(
  leaf: LeafView,
  before: ChainEnd | undefined,
  gapless: boolean,
): LinkFlaw | undefined {
  const { seq, prev, incident } = leaf;
  const last = before?.seq ?? 0;
  if (gapless && seq !== last + 1)
    return ['E_CHAIN_SEQ', `entry ${last + 1} is missing: the next one is numbered ${seq}`];
  if (seq <= last) return ['E_CHAIN_SEQ', `entry ${seq} comes after entry ${last}`];
  if (seq === last + 1) {
    const expected = before?.hash ?? Buffer.from(genesisHash(incident)).toString('hex');
    if (prev !== expected) return ['E_CHAIN_PREV', `entry ${seq} does not link to the entry before it`];
  }
  return numbersFlaw(leaf, before) ?? movedAfterEnd(leaf, before?.closed);
}

function numbersFlaw(
  { seq, kind, revision, journal }: LeafView,
  before: ChainEnd | undefined,
): LinkFlaw | undefined {
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
function movedAfterEnd(leaf: LeafView, closed: string | undefined): LinkFlaw | undefined {
  if (closed === undefined || leaf.event.type === REOPENING) return undefined;
  if (leaf.fromText === closed && leaf.toText === closed) return undefined;
  return ['E_CHAIN_SEQ', `entry ${leaf.seq} moves the incident after its end`];
}

/** Makes the leaf the end of the chain. Written over: a new end for each leaf would live just long enough to be dear. */
export function goOn(end: ChainEnd, leaf: LeafView, hash: string): void {
  end.closed = closedAfter(leaf, end.closed);
  end.seq = leaf.seq;
  end.revision = leaf.revision;
  end.hash = hash;
  end.at = leaf.at;
}

function closedAfter({ kind, event, toText }: LeafView, closed: string | undefined): string | undefined {
  if (kind !== 'transition') return closed;
  if (event.type === CLOSING) return toText;
  return event.type === REOPENING ? undefined : closed;
}
