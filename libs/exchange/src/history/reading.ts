/** What the writers of the views have in common: reading a record, and putting what it says into words and JSON. */
import { isOpen, openedValues, type Leaf } from '@cordon/audit';
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import type { HistoryRecord } from './record.js';

/** What a record's openings say. */
export interface Said {
  readonly note?: string;
  readonly data?: JsonObject;
  /** Why it was refused, with what would have been accepted. */
  readonly rejection?: Json;
  /** Approvals that went with it. */
  readonly lapsed?: Json;
  /** Keys of what is committed to and not shown, sorted. */
  readonly withheld: readonly string[];
}

export function said({ openings }: HistoryRecord): Said {
  const open = openings.filter(isOpen);
  const { note, data, rejection } = openedValues(open);
  const lapsed = open.find(({ key }) => key === 'lapsed')?.value;
  return {
    ...(note === undefined ? {} : { note: typeof note === 'string' ? note : canonicalJson(note) }),
    ...(data ? { data } : {}),
    ...(rejection === undefined ? {} : { rejection }),
    ...(lapsed === undefined ? {} : { lapsed }),
    withheld: openings.flatMap((opening) => (isOpen(opening) ? [] : opening.key)).sort(),
  };
}

/** Whether it stands in the deployment's own chain, which has no playbook. */
export function isJournal(leaf: Leaf): boolean {
  return leaf.machine === undefined;
}

/** A state as text: its name where it is one, else JSON. Nothing in the journal. */
export function stateText(state: Json): string {
  if (state === null) return '';
  return typeof state === 'string' ? state : canonicalJson(state);
}

/** One name for an entry in every view: which chain, and which place in it. */
export function entryId({ incident, seq }: Leaf): string {
  return `${incident}/${seq}`;
}

/** `step.complete`; of an attempt that was refused, `refused: step.complete`. */
export function activityOf({ kind, event }: Leaf): string {
  return kind === 'rejection' ? `refused: ${event.type}` : event.type;
}
