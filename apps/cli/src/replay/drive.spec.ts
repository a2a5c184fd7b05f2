import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { httpClient } from '../api/client.js';
import { ADMIN, type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { assess } from './assess.js';
import { gatherCrew } from './crew.js';
import { driveScenario, type DriveOptions } from './drive.js';
import { exitCodeFor, reportText } from './report.js';
import { parseScenario } from './scenario.js';
import pc from 'picocolors';

const SCENARIO = `
id: small-case
title: A small case
playbook: small
timeline: {onset: unknown, aware: "2025-02-22T10:00:00+08:00"}
facts: {malicious: yes, personalData: unknown, ransomPaid: no}
affectedSystems:
  - {id: crm, name: CRM}
  - {id: hr, name: HR, foundLater: true}
expect:
  phasesVisited: [review, contain, isolate, restore]
  systemsReturnedToService: [crm, hr]
  affectedPartiesInformed: 12
  finalState: closed
`;

let fake: FakeServer;

beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

async function drive(options: DriveOptions = {}) {
  const sleep = () => Promise.resolve();
  const api = httpClient({ server: fake.url, token: ADMIN, sleep });
  const crew = await gatherCrew(api);
  const result = await driveScenario(parseScenario(SCENARIO, 'small.yaml'), crew, { sleep, ...options });
  return { api, crew, result };
}

test('a scenario is driven from first alert to closed, and what it expects is checked', async () => {
  const { api, result } = await drive();
  const assessment = await assess(api, result);
  expect(result.ended).toBe('closed');
  expect(result.stuck).toEqual([]);
  expect(assessment.checks.map(({ name, result: verdict }) => [name, verdict])).toEqual([
    ['phasesVisited', 'met'],
    ['systemsReturnedToService', 'met'],
    ['affectedPartiesInformed', 'not checked'],
    ['finalState', 'met'],
  ]);
  expect(assessment.export).toMatchObject({ result: 'verified', entries: fake.incident.entries.length });
  expect(assessment.steps).toEqual({ completed: 6 });
  expect(exitCodeFor({ drive: result, assessment })).toBe(0);
  expect(reportText({ drive: result, assessment }, pc.createColors(false))).toContain('not checked');
});

test('an incident is opened with what was known, and told facts that the playbook has no word for', async () => {
  const { result } = await drive();
  expect(fake.incident.opening).toMatchObject({
    facts: { malicious: 'yes' },
    systems: [{ id: 'crm', name: 'CRM' }],
  });
  expect(fake.incident.opening).not.toHaveProperty('onsetAt');
  expect(result.leftOut).toEqual(['ransomPaid']);
});

test('facts that the server refuses at the opening are left out and told', async () => {
  fake.incident.refuseFacts = ['malicious'];
  const { result } = await drive();
  expect(result.ended).toBe('closed');
  expect(result.leftOut).toEqual(['ransomPaid', 'malicious']);
});

test('an unknown fact is answered unknown first, and settled once it holds a step up', async () => {
  const { result } = await drive();
  expect(fake.incident.outputs.get('assess')).toMatchObject({ personal: 'unknown' });
  expect(result.assumptions).toEqual(['personalData = "yes"']);
});

test('each step is done by somebody whose role it asks for, and approved by somebody else', async () => {
  await drive();
  expect(fake.incident.by.get('assess')).toBe('replay responder');
  expect(fake.incident.by.get('isolate@crm')).toBe('replay system owner');
  expect(fake.incident.by.get('tell')).toBe('replay privacy officer');
  expect(fake.incident.by.get('approve-restore')).toBe('replay approver');
});

test('a failed action is completed by hand', async () => {
  await drive();
  const event = fake.incident.received.find((one) => one['step'] === 'warn');
  expect(event?.['note']).toMatch(/reported a problem/);
});

test('a drive can stop in mid-course, when a phase is over', async () => {
  const { result } = await drive({ stopAfterPhase: 'isolate', awareAt: '2026-01-01T00:00:00Z' });
  expect(result.ended).toBe('stopped');
  expect(fake.incident.opening).toMatchObject({ awareAt: '2026-01-01T00:00:00Z' });
  expect(fake.incident.status).toBe('open');
});

test('one token alone cannot approve its own work, and the drive says which step stands still and why', async () => {
  fake.before = (method, path) =>
    method === 'POST' && path === '/tokens'
      ? { status: 403, body: { code: 'forbidden', title: 'No' } }
      : undefined;
  const { crew, result } = await drive();
  expect(crew.shortage).toMatch(/one person does everything/);
  expect(result.ended).toBe('stuck');
  expect(result.stuck).toEqual([
    {
      step: 'approve-restore',
      title: 'approve-restore',
      status: 'ready',
      why: [expect.stringMatching(/You did it yourself/)],
    },
  ]);
});

test('lost answers and a busy server are met with the same idempotency key, so nothing is done twice', async () => {
  let n = 0;
  fake.before = (method, path) => {
    if (method !== 'POST' || !path.endsWith('/events')) return undefined;
    n += 1;
    if (n % 3 === 0) return 'drop';
    return n % 5 === 0 ? { status: 503, headers: { 'retry-after': '1' } } : undefined;
  };
  const { api, result } = await drive();
  expect(result.ended).toBe('closed');
  expect((await assess(api, result)).rejections).toBe(0);
  expect(new Set(fake.keys).size).toBe(fake.keys.length);
});

test('the crew goes when the replay ends', async () => {
  const { crew } = await drive();
  expect(fake.tokens.size).toBe(7);
  expect(await crew.disband()).toEqual([]);
  expect([...fake.tokens.keys()]).toEqual([ADMIN]);
});

test('a crew that cannot be completed leaves no token behind', async () => {
  let n = 0;
  fake.before = (method, path) =>
    method === 'POST' && path === '/tokens' && (n += 1) > 3 ? { status: 500 } : undefined;
  await expect(drive()).rejects.toThrow(/answered 500/);
  expect([...fake.tokens.keys()]).toEqual([ADMIN]);
});

test('an export that lacks an entry of the history fails the verification', async () => {
  const { api, result } = await drive();
  const whole = fake.incident.export();
  fake.incident.export = () => whole.trimEnd().split('\n').slice(0, -1).join('\n') + '\n';
  const assessment = await assess(api, result);
  expect(assessment.export).toMatchObject({
    result: 'failed',
    problem: expect.stringMatching(/is not in the export/),
  });
  expect(exitCodeFor({ drive: result, assessment })).toBe(5);
});
