import { invariant, type EpochMs } from '@cordon/kernel';
import type { ApprovalLink, ApprovalLinkStore } from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';

const KEEP_MS = 30 * 24 * 3_600_000;
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** Links to approvals, by looking at everything. */
export class MemoryApprovalLinks implements ApprovalLinkStore {
  private readonly links = new Map<string, ApprovalLink>();

  async add({ hash, ...link }: ApprovalLink & { readonly hash: Uint8Array }): Promise<void> {
    invariant(!this.links.has(hex(hash)), 'links differ in hash');
    for (const [key, { expiresAt }] of this.links)
      if (expiresAt < link.createdAt - KEEP_MS) this.links.delete(key);
    this.links.set(hex(hash), frozenCopy(link));
  }

  async byHash(hash: Uint8Array): Promise<ApprovalLink | undefined> {
    return this.links.get(hex(hash));
  }

  async sent(id: string, at: EpochMs): Promise<void> {
    this.change((one) => one.id === id, { sentAt: at });
  }

  async sentTo(delivery: string): Promise<readonly string[]> {
    const sent = [...this.links.values()].filter(
      (one) => one.delivery === delivery && one.sentAt !== undefined,
    );
    return [...new Set(sent.map(({ personId }) => personId))].sort();
  }

  async use(hash: Uint8Array, at: EpochMs): Promise<boolean> {
    const link = this.links.get(hex(hash));
    if (!link || link.usedAt !== undefined || link.expiresAt <= at) return false;
    const { personId, incidentId, step } = link;
    this.change((one) => one.personId === personId && one.incidentId === incidentId && one.step === step, {
      usedAt: at,
    });
    return true;
  }

  /** What is set already stays. */
  private change(wanted: (link: ApprovalLink) => boolean, set: Partial<ApprovalLink>): void {
    for (const [key, link] of this.links)
      if (wanted(link)) this.links.set(key, frozenCopy({ ...set, ...link }));
  }
}
