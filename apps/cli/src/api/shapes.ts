/** What the command line reads of the HTTP API's answers: no more than it uses, so that answers may grow. */
import type { Json, JsonObject } from '@cordon/kernel';

export interface Blocked {
  readonly code: string;
  readonly text: string;
  readonly fact?: string;
}

export interface Phase {
  readonly id: string;
  readonly title: string;
  readonly status: string;
}

export interface SystemShape {
  readonly id: string;
  readonly name: string;
  readonly kind?: string;
  readonly state: string;
  readonly foundLater?: boolean;
}

export interface Incident {
  readonly ref: string;
  readonly title: string;
  readonly status: string;
  readonly severity?: string;
  readonly exercise?: boolean;
  readonly revision: number;
  readonly playbook: { readonly id: string; readonly version: string };
  readonly phases: readonly Phase[];
  readonly facts: Readonly<Record<string, Json>>;
  readonly systems: readonly SystemShape[];
  readonly awareAt: string;
  readonly openedAt?: string;
  readonly closedAt?: string;
  /** Traffic Light Protocol: how far it may be told. */
  readonly tlp?: string;
  readonly members?: readonly string[];
  readonly people?: readonly { readonly id: string; readonly name: string }[];
  readonly accepts?: readonly string[];
  readonly closeBlockedBy?: readonly Blocked[];
}

/** In a list the phases are ids of those that are active. */
export type IncidentLine = Omit<Incident, 'phases' | 'facts' | 'systems'> & {
  readonly phases?: readonly string[];
  readonly updatedAt?: string;
};

export interface Option {
  readonly id: string;
  readonly title: string;
}

export interface Step {
  readonly id: string;
  readonly phase: string;
  readonly kind: string;
  readonly title: string;
  readonly status: string;
  readonly mandatory: boolean;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly system?: string;
  readonly assignee?: string | null;
  readonly dueAt?: string | null;
  readonly accepts: readonly string[];
  readonly form?: JsonObject;
  readonly options?: readonly Option[];
  readonly blockedBy: readonly Blocked[];
  /** Items of evidence with the step, of how many it needs. */
  readonly evidence?: { readonly count: number; readonly of: number; readonly title?: string };
  /** It stands beside the flow. */
  readonly anytime?: boolean;
}

/** Statuses in which nothing is left to do. */
export const OVER: readonly string[] = ['completed', 'skipped', 'failed'];

export interface EventAnswer {
  readonly ref: string;
  readonly revision: number;
}

export interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly occurredAt: string;
  readonly actor: { readonly id: string; readonly type?: string; readonly name?: string };
  readonly event: { readonly type: string; readonly step?: string; readonly data?: JsonObject };
  readonly note?: string | null;
  readonly prev: string;
  readonly hash: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}
