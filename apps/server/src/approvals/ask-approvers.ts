import type { AlertChannel } from '@cordon/actions';
import type { Actor } from '@cordon/engine';
import type { Clock } from '@cordon/kernel';
import {
  idOfRef,
  openProfile,
  type ApprovalLinks,
  type ApprovalLinkStore,
  type Cordon,
  type Deliverer,
  type Delivery,
  type DeliveryVerdict,
  type OpenApproval,
  type PersonStore,
  type StoredPerson,
  type Vault,
} from '@cordon/runtime';
import { approvalMail } from './approval-mail.js';

export interface AskParts {
  readonly channel: AlertChannel;
  readonly cordon: Pick<Cordon, 'openApproval'>;
  readonly links: ApprovalLinks;
  readonly store: {
    readonly approvalLinks: ApprovalLinkStore;
    readonly people: { readonly persons: PersonStore };
  };
  readonly vault: Vault;
  readonly clock: Clock;
  /** Where people open Cordon, as the operator says or as the server listens; never what a request calls it. */
  readonly baseUrl: string | undefined;
}

const NO_ADDRESS: DeliveryVerdict = {
  outcome: 'failed',
  detail: 'no links to the approval were sent: give CORDON_PUBLIC_URL, which a worker of its own cannot know',
};

/**
 * The alert channel, which in addition sends everybody who may give an open approval a link of their own when that
 * approval is what a message is about. A link goes to its person's address alone, never to the shared channel.
 */
export function askingApprovers(parts: AskParts): Deliverer {
  return {
    async deliver(delivery) {
      const { channel } = parts;
      const usual = channel.isSet ? [await channel.deliver(delivery)] : [];
      const personal = await askAll(parts, delivery);
      if (usual.length === 0 && !personal) return channel.deliver(delivery);
      return together([...usual, ...(personal ? [personal] : [])]);
    },
  };
}

interface Asked {
  readonly id: number & NonNullable<ReturnType<typeof idOfRef>>;
  readonly delivery: Delivery;
  readonly approval: OpenApproval;
  /** Its title in every language. */
  readonly titles: readonly string[];
  readonly baseUrl: string;
  readonly mail: NonNullable<AlertChannel['mail']>;
}

/** Undefined where nobody is to be asked, or nobody has an address to be asked at. */
async function askAll(parts: AskParts, delivery: Delivery): Promise<DeliveryVerdict | undefined> {
  const { channel, store, baseUrl } = parts;
  const id = idOfRef(delivery.incident);
  if (delivery.kind === 'action' || id === undefined || !channel.mail) return undefined;
  const persons = await peopleNow(store.people.persons);
  const [approval, chinese] = await Promise.all(
    ['en', 'zh-Hant'].map((language) =>
      parts.cordon.openApproval(id, delivery.step, persons.map(actorOf), language),
    ),
  );
  if (!approval) return undefined;
  const approvers = approversAmong(persons, approval);
  if (approvers.length === 0) return undefined;
  if (baseUrl === undefined) return NO_ADDRESS;
  const titles = [...new Set([approval.title, chinese?.title ?? approval.title])];
  const asked: Asked = { id, delivery, approval, titles, baseUrl, mail: channel.mail };
  const before = await store.approvalLinks.sentTo(delivery.key);
  // One whose profile cannot be opened keeps nobody else from being asked, and is no less an alarm.
  const verdicts = await Promise.allSettled(
    approvers.map(async (one) => (before.includes(one.id) ? SENT_BEFORE : askOne(parts, asked, one))),
  );
  const failure = verdicts.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
  const known = verdicts.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
  return known.length === 0 ? undefined : counted(known);
}

const SENT_BEFORE: DeliveryVerdict = { outcome: 'done', detail: 'sent before' };

/** Undefined for somebody who has no address. */
async function askOne(
  { links, store, vault, clock }: AskParts,
  { id, delivery, approval, titles, baseUrl, mail }: Asked,
  person: StoredPerson,
): Promise<DeliveryVerdict | undefined> {
  const address = (await openProfile(vault, person))?.email;
  if (address === undefined) return undefined;
  const { link, token } = await links.make(person.id, id, approval, delivery.key);
  const url = `${baseUrl}/approve#${token}`;
  const message = approvalMail({ ref: approval.ref, titles, url, expiresAt: link.expiresAt });
  const verdict = await mail(`${delivery.key}/${person.id}`, address, message);
  if (verdict.outcome === 'done') await store.approvalLinks.sent(link.id, clock.now());
  return verdict;
}

async function peopleNow(persons: PersonStore): Promise<readonly StoredPerson[]> {
  return (await persons.list()).filter(
    ({ disabledAt, erasedAt }) => disabledAt === undefined && erasedAt === undefined,
  );
}

function actorOf({ id, roles }: StoredPerson): Actor {
  return { type: 'person', id, roles };
}

/** People of the approval's roles; where none of them may give it, those who lead and may. */
function approversAmong(
  persons: readonly StoredPerson[],
  { may, roles }: OpenApproval,
): readonly StoredPerson[] {
  const able = persons.filter(({ id }) => may.includes(id));
  const called = able.filter((one) => one.roles.some((role) => roles.includes(role)));
  return called.length > 0 ? called : able;
}

/** One verdict for all the mail: it holds no name and no address, because it becomes part of the history. */
function counted(verdicts: readonly DeliveryVerdict[]): DeliveryVerdict {
  const done = verdicts.filter(({ outcome }) => outcome === 'done').length;
  const others = [
    ...new Set(verdicts.flatMap(({ outcome, detail }) => (outcome === 'done' ? [] : [detail]))),
  ];
  const said = `${done} of ${verdicts.length} approvers were sent a link of their own`;
  const outcome = verdicts.some((one) => one.outcome === 'retry') ? 'retry' : 'failed';
  return { outcome: others.length === 0 ? 'done' : outcome, detail: [said, ...others].join('; ') };
}

function together(verdicts: readonly DeliveryVerdict[]): DeliveryVerdict {
  const detail = verdicts.map((verdict) => verdict.detail).join('; ');
  if (verdicts.every(({ outcome }) => outcome === 'done')) return { outcome: 'done', detail };
  return { outcome: verdicts.some(({ outcome }) => outcome === 'retry') ? 'retry' : 'failed', detail };
}
