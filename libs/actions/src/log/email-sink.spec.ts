import { afterEach, expect, test } from '@jest/globals';
import { startSmtpSink } from '../../../../test/support/smtp-sink.js';
import { emailSink } from './email-sink.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-24T09:00:00Z');

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function setup() {
  const server = await startSmtpSink();
  const sink = emailSink({ smtpUrl: server.url, to: 'auditor@example.org', from: 'cordon@example.org' });
  closing.push(
    () => sink.close(),
    () => server.close(),
  );
  const push = (hours: number, notable = false) => {
    const size = 100 + Math.round(hours * 10);
    const note = `cordon-log/x\n${size}\nq1V=\n\n— cordon-log/x ${'s'.repeat(92)}\n`;
    return sink.push({ note, origin: 'cordon-log/x', size, at: START + hours * HOUR, notable });
  };
  return { server, push };
}

/** Quoted-printable and base64 bodies as text. */
function textOf(message: string): string {
  const [head = '', body = ''] = message.split(/\r?\n\r?\n/s, 2);
  const rest = message.slice(message.indexOf(body));
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(rest, 'base64').toString('utf8');
  const bytes = rest
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

test('a notable checkpoint is mailed, and the note can be copied out of the mail whole', async () => {
  const { server, push } = await setup();
  await push(0);
  expect(server.messages).toHaveLength(0);
  await push(0.1, true);
  expect(server.messages).toHaveLength(1);
  const [message = ''] = server.messages;
  expect(message).toMatch(/To: auditor@example\.org/);
  expect(message).toMatch(/Subject: \[Cordon\] cordon-log\/x: 101 entries/);
  const note = `cordon-log/x\n101\nq1V=\n\n— cordon-log/x ${'s'.repeat(92)}\n`;
  expect(textOf(message).replaceAll('\r\n', '\n')).toContain(note);
});

test('two mails are an hour apart at least, and a notable one that came too soon is made up for', async () => {
  const { server, push } = await setup();
  for (const [hours, notable] of [
    [0, true],
    [0.2, true],
    [0.9, false],
    [1.1, false],
    [1.2, false],
    [9, false],
  ] as const)
    await push(hours, notable);
  expect(server.messages.map((message) => /x: (\d+) entries/.exec(message)?.[1])).toEqual(['100', '111']);
});

test('each day brings one, however little happens', async () => {
  const { server, push } = await setup();
  for (let hours = 0; hours <= 72; hours += 4) await push(hours);
  expect(server.messages).toHaveLength(3);
});

test('what the mail server did not take is told and owed: the same, or a later one, goes out then', async () => {
  const { server, push } = await setup();
  server.answers['RCPT'] = '451 later';
  await expect(push(0, true)).rejects.toMatchObject({
    message: expect.stringMatching(/could not be mailed: the mail server answered 451/),
    retryable: true,
  });
  server.answers['RCPT'] = '550 nobody here';
  await expect(push(0.1)).rejects.toMatchObject({ retryable: false });
  delete server.answers['RCPT'];
  expect(server.messages).toHaveLength(0);
  await push(0.1);
  expect(server.messages).toHaveLength(1);
  await push(2);
  expect(server.messages).toHaveLength(1);
});
