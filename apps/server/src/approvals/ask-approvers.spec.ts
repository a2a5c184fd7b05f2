import { expect, test } from '@jest/globals';
import type { AlertChannel } from '@cordon/actions';
import {
  ApprovalLinks,
  sealProfile,
  type Delivery,
  type DeliveryVerdict,
  type IncidentId,
  type OpenApproval,
} from '@cordon/runtime';
import { MemoryJournal, MemoryStore, MemoryVault, SimulatedClock } from '@cordon/testkit';
import { askingApprovers } from './ask-approvers.js';

const AT = Date.parse('2026-03-24T02:00:00Z');

const approval: OpenApproval = {
  ...{ ref: 'INC-17', revision: 3, step: 'ok', title: 'Approve it', roles: ['approver'], readyAt: AT },
  ...{ digest: 'ab'.repeat(32), covers: [], may: [] },
};

const delivery: Delivery = {
  ...{ key: 'INC-17/ask:ok#3', kind: 'reminder', action: 'notify', incident: 'INC-17' },
  ...{ incidentTitle: 'Secret title', step: 'ok', payload: {}, recipients: [] },
};

interface Mail {
  readonly key: string;
  readonly address: string;
  readonly text: string;
}

/** Cat and Dan may approve, Gil has no address, Ann leads; the channel and the mail server answer as told. */
async function setup({ isSet = false, isNamed = true } = {}) {
  const clock = new SimulatedClock(AT);
  const [store, vault, journal] = [new MemoryStore({ clock }), new MemoryVault(), new MemoryJournal()];
  const people: Record<string, readonly [role: string, email?: string]> = {
    cat: ['approver', 'cat@example.org'],
    dan: ['approver', 'dan@example.org'],
    gil: ['approver'],
    ann: ['coordinator', 'ann@example.org'],
    off: ['approver', 'off@example.org'],
  };
  for (const [id, [role, email]] of Object.entries(people)) {
    const profile = await sealProfile(vault, id, { name: id, ...(email && { email }) });
    const disabled = id === 'off' ? { disabledAt: AT } : {};
    await store.people.persons.add({ id, roles: [role], profile, createdAt: AT, ...disabled });
  }
  const told = {
    may: ['cat', 'dan', 'gil', 'ann', 'off'],
    isOpen: true,
    refuses: new Map<string, DeliveryVerdict>(),
  };
  const [mails, channelled] = [[] as Mail[], [] as Delivery[]];
  const channel: AlertChannel = {
    isSet,
    mail: async (key, address, { text }) => {
      const refused = told.refuses.get(address);
      if (refused) return refused;
      mails.push({ key, address, text });
      return { outcome: 'done', detail: 'the mail server took the message' };
    },
    deliver: async (one) => {
      channelled.push(one);
      return isSet ? { outcome: 'done', detail: 'webhook' } : { outcome: 'failed', detail: 'no channel' };
    },
    close: () => undefined,
  };
  const cordon = {
    openApproval: async (_: IncidentId, step: string, asked: readonly { readonly id: string }[]) => {
      const may = told.may.filter((id) => asked.some((one) => one.id === id));
      return told.isOpen && step === 'ok' ? { ...approval, may } : undefined;
    },
    submitEvent: () => Promise.reject(new Error('nothing is submitted here')),
  };
  const baseUrl = isNamed ? 'https://cordon.example.org' : undefined;
  const links = new ApprovalLinks({
    links: store.approvalLinks,
    cordon,
    journal,
    clock,
    lifetimeMs: 1_800_000,
  });
  const deliverer = askingApprovers({ channel, cordon, links, store, vault, clock, baseUrl });
  return { deliverer, mails, channelled, told, journal, store };
}

const addressesIn = (mails: readonly Mail[]) => mails.map(({ address }) => address).sort();

test('everybody of the roles who may approve and has an address gets a link of their own; the shared channel gets none', async () => {
  const { deliverer, mails, channelled, journal } = await setup({ isSet: true });
  expect(await deliverer.deliver(delivery)).toEqual({
    outcome: 'done',
    detail: 'webhook; 2 of 2 approvers were sent a link of their own',
  });
  expect(addressesIn(mails)).toEqual(['cat@example.org', 'dan@example.org']);
  const found = mails.map(
    ({ text }) => /https:\/\/cordon\.example\.org\/approve#([\w-]{43})\n/.exec(text)?.[1],
  );
  expect(new Set(found).size).toBe(2);
  expect(JSON.stringify([channelled, journal.events])).not.toMatch(new RegExp(found.join('|')));
  expect(mails.map(({ text }) => text).join()).not.toContain('Secret title');
  expect(journal.events.map(({ type, subject }) => [type, subject])).toEqual([
    ['approval-link.made', 'cat'],
    ['approval-link.made', 'dan'],
  ]);
});

test('where nobody of its roles may, those who lead are asked', async () => {
  const { deliverer, mails, told } = await setup();
  told.may = ['ann'];
  expect((await deliverer.deliver(delivery)).outcome).toBe('done');
  expect(addressesIn(mails)).toEqual(['ann@example.org']);
});

test('who was sent a link is not sent another when the same message is tried again', async () => {
  const { deliverer, mails, told } = await setup();
  told.refuses.set('dan@example.org', { outcome: 'retry', detail: 'the mail server answered 451' });
  expect(await deliverer.deliver(delivery)).toEqual({
    outcome: 'retry',
    detail: '1 of 2 approvers were sent a link of their own; the mail server answered 451',
  });
  told.refuses.clear();
  expect((await deliverer.deliver(delivery)).outcome).toBe('done');
  expect(addressesIn(mails)).toEqual(['cat@example.org', 'dan@example.org']);
  expect((await deliverer.deliver({ ...delivery, key: 'INC-17/timer:due' })).outcome).toBe('done');
  expect(mails).toHaveLength(4);
});

test('an address that takes no mail is told of, and keeps the link from nobody else', async () => {
  const { deliverer, mails, told } = await setup();
  told.refuses.set('cat@example.org', { outcome: 'failed', detail: 'the mail server answered 550' });
  expect(await deliverer.deliver(delivery)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringMatching(/^1 of 2 .*550$/),
  });
  expect(addressesIn(mails)).toEqual(['dan@example.org']);
});

test('what is about no open approval goes to the channel alone', async () => {
  const { deliverer, mails, told, channelled } = await setup({ isSet: true });
  await deliverer.deliver({ ...delivery, step: 'other' });
  await deliverer.deliver({ ...delivery, kind: 'action' });
  told.isOpen = false;
  await deliverer.deliver(delivery);
  expect([mails, channelled.length]).toEqual([[], 3]);
});

test('where nobody can be reached, the verdict is that of the channel; without an address of Cordon it says so', async () => {
  const none = await setup();
  none.told.may = ['gil'];
  expect(await none.deliverer.deliver(delivery)).toEqual({ outcome: 'failed', detail: 'no channel' });
  const unnamed = await setup({ isNamed: false });
  const { outcome, detail } = await unnamed.deliverer.deliver(delivery);
  expect([outcome, detail, unnamed.mails]).toEqual([
    'failed',
    expect.stringContaining('CORDON_PUBLIC_URL'),
    [],
  ]);
});

test('a profile that was tampered with is an alarm, after everybody else was asked and the channel told', async () => {
  const { deliverer, mails, channelled, store } = await setup({ isSet: true });
  await store.people.persons.change('cat', { profile: 'forged' });
  await expect(deliverer.deliver(delivery)).rejects.toThrow();
  expect([addressesIn(mails), channelled.length]).toEqual([['dan@example.org'], 1]);
});
