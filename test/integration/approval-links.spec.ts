/**
 * Links to approvals by mail, over the whole app with its worker, a real database and a mail server that keeps what it
 * is sent: only the right person, signed in, once, in time, and for exactly what the link covers.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.js';
import type { Reply } from '../support/ask.js';
import { until } from '../support/until.js';
import { BROWSERS, browse, enrolled, type Enrolled } from './attacks/people.js';
import { ADMIN, stage, type Stage } from './attacks/stage.js';

const T = (text: string) => `{en: ${text}, zh-Hant: ${text}}`;
const PLAYBOOK = `cordon: 1
id: restoring
version: 1.0.0
languages: [en, zh-Hant]
title: ${T('Plan')}
summary: ${T('Plan')}
roles: [{id: responder, title: ${T('R')}}, {id: approver, title: ${T('A')}}]
facts: [{id: entry, type: text, title: ${T('Entry')}}]
phases:
  - id: main
    title: ${T('Main')}
    steps:
      - each: system
        id: systems
        steps:
          - {task: isolate, title: ${T('Isolate')}, role: responder, move: isolate}
          - {task: choose, title: ${T('Choose')}, role: responder, form: [{id: restorePoint, type: text, title: ${T('Point')}, required: true}]}
          - {approval: approve, title: ${T('Approve it')}, role: approver, covers: [choose], facts: [entry], refused: {repeat: choose}}
          - {task: restore, title: ${T('Restore')}, role: responder, move: restore}
          - {task: verify, title: ${T('Verify')}, role: responder, move: verify}
          - {task: return, title: ${T('Return')}, role: responder, move: return}
flow: [main]
`;
const BOUND_MS = 30_000;
const STEP = 'approve@crm';

let sink: SmtpSink;
let on: Stage;
let cat: Enrolled;
let dan: Enrolled;
let bob: Enrolled;
/** Every token that has been mailed. */
const tokens = new Set<string>();

beforeAll(async () => {
  sink = await startSmtpSink();
  on = await stage({
    ...BROWSERS,
    CORDON_ROLE: 'all',
    SMTP_URL: sink.url,
    CORDON_SESSION_IDLE_MINUTES: '1440',
  });
  const published = await on.ask('/api/v1/playbooks', {
    method: 'POST',
    token: ADMIN,
    headers: { 'content-type': 'application/yaml' },
    raw: PLAYBOOK,
  });
  if (published.status !== 201) throw new Error(published.text);
  [cat, dan, bob] = [
    await enrolled(on, 'approver'),
    await enrolled(on, 'approver'),
    await enrolled(on, 'responder'),
  ];
}, 120_000);
afterAll(async () => {
  await on.stop();
  await sink.close();
}, 60_000);

function send(ref: string, type: string, step?: string, data?: object): Promise<unknown> {
  return on.made(`/api/v1/incidents/${ref}/events`, {
    type,
    ...(step ? { step } : {}),
    ...(data ? { data } : {}),
  });
}

/** An incident in which the restore point of one system waits for approval, by Cat, Dan, and nobody else. */
async function waiting(more: object = {}): Promise<string> {
  const ref = await on.incident('Secret title', {
    playbook: 'restoring',
    systems: [{ id: 'crm', name: 'CRM' }],
    ...more,
  });
  for (const { id } of [cat, dan, bob]) await send(ref, 'member.add', undefined, { person: id });
  await send(ref, 'system.isolate', undefined, { system: 'crm' });
  await send(ref, 'step.complete', 'choose@crm', { output: { restorePoint: 'Tuesday 04:00' } });
  return ref;
}

/** The body of a mail to this person about this incident, in order of sending. */
function mailsTo({ email }: Enrolled, ref: string): readonly string[] {
  return sink.messages
    .filter((one) => new RegExp(`^To: ${email}$`, 'm').test(one))
    .map(decoded)
    .filter((text) => text.includes(`(${ref})`));
}

