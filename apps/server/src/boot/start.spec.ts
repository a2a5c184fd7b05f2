import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventAnswer, HistoryPage, Incident, PlaybookList, StepList, TaskPage } from '@cordon/contracts';
import { loadConfig } from '../config.js';
import { makeLog } from '../log.js';
import { send, type Ask, type Reply } from '../testing/serve.js';
import { explainFailure } from './explain.js';
import { start, type Running } from './start.js';

/** The whole process as `npm start` makes it, on an embedded database in a folder of its own. */
let folder: string;
let running: Running;
let token: string;
const told: string[] = [];
const logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-'));
  // Started as root, PostgreSQL runs as another user, who has to get in.
  await chmod(folder, 0o755);
  const config = loadConfig({ PORT: '0', CORDON_DATA_DIR: join(folder, 'data') });
  const log = makeLog('info', { write: (line: string) => void logged.push(line) });
  running = await start(config, log, (line) => void told.push(line));
  token = (await readFile(running.tokenFile ?? '', 'utf8')).trim();
}, 120_000);
afterAll(async () => {
  await running?.stop();
  await rm(folder, { recursive: true, force: true });
});

function ask(path: string, what: Ask = {}): Promise<Reply> {
  return send(`${running.url}${path}`, { token, ...what });
}

function submit(ref: string, what: Ask): Promise<Reply> {
  const headers = { 'Idempotency-Key': randomUUID(), ...what.headers };
  return ask(`/api/v1/incidents/${ref}/events`, { ...what, headers });
}

async function restart(): Promise<void> {
  const config = loadConfig({ PORT: '0', CORDON_DATA_DIR: join(folder, 'data') });
  running = await start(config, makeLog('silent'), () => undefined);
}

async function open(): Promise<string> {
  const json = {
    playbook: 'ransomware',
    title: 'Ransom note',
    // Just now: what is long overdue would be marked so by the worker, in the middle of a test.
    awareAt: new Date().toISOString(),
    facts: { ransomware: true },
    systems: [{ id: 'crm', name: 'CRM' }],
  };
  const reply = await ask('/api/v1/incidents', { json });
  expect([reply.status, reply.headers.get('etag')]).toEqual([201, '"v1"']);
  return Incident.parse(reply.body).ref;
}

test('it is ready, has published what it ships, and has told what it did', async () => {
  expect((await ask('/health/ready', { token: null })).status).toBe(200);
  expect(PlaybookList.parse((await ask('/api/v1/playbooks')).body).items.map(({ id }) => id)).toContain(
    'ransomware',
  );
  expect(told.join('\n')).toContain('Published the playbook ransomware');
});

test('answers have the shape that the contract says, in either language', async () => {
  const ref = await open();
  const steps = StepList.parse(
    (await ask(`/api/v1/incidents/${ref}/steps`, { headers: { 'Accept-Language': 'zh-HK' } })).body,
  );
  expect(steps.items.some(({ title }) => /\p{Script=Han}/u.test(title))).toBe(true);
  expect(TaskPage.parse((await ask('/api/v1/tasks')).body).items.length).toBeGreaterThan(0);
  const note = { type: 'note.add', data: { text: 'phoned the bureau' } };
  expect(EventAnswer.parse((await submit(ref, { json: note })).body).transition.event.type).toBe('note.add');
});

test('every refusal is the right problem, none is a 500, and each is in the history', async () => {
  const ref = await open();
  const { items } = StepList.parse((await ask(`/api/v1/incidents/${ref}/steps`)).body);
  const locked = items.find(({ status }) => status === 'cannot_start')?.id;
  const ready = items.find(({ status }) => status === 'ready')?.id;
  const issued = await ask('/api/v1/tokens', { json: { name: 'Auditor', roles: ['auditor'] } });
  const auditor = String(issued.body.token);
  const note = { type: 'note.add', data: { text: 'x' } };
  const sent: [Ask, number, string][] = [
    [{ json: { type: 'step.complete', step: locked } }, 409, 'event_not_accepted'],
    [{ json: { type: 'step.complete', step: 'nowhere' } }, 422, 'invalid_event'],
    [{ json: { type: 'step.explode' } }, 422, 'invalid_event'],
    [{ json: { type: 7 } }, 422, 'invalid_event'],
    [{ json: { ...note, force: true } }, 422, 'invalid_event'],
    [{ raw: 'x'.repeat(10_000_000) }, 413, 'too_large'],
    [{ raw: Buffer.from([0x7b, 0xff, 0x7d]) }, 400, 'malformed'],
    [{ raw: '{"type":"note.add","note":"\\ud800"}' }, 400, 'malformed'],
    [{ json: note, headers: { 'If-Match': '"v99"' } }, 412, 'stale_revision'],
    [{ json: { type: 'step.start', step: ready }, token: auditor }, 403, 'forbidden'],
  ];
  for (const [what, status, code] of sent) {
    const { body } = await submit(ref, what);
    expect([body.status, body.code]).toEqual([status, code]);
  }
  expect((await submit('INC-999', { json: note })).body).toMatchObject({
    status: 404,
    code: 'unknown_incident',
  });
  const history = HistoryPage.parse((await ask(`/api/v1/incidents/${ref}/transitions`)).body);
  expect(history.items.map(({ seq }) => seq)).toEqual(history.items.map((_, i) => i + 1));
  // Between them the worker writes what its timers and deliveries do.
  const ofPeople = history.items.filter(({ actor }) => actor.type === 'person').slice(1);
  expect(ofPeople.map(({ kind, rejection }) => [kind, rejection?.code])).toEqual(
    sent.map(([, , code]) => ['rejection', code]),
  );
});

test('the same key is the same event; with another body it is refused', async () => {
  const ref = await open();
  const headers = { 'Idempotency-Key': 'once' };
  const json = { type: 'note.add', data: { text: 'once' } };
  const [first, again] = [await submit(ref, { json, headers }), await submit(ref, { json, headers })];
  expect([first.status, again.text]).toEqual([200, first.text]);
  const other = await submit(ref, { json: { ...json, note: 'other' }, headers });
  expect(other.body).toMatchObject({ status: 422, code: 'key_reused' });
});

test('largest events that the contract lets in fit into the history', async () => {
  const ref = await open();
  const data = { text: 'x'.repeat(20_000) };
  expect((await submit(ref, { json: { type: 'note.add', data, note: '字'.repeat(3_900) } })).status).toBe(
    200,
  );
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
  expect((await submit(ref, { json: { type: 'note.add', data: many } })).status).toBe(422);
  expect(logged.join('')).not.toContain('"level":50');
});

test('what was written is signed when it stops; the next start holds the log against that, and refuses where it does not fit', async () => {
  await open();
  await running.stop();
  const memory = join(folder, 'data', 'keys', 'log.checkpoint');
  const signed = await readFile(memory, 'utf8');
  await restart();
  const { body, text } = await ask('/health/ready', { token: null });
  expect([body.checks, text]).toEqual([{ database: 'ok', log: 'ok' }, expect.any(String)]);
  expect((await ask('/metrics', { token: null })).text).toContain('cordon_log_verifies 1');
  await running.stop();
  // More than lies beside it: of less it would be plain that it is not what was signed last.
  await writeFile(
    memory,
    signed.replace(/\n(\d+)\n/, (_, size: string) => `\n${Number(size) + 1_000}\n`),
  );
  const refused = await restart().catch((error: unknown) => explainFailure(error, undefined));
  expect(refused).toContain('THE LOG DOES NOT VERIFY');
  await writeFile(memory, signed);
  // Less was signed than the log has: that is what a crash leaves.
  await restart();
});
