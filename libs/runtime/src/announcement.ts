import { readLeaf } from '@cordon/audit';
import { EVENTS } from '@cordon/engine';
import { invariant } from '@cordon/kernel';
import type { FeedEntry } from './feed.js';
import { refOf } from './views.js';

/** What is said aloud of an entry: that it is there and where to read it. No free text, nothing of a person. */
export interface Announcement {
  readonly ref: string;
  readonly seq: number;
  readonly revision: number;
  readonly kind: 'opened' | 'transition' | 'rejection';
  readonly at: string;
  /** `unknown` where what was asked for is no event: its name is whatever somebody typed. */
  readonly type: string;
  /** Only where the incident's playbook is known to have it. */
  readonly step?: string;
}

/** Refusals by which it was found that there is such a step. */
const STEP_FOUND: ReadonlySet<string | undefined> = new Set(['event_not_accepted', 'forbidden']);

/** The announcement of an entry of an incident. */
export function announcementOf({ incidentId, leaf: bytes }: FeedEntry): Announcement {
  const { seq, revision, kind, at, event, rejection } = readLeaf(bytes);
  invariant(kind !== 'journal', 'only what is about an incident is announced');
  const { type, step } = event;
  const known = kind !== 'rejection' || Object.hasOwn(EVENTS, type);
  // What is added to a history may name any step at all.
  const found = !type.endsWith('.add') && (kind !== 'rejection' || STEP_FOUND.has(rejection));
  return {
    ref: refOf(incidentId),
    seq,
    revision,
    kind,
    at,
    type: known ? type : 'unknown',
    ...(known && found && step !== undefined ? { step } : {}),
  };
}
