/** Links to approvals: made when somebody is asked, opened and used by the one person each was made for. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import type { ApprovalLink, ApprovalLinkStore } from './approval-link-ports.js';
import type { Cordon } from './cordon.js';
import type { Journal } from './journal.js';
import type { OpenApproval } from './open-approval.js';
import type { IncidentId } from './ports.js';
import { refOf, type Answer, type EventCommand, type TransitionAnswer } from './views.js';

export interface ApprovalLinkParts {
  readonly links: ApprovalLinkStore;
  readonly cordon: Pick<Cordon, 'openApproval' | 'submitEvent'>;
  readonly journal: Journal;
  readonly clock: Clock;
  /** How long a link works. */
  readonly lifetimeMs: number;
}

export interface OpenedLink {
  readonly link: ApprovalLink;
  readonly approval: OpenApproval;
}

/** Why a link opens nothing. Whoever holds it is told only that it does not work. */
type Refused = 'another_person' | 'used' | 'expired' | 'not_open';

export interface ApprovalWish {
  readonly decision: 'approve' | 'refuse';
  readonly reason?: string;
}

const SYSTEM: Actor = { type: 'system', id: 'cordon', roles: [] };
/** 32 bytes as base64url. */
const TOKEN = /^[\w-]{43}$/;
/** An incident that moves more often than this while one approval is on its way is asked again by its person. */
const MAX_TRIES = 20;

export class ApprovalLinks {
  constructor(private readonly parts: ApprovalLinkParts) {}

  /** A new link for the person; earlier ones go on working until one of them is used. The token is not kept. */
  async make(
    personId: string,
    incidentId: IncidentId,
    { step, digest, readyAt }: OpenApproval,
    delivery: string,
  ): Promise<{ readonly link: ApprovalLink; readonly token: string }> {
    const { links, clock, journal, lifetimeMs } = this.parts;
    const token = randomBytes(32).toString('base64url');
    const createdAt = clock.now();
    const expiresAt = createdAt + lifetimeMs;
    const about = { id: randomUUID(), personId, incidentId, step, digest, readyAt };
    const link: ApprovalLink = { ...about, delivery, createdAt, expiresAt };
    await links.add({ ...link, hash: hashOf(token) });
    const data = { link: link.id, incident: refOf(incidentId), step };
    await journal.record({ actor: SYSTEM, type: 'approval-link.made', subject: personId, data });
    return { link, token };
  }

  /** What the link leads to, for the person it was made for and while it stands; does not use it up. */
  async open(token: string, actor: Actor, language: string): Promise<OpenedLink | undefined> {
    // A token that was never made is nobody's link, and nothing to put on record.
    const link = TOKEN.test(token) ? await this.parts.links.byHash(hashOf(token)) : undefined;
    if (!link) return undefined;
    const refused = this.outright(link, actor);
    const approval = refused ? undefined : await this.standing(link, actor, language);
    if (approval) return { link, approval };
    await this.refuse(link, actor, refused ?? 'not_open');
    return undefined;
  }

  /**
   * Uses the link up and brings what its person decided through the one door. The event counts only while the incident
   * is as it was when the approval was last looked at, so that nothing else than what the link covers is ever approved.
   * Undefined where the link does not work; whatever becomes of the event, the link works no more.
   */
  async use(
    token: string,
    actor: Actor,
    { decision, reason }: ApprovalWish,
    language: string,
  ): Promise<Answer<TransitionAnswer> | undefined> {
    const { links, clock, journal } = this.parts;
    const opened = await this.open(token, actor, language);
    if (!opened) return undefined;
    const { link, approval } = opened;
    if (!(await links.use(hashOf(token), clock.now()))) {
      await this.refuse(link, actor, 'used');
      return undefined;
    }
    const data = { link: link.id, incident: refOf(link.incidentId), step: link.step, decision };
    await journal.record({ actor, type: 'approval-link.used', subject: actor.id, data });
    const command: EventCommand = {
      key: `approval-link:${link.id}`,
      type: `approval.${decision}`,
      step: link.step,
      ...(reason === undefined ? {} : { data: { reason } }),
    };
    return this.submit(link, approval, command, actor, language);
  }

  private async submit(
    link: ApprovalLink,
    seen: OpenApproval,
    command: EventCommand,
    actor: Actor,
    language: string,
  ): Promise<Answer<TransitionAnswer> | undefined> {
    let approval: OpenApproval | undefined = seen;
    for (let tries = 1; approval; tries += 1) {
      const exact = { ...command, ifRevision: approval.revision };
      const answer = await this.parts.cordon.submitEvent(link.incidentId, exact, actor, language);
      const stale = !answer.ok && answer.refusal.code === 'stale_revision';
      if (!stale || tries === MAX_TRIES) return answer;
      approval = await this.standing(link, actor, language);
    }
    await this.refuse(link, actor, 'not_open');
    return undefined;
  }

  private outright({ personId, usedAt, expiresAt }: ApprovalLink, actor: Actor): Refused | undefined {
    if (personId !== actor.id) return 'another_person';
    if (usedAt !== undefined) return 'used';
    return expiresAt <= this.parts.clock.now() ? 'expired' : undefined;
  }

  /** The approval while it is open, as it was, and this person may give it. */
  private async standing(
    { incidentId, step, digest, readyAt }: ApprovalLink,
    actor: Actor,
    language: string,
  ): Promise<OpenApproval | undefined> {
    const approval = await this.parts.cordon.openApproval(incidentId, step, [actor], language);
    const same = approval?.digest === digest && approval.readyAt === readyAt;
    return same && approval.may.includes(actor.id) ? approval : undefined;
  }

  private async refuse(
    { id, personId, incidentId, step }: ApprovalLink,
    actor: Actor,
    refused: Refused,
  ): Promise<void> {
    const data = { link: id, incident: refOf(incidentId), step };
    await this.parts.journal.record({ actor, type: 'approval-link.used', subject: personId, data, refused });
  }
}

function hashOf(token: string): Uint8Array {
  return createHash('sha256').update(token, 'utf8').digest();
}