function decoded(message: string): string {
  const [head = '', ...rest] = message.split('\n\n');
  const body = rest.join('\n\n');
  if (/^Content-Transfer-Encoding: base64$/im.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The token in the newest mail to the person, once there are so many. */
async function tokenOf(person: Enrolled, ref: string, mails = 1): Promise<string> {
  const text = await until('the mail is there', BOUND_MS, () =>
    Promise.resolve(mailsTo(person, ref)[mails - 1]),
  );
  const token = /^https:\/\/cordon\.example\.org\/approve#([\w-]{43})$/m.exec(text)?.[1];
  if (token === undefined) throw new Error(text);
  tokens.add(token);
  return token;
}

const read = ({ cookie }: Enrolled, token: string): Promise<Reply> =>
  browse(on, cookie, `/api/v1/approvals/${token}`);
const decide = (
  { cookie }: Enrolled,
  token: string,
  json: object = { decision: 'approve' },
): Promise<Reply> => browse(on, cookie, `/api/v1/approvals/${token}`, { method: 'POST', json });

interface Brought {
  readonly kind: string;
  readonly type: string;
  readonly rejection?: string | undefined;
}

async function events(ref: string): Promise<readonly Brought[]> {
  const { body } = await on.ask(`/api/v1/incidents/${ref}/transitions?limit=200`, { token: ADMIN });
  const items = body['items'] as readonly {
    kind: string;
    event: { type: string };
    rejection?: { code: string };
  }[];
  return items.map(({ kind, event, rejection }) => ({ kind, type: event.type, rejection: rejection?.code }));
}

/** What became of approvals. One that the incident moved under is brought again, and is on record both times. */
async function approvals(ref: string): Promise<readonly string[]> {
  const brought = (await events(ref)).filter(({ type }) => type.startsWith('approval.'));
  return brought.filter(({ rejection }) => rejection !== 'stale_revision').map(({ kind }) => kind);
}

async function journalled(type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await on.query('SELECT leaf FROM audit_entry WHERE incident_id = 0 ORDER BY seq');
  return rows
    .map(({ leaf }) => JSON.parse((leaf as Buffer).toString('utf8')) as Record<string, unknown>)
    .filter((leaf) => JSON.stringify(leaf).includes(`"${type}"`));
}

test('each who may approve gets a link of their own, which shows what is approved, and approves once', async () => {
  const ref = await waiting();
  const [mine, other] = [await tokenOf(cat, ref), await tokenOf(dan, ref)];
  expect(mine).not.toBe(other);
  expect(mailsTo(bob, ref)).toEqual([]);
  expect(mailsTo(cat, ref).join()).not.toContain('Secret title');
  const shown = await read(cat, mine);
  expect(shown.status).toBe(200);
  expect(shown.body).toMatchObject({ ref, step: STEP, title: 'Approve it (CRM)' });
  expect(shown.body['covers']).toContainEqual({
    kind: 'restore_point',
    id: 'crm',
    title: 'Restore point of CRM',
    value: 'Tuesday 04:00',
  });
  expect(shown.body['covers']).toContainEqual({
    kind: 'fact',
    id: 'entry',
    title: 'Entry',
    value: 'not known yet',
  });
  expect((await read(cat, mine)).status).toBe(200);
  const made = await decide(cat, mine);
  expect([made.status, made.body['ref']]).toEqual([200, ref]);
  expect(await approvals(ref)).toEqual(['transition']);
  for (const again of [await read(cat, mine), await decide(cat, mine), await read(dan, other)]) {
    expect([again.status, again.body['code']]).toEqual([404, 'not_found']);
  }
  expect(await approvals(ref)).toEqual(['transition']);
});

test('nobody else reaches the approval by it: not who is not signed in, not another approver, not the administrator', async () => {
  const ref = await waiting();
  const mine = await tokenOf(cat, ref);
  const path = `/api/v1/approvals/${mine}`;
  const json = { decision: 'approve' };
  expect((await on.ask(path)).status).toBe(401);
  expect((await on.ask(path, { method: 'POST', json })).status).toBe(401);
  const wrong = [await read(dan, mine), await decide(dan, mine), await on.ask(path, { token: ADMIN })];
  const never = await read(cat, 'A'.repeat(43));
  for (const { status, body } of wrong) {
    expect({ status, ...body, instance: '' }).toEqual({ status, ...never.body, instance: '' });
    expect(status).toBe(404);
  }
  expect(await approvals(ref)).toEqual([]);
  expect(await journalled('another_person')).toHaveLength(3);
  const evil = { ...BROWSERS, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const forged = await browse(on, cat.cookie, path, { method: 'POST', json, headers: evil });
  expect(forged.body['code']).toBe('cross_site');
  expect((await decide(cat, mine)).status).toBe(200);
});

test('twenty requests at once make one event', async () => {
  const ref = await waiting();
  const mine = await tokenOf(cat, ref);
  const replies = await Promise.all(Array.from({ length: 20 }, () => decide(cat, mine)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 404)]);
  expect(await approvals(ref)).toEqual(['transition']);
});

test('what the link covers has changed: it leads nowhere, and the new one covers what there is now', async () => {
  const ref = await waiting();
  const old = await tokenOf(cat, ref);
  await send(ref, 'step.reopen', 'choose@crm', { reason: 'wrong' });
  await send(ref, 'step.complete', 'choose@crm', { output: { restorePoint: 'Monday 04:00' } });
  expect((await decide(cat, old)).status).toBe(404);
  const now = await tokenOf(cat, ref, 2);
  expect(JSON.stringify((await read(cat, now)).body)).toContain('Monday 04:00');
  expect((await decide(cat, now)).status).toBe(200);
  expect(await approvals(ref)).toEqual(['transition']);
  await send(ref, 'fact.set', undefined, { fact: 'entry', value: 'phishing' });
  const again = await tokenOf(dan, ref, 3);
  expect(JSON.stringify((await read(dan, again)).body)).toContain('phishing');
  expect((await decide(dan, again)).status).toBe(200);
});

test('a refusal needs its reason; without one the link is not used up', async () => {
  const ref = await waiting();
  const mine = await tokenOf(cat, ref);
  const bare = await decide(cat, mine, { decision: 'refuse' });
  expect([bare.status, bare.body['code']]).toEqual([422, 'invalid_request']);
  expect((await decide(cat, mine, { decision: 'refuse', reason: 'Too old' })).status).toBe(200);
  expect((await events(ref)).map(({ type }) => type)).toContain('approval.refuse');
  expect((await read(cat, mine)).status).toBe(404);
  await send(ref, 'step.complete', 'choose@crm', { output: { restorePoint: 'Sunday 04:00' } });
  expect((await read(cat, await tokenOf(cat, ref, 2))).status).toBe(200);
  expect((await read(cat, mine)).status).toBe(404);
});

test('a link lives for half an hour', async () => {
  const ref = await waiting();
  const mine = await tokenOf(cat, ref);
  on.wait(29 * 60_000);
  expect((await read(cat, mine)).status).toBe(200);
  on.wait(60_000);
  expect((await read(cat, mine)).status).toBe(404);
  expect((await decide(cat, mine)).status).toBe(404);
  expect(await approvals(ref)).toEqual([]);
});

test('an exercise sends nobody anything', async () => {
  const ref = await waiting({ exercise: true });
  await until('the history says so', BOUND_MS, async () =>
    (await events(ref)).some(({ type }) => type === 'effect.delivered') ? true : undefined,
  );
  expect([...mailsTo(cat, ref), ...mailsTo(dan, ref)]).toEqual([]);
});

test('the history says how many were asked, and neither their names nor their addresses', async () => {
  const ref = await waiting();
  const text = await until('the verdict is there', BOUND_MS, async () => {
    const { text: all } = await on.ask(`/api/v1/incidents/${ref}/transitions?limit=200`, { token: ADMIN });
    return all.includes('effect.delivered') ? all : undefined;
  });
  expect(text).toContain('2 of 2 approvers were sent a link of their own');
  expect(text).not.toContain('@example.org');
});

test('no token is in the log or in any table; making, using and failing to use a link is in the journal', async () => {
  expect(tokens.size).toBeGreaterThan(8);
  const tables = await on.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dumps = await Promise.all(
    tables.map(({ name }) => on.query(`SELECT t::text AS row FROM ${String(name)} AS t`)),
  );
  const stored = dumps
    .flat()
    .map(({ row }) => String(row))
    .join('\n');
  const logged = on.logged.join('');
  expect(logged).toContain('/api/v1/approvals/');
  for (const token of tokens) {
    expect(logged).not.toContain(token);
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(token).toString('hex'));
    expect(stored).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
  }
  expect((await journalled('approval-link.made')).length).toBeGreaterThanOrEqual(tokens.size);
  expect((await journalled('approval-link.used')).length).toBeGreaterThan(5);
  expect(JSON.stringify(await journalled('approval-link.used'))).toContain('expired');
});

test('the page opens without a token in any request, and asks nothing of other sites', async () => {
  const page = await on.ask('/approve', { headers: { 'accept-language': 'zh-HK' } });
  expect([page.status, page.text.includes('<html lang="zh-Hant">')]).toEqual([200, true]);
  expect(page.text).not.toMatch(/<script(?![^>]* src="\/)|\son\w+=|https?:\/\//);
  const script = await on.ask('/approve.js');
  expect(script.headers.get('content-type')).toContain('text/javascript');
  expect(script.text).not.toMatch(/innerHTML|https?:\/\//);
});
