import type { EpochMs } from '@cordon/kernel';
import { notChecked, type NotChecked } from './not-checked.js';
import { RANK, type Faults } from './faults.js';
import { wholeMember, type Members } from './members.js';
import type { Claimed } from './signed.js';
import type { Witnessed } from './windows.js';

export interface VerifiedTimestamp {
  readonly at: EpochMs;
  /** Who signed it, as the certificate says. */
  readonly signer: string;
  /** The certificate is one that the auditor trusts; else anybody may have signed, and the time says nothing. */
  readonly trusted: boolean;
}

/** Verifies an RFC 3161 reply over these bytes. Rejects for a reply that does not verify; the message says why. */
export type VerifyTimestamp = (reply: Uint8Array, message: Uint8Array) => Promise<VerifiedTimestamp>;

const PATH = /^log\/timestamps\/(\d+)\.tsr$/;
const MAX_REPLY_BYTES = 1024 * 1024;

export interface Stamps {
  /** By authorities that are trusted. */
  readonly witnessed: readonly Witnessed[];
  /** Replies that verified. */
  readonly checked: number;
  readonly notChecked: readonly NotChecked[];
}

/** Each reply is over the signed note of a checkpoint of its size that is in the bundle. */
export async function readTimestamps(
  members: Members,
  claims: readonly Claimed[],
  verify: VerifyTimestamp | undefined,
  faults: Faults,
): Promise<Stamps> {
  const witnessed: Witnessed[] = [];
  const untrusted = new Set<string>();
  let [checked, skipped] = [0, 0];
  for (const path of members.listed.keys()) {
    const digits = PATH.exec(path)?.[1];
    if (digits === undefined) continue;
    const size = Number(digits);
    const reply = await wholeMember(members, path, MAX_REPLY_BYTES);
    const claimed = claims.find(({ checkpoint }) => checkpoint.size === size);
    if (!claimed) {
      faults.add(RANK.timestamp, 'E_TSR', `${path}: the bundle has no checkpoint of ${size} leaves`, {
        path,
      });
    } else if (!verify) {
      skipped += 1;
    } else {
      try {
        const { at, signer, trusted } = await verify(reply, claimed.bytes);
        checked += 1;
        if (trusted) witnessed.push({ size, at });
        else untrusted.add(signer);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        faults.add(RANK.timestamp, 'E_TSR', `${path}: ${why}`, { path });
      }
    }
  }
  const left = [...untrusted].map((signer): NotChecked => notChecked('timestamp_authority', { signer }));
  if (skipped > 0) left.push(notChecked('timestamps', { count: skipped }));
  return { witnessed, checked, notChecked: left };
}
