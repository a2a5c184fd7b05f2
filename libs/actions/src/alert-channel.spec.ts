import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Delivery } from '@cordon/runtime';
import { createAlertChannel, type AlertChannel } from './alert-channel.js';
import { messageOf } from './message.js';
import { startSmtpSink, type SmtpSink } from '../../../test/support/smtp-sink.js';

const delivery: Delivery = {
  key: 'INC-17/action:alert-team#0',
  kind: 'action',
  action: 'notify',
  incident: 'INC-17',
  incidentTitle: 'Encrypted shares',
  step: 'alert-team',
  recipients: ['ann'],
  payload: {
    action: 'notify',
    title: { en: 'Alert the team', 'zh-Hant': '通知小組' },
    input: { text: { en: 'Join the bridge', 'zh-Hant': '加入會議' } },
    roles: ['responder'],
    assignee: 'bob',
    dueAt: Date.parse('2026-03-24T03:00:00Z'),
  },
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers every request with the next of these statuses, the last for ever; `hang` never answers, `cut` hangs up. */
async function webhook(...statuses: readonly (number | 'hang' | 'cut')[]) {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const status = statuses[Math.min(seen.length, statuses.length - 1)];
      seen.push({ method: request.method, path: request.url, headers: request.headers, body });
      if (status === 'cut') request.socket.destroy();
      else if (status !== 'hang') response.writeHead(status ?? 200, { location: '/elsewhere' }).end('answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${port}/hook?token=s3cret`, seen };
}

function channel(options: Parameters<typeof createAlertChannel>[0]): AlertChannel {
  const made = createAlertChannel(options);
  closing.push(() => made.close());
  return made;
}

async function mail(): Promise<{ sink: SmtpSink; made: AlertChannel }> {
  const sink = await startSmtpSink();
  const made = channel({
    smtpUrl: sink.url,
    mailTo: 'team@example.org',
    mailFrom: 'Cordon <cordon@example.org>',
  });
  closing.push(() => sink.close());
  return { sink, made };
}

describe('the webhook', () => {
  test.each([
    [200, 'done'],
    [202, 'done'],
    [204, 'done'],
    [301, 'failed'],
    [302, 'failed'],
    [307, 'failed'],
    [400, 'failed'],
    [401, 'failed'],
    [404, 'failed'],
    [410, 'failed'],
    [408, 'retry'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
  ] as const)('that answers %i is %s', async (status, outcome) => {
    const { url, seen } = await webhook(status);
    const verdict = await channel({ webhookUrl: url }).deliver(delivery);
    expect(verdict).toEqual({ outcome, detail: `the alert webhook answered ${status}` });
    expect(seen.map(({ path }) => path)).toEqual(['/hook?token=s3cret']);
  });

  test('that hangs up, or is not there, is tried again, and the detail does not tell its address', async () => {
    const { url } = await webhook('cut');
    for (const webhookUrl of [url, 'http://127.0.0.1:1/hook?token=s3cret']) {
      const verdict = await channel({ webhookUrl }).deliver(delivery);
      expect(verdict.outcome).toBe('retry');
      expect(verdict.detail).not.toMatch(/s3cret|127\.0\.0\.1/);
    }
  });

  test('that never answers is tried again after a while', async () => {
    const { url } = await webhook('hang');
    const verdict = await channel({ webhookUrl: url, timeoutMs: 50 }).deliver(delivery);
    expect(verdict).toEqual({ outcome: 'retry', detail: 'the alert webhook did not answer (TimeoutError)' });
  });

  test('is sent the same Idempotency-Key at every attempt', async () => {
    const { url, seen } = await webhook(503, 200);
    const made = channel({ webhookUrl: url });
    expect((await made.deliver(delivery)).outcome).toBe('retry');
    expect((await made.deliver(delivery)).outcome).toBe('done');
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual([delivery.key, delivery.key]);
    expect(seen[0]?.body).toBe(seen[1]?.body);
  });

  test('is told what it is about as JSON', async () => {
    const { url, seen } = await webhook(200);
    await channel({ webhookUrl: url, publicUrl: 'https://cordon.example.org' }).deliver(delivery);
    expect(seen[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      key: delivery.key,
      kind: 'action',
      incident: 'INC-17',
      incidentTitle: 'Encrypted shares',
      step: 'alert-team',
      recipients: ['ann'],
      subject: '[INC-17] Alert the team asks for your attention',
      text: messageOf(delivery, 'https://cordon.example.org').text,
    });
  });
});

test('of an incident for named people the channel learns only that there is something to look at', async () => {
  const { url, seen } = await webhook(200);
  const concealed = {
    ...{ ...delivery, key: 'INC-17/5f3a', incidentTitle: '', step: '', payload: { roles: ['responder'] } },
    concealed: true as const,
  };
  await channel({ webhookUrl: url }).deliver(concealed);
  expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({
    subject: '[INC-17] A step asks for your attention',
    text: expect.stringContaining('TLP:RED'),
    incidentTitle: '',
    step: '',
  });
});

describe('mail', () => {
  test('goes out with a Message-ID that is the same for the same delivery, and another for another', async () => {
    const { sink, made } = await mail();
    for (const key of [delivery.key, delivery.key, 'INC-17/action:alert-team#1']) {
      expect(await made.deliver({ ...delivery, key })).toEqual({
        outcome: 'done',
        detail: 'the mail server took the message',
      });
    }
    const ids = sink.messages.map((message) => /^Message-ID: (.+)$/im.exec(message)?.[1]);
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@example\.org>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(sink.messages[0]).toMatch(/^To: team@example\.org$/m);
    expect(sink.messages[0]).toMatch(/^Subject: \[INC-17\] Alert the team/m);
  });

  test.each([
    ['RCPT', '550 no such person', 'failed', 'the mail server answered 550'],
    ['END', '554 refused', 'failed', 'the mail server answered 554'],
    ['RCPT', '450 mailbox busy', 'retry', 'the mail server answered 450'],
    ['END', '451 try later', 'retry', 'the mail server answered 451'],
    ['CONNECT', '421 closing down', 'retry', 'the mail server answered 421'],
  ] as const)('to a server that answers %s with %s is %s', async (command, answer, outcome, detail) => {
    const { sink, made } = await mail();
    sink.answers[command] = answer;
    expect(await made.deliver(delivery)).toEqual({ outcome, detail });
  });

  test('to a server that is not there is tried again', async () => {
    const made = channel({ smtpUrl: 'smtp://user:s3cret@127.0.0.1:1', mailTo: 'team@example.org' });
    expect(await made.deliver(delivery)).toEqual({
      outcome: 'retry',
      detail: 'the mail server did not answer',
    });
  });

  test('keeps a title with a line break inside its subject', async () => {
    const { sink, made } = await mail();
    await made.deliver({ ...delivery, payload: { title: { en: 'Alert\r\nBcc: all@example.org' } } });
    const [headers] = sink.messages[0]?.split('\n\n') ?? [];
    expect(headers).toContain('Subject: [INC-17] Alert Bcc: all@example.org');
    expect(headers).not.toMatch(/^Bcc:/m);
  });
});

describe('the channel', () => {
  test('without webhook and mail fails with a sentence that says what to set', async () => {
    const verdict = await channel({}).deliver(delivery);
    expect(verdict).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('give CORDON_ALERT_URL'),
    });
  });

  test('knows one action', async () => {
    const { url, seen } = await webhook(200);
    const verdict = await channel({ webhookUrl: url }).deliver({ ...delivery, action: 'reboot' });
    expect(verdict).toEqual({ outcome: 'failed', detail: 'there is no action "reboot"; there is notify' });
    expect(seen).toEqual([]);
  });

  test('is done when both took it; else the one that may still succeed decides', async () => {
    for (const [status, answer, outcome] of [
      [200, '250 taken', 'done'],
      [503, '250 taken', 'retry'],
      [200, '451 later', 'retry'],
      [404, '250 taken', 'failed'],
      [404, '451 later', 'retry'],
    ] as const) {
      const { url } = await webhook(status);
      const { sink } = await mail();
      sink.answers.END = answer;
      const both = channel({ webhookUrl: url, smtpUrl: sink.url, mailTo: 'team@example.org' });
      const verdict = await both.deliver(delivery);
      expect([status, answer, verdict.outcome]).toEqual([status, answer, outcome]);
      expect(verdict.detail).toMatch(/webhook .*; the mail server/);
    }
  });
});

describe('a message', () => {
  test('says in every language what is asked, of whom, by when and of which incident', () => {
    const { subject, text } = messageOf(delivery, 'https://cordon.example.org');
    expect(subject).toBe('[INC-17] Alert the team asks for your attention');
    expect(text.split('\n')).toEqual([
      'Join the bridge',
      '加入會議',
      'Alert the team (alert-team) asks for your attention.',
      '通知小組 (alert-team) asks for your attention.',
      'For: responder',
      'Due: 2026-03-24T03:00:00.000Z',
      'INC-17: Encrypted shares',
      'https://cordon.example.org',
    ]);
  });

  test.each([
    ['reminder', 'is due soon'],
    ['overdue', 'is overdue'],
    ['escalation', 'is overdue and nobody has finished it'],
  ] as const)('of kind %s says that the step %s', (kind, says) => {
    expect(messageOf({ ...delivery, kind }, undefined).text).toContain(`(alert-team) ${says}.`);
  });

  test('holds nothing of the payload but its words, roles and due time', () => {
    const secret = { password: 's3cret', form: { reference: 's3cret' } };
    const { subject, text } = messageOf(
      { ...delivery, payload: { ...delivery.payload, ...secret, input: { ...secret, text: 'Come' } } },
      undefined,
    );
    expect(subject + text).not.toContain('s3cret');
    expect(text).not.toContain('bob');
  });

  test('says of an approval that has lapsed that it is asked for again, in both languages', () => {
    const payload = { ...delivery.payload, lapsed: { approvers: ['cat'], because: [], open: true } };
    const { subject, text } = messageOf({ ...delivery, kind: 'reminder', payload }, undefined);
    expect(subject).toContain('it has to be approved again');
    expect(text).toContain('what it covers has changed since');
    expect(text).toContain('須重新批准');
    expect(text).not.toContain('is due soon');
  });

  test('is made of what there is', () => {
    expect(messageOf({ ...delivery, payload: {} }, undefined)).toEqual({
      subject: '[INC-17] alert-team asks for your attention',
      text: 'INC-17: Encrypted shares',
    });
  });
});
