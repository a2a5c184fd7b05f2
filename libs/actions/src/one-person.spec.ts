import { afterEach, expect, test } from '@jest/globals';
import { createAlertChannel, type AlertChannel } from './alert-channel.js';
import { messageOf } from './message.js';
import { startSmtpSink, type SmtpSink } from '../../../test/support/smtp-sink.js';

let sink: SmtpSink;
let channel: AlertChannel;
afterEach(async () => {
  channel.close();
  await sink.close();
});

async function setup(mailTo?: string): Promise<AlertChannel> {
  sink = await startSmtpSink();
  channel = createAlertChannel({ smtpUrl: sink.url, mailFrom: 'cordon@example.org', mailTo });
  return channel;
}

const message = { subject: 'Approval needed', text: 'Open the link' };

test('a mail server alone reaches single people, and is no alert channel', async () => {
  const { isSet, mail } = await setup();
  expect(isSet).toBe(false);
  expect((await mail?.('k', 'ann@example.org', message))?.outcome).toBe('done');
  expect(sink.messages).toHaveLength(1);
  expect(sink.messages[0]).toMatch(/^To: ann@example\.org$/m);
});

test('what goes to one person goes to that address alone, not to the mailbox of the channel nor to a list', async () => {
  const { isSet, mail } = await setup('team@example.org');
  expect(isSet).toBe(true);
  await mail?.('k', 'ann@example.org, eve@example.org', message);
  expect(sink.messages.join()).not.toMatch(/^To:.*(?:team|, ?eve)@/m);
  await mail?.('k', 'ann@example.org', message);
  expect(sink.messages.join()).not.toContain('team@example.org');
});

test('the same mail to the same person has the same Message-ID, another has another', async () => {
  const { mail } = await setup();
  for (const key of ['a', 'a', 'b']) await mail?.(key, 'ann@example.org', message);
  const [first, again, other] = sink.messages.map((one) => /^Message-ID: (.*)$/m.exec(one)?.[1]);
  expect([again, other === first]).toEqual([first, false]);
});

test('an approval that opens is announced in both languages', async () => {
  await setup();
  const delivery = {
    ...({ key: 'INC-17/ask:ok#3', kind: 'reminder', action: 'notify', incident: 'INC-17' } as const),
    ...{ incidentTitle: 'Shares', step: 'ok', recipients: [] },
    payload: { title: { en: 'Approve it', 'zh-Hant': '批准' }, roles: ['approver'], asks: true },
  };
  const { subject, text } = messageOf(delivery, undefined);
  expect(subject).toBe('[INC-17] Approve it is open, and waits for approval');
  expect(text).toContain('已可批准，現正等候批准。');
});
