import type { Clock } from '@cordon/kernel';
import { ApprovalLinks, type ApprovalLinkStore, type Cordon, type Journal } from '@cordon/runtime';
import type { Config } from '../config.js';

interface Parts {
  readonly cordon: Pick<Cordon, 'openApproval' | 'submitEvent'>;
  readonly store: { readonly approvalLinks: ApprovalLinkStore };
  readonly journal: Journal;
  readonly clock: Clock;
  readonly config: Pick<Config, 'approvalLinkMinutes'>;
}

/** Links to approvals over these parts: the same for whoever makes them and whoever opens them. */
export function approvalLinks({ cordon, store, journal, clock, config }: Parts): ApprovalLinks {
  const lifetimeMs = config.approvalLinkMinutes * 60_000;
  return new ApprovalLinks({ cordon, links: store.approvalLinks, journal, clock, lifetimeMs });
}
