/** Links by which somebody who may approve reaches the approval. A link opens nothing by itself: its person signs in. */
import type { EpochMs } from '@cordon/kernel';
import type { IncidentId } from './ports.js';

export interface ApprovalLink {
  readonly id: string;
  readonly personId: string;
  readonly incidentId: IncidentId;
  /** `step` or `step@system`. */
  readonly step: string;
  /** Hex SHA-256 of what the approval covered when the link was made. */
  readonly digest: string;
  /** When the approval had opened: one that is opened anew has other links. */
  readonly readyAt: EpochMs;
  /** Key of the message that carries it. */
  readonly delivery: string;
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs;
  /** When the message was handed over. */
  readonly sentAt?: EpochMs;
  readonly usedAt?: EpochMs;
}

/** Only the SHA-256 of a link's token is stored. */
export interface ApprovalLinkStore {
  /** `hash`: 32 bytes. Forgets links that expired more than thirty days before this one was made. */
  add(link: ApprovalLink & { readonly hash: Uint8Array }): Promise<void>;
  byHash(hash: Uint8Array): Promise<ApprovalLink | undefined>;
  /** Notes that its message is on its way. Noting it twice keeps the first time. */
  sent(id: string, at: EpochMs): Promise<void>;
  /** Ids of the people to whom a link of this message was sent. */
  sentTo(delivery: string): Promise<readonly string[]>;
  /**
   * Uses the link, and with it every other one of the same person to the same approval, in one statement. Of any number
   * at the same moment one comes through: false when it was used, or when it expires at `at` or before.
   */
  use(hash: Uint8Array, at: EpochMs): Promise<boolean>;
}
