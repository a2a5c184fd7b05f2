import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import pc from 'picocolors';
import type { Incident, Step } from '../api/shapes.js';
import { parseScenario } from '../replay/scenario.js';
import { type AlertSink, startAlertSink } from './alert-sink.js';
import { choosePort } from './choose-port.js';
import { type Ready, readyJson, readyText } from './ready-text.js';
import { timesOf } from './scenes.js';

let sink: AlertSink | undefined;
afterEach(async () => {
  await sink?.close();
  sink = undefined;
});

test('a port that is taken is passed over for the next free one', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  expect(await choosePort(String(port))).toBeGreaterThan(port);
  taken.close();
  await once(taken, 'close');
  expect(await choosePort(String(port))).toBe(port);
  expect(await choosePort('0')).toBeGreaterThan(0);
  await expect(choosePort('many')).rejects.toMatchObject({ exitCode: 2 });
});

test('an alert is told once however often it is delivered, and what is none is refused', async () => {
  const told: string[] = [];
  sink = await startAlertSink((subject) => void told.push(subject));
  const { url } = sink;
  const post = async (key: string, body: string) =>
    (await fetch(url, { method: 'POST', headers: { 'idempotency-key': key }, body })).status;
  expect(await post('a', '{"subject": "GIRO is due soon"}')).toBe(204);
  expect(await post('a', '{"subject": "GIRO is due soon"}')).toBe(204);
  expect(await post('b', '{"subject": 7}')).toBe(400);
  expect(await post('c', 'x'.repeat(100_000))).toBe(400);
  expect(told).toEqual(['GIRO is due soon']);
});

test('the times of a scenario move together', () => {
  const scenario = parseScenario(
    'id: s\ntitle: S\nplaybook: p\ntimeline: {onset: "2025-02-22T08:00:00+08:00", aware: "2025-02-22T10:00:00+08:00"}',
    's.yaml',
  );
  const now = Date.parse('2026-03-24T10:00:00Z');
  expect(timesOf({ scenario, awareAgoMs: 60_000, leaveWhen: () => true }, now)).toEqual({
    awareAt: '2026-03-24T09:59:00.000Z',
    onsetAt: '2026-03-24T07:59:00.000Z',
  });
});

const now = Date.parse('2026-03-24T10:00:00Z');

function ready(more: Partial<Ready> = {}): Ready {
  const incident = {
    ref: 'INC-2',
    title: 'A case',
    status: 'open',
    awareAt: '2026-03-24T09:16:00Z',
    phases: [{ id: 'isolate', title: 'Isolate', status: 'active' }],
  } as unknown as Incident;
  const step = (id: string, dueAt: string | null) =>
    ({ id, title: id, status: 'ready', kind: 'task', dueAt }) as unknown as Step;
  const open = [
    step('first', null),
    step('later', '2026-03-24T11:00:00Z'),
    step('soon', '2026-03-24T10:16:00Z'),
  ];
  return {
    url: 'http://127.0.0.1:3001',
    dataFolder: 'folder',
    tokenFile: 'folder/admin-token',
    loaded: [{ scenario: 's', incident, open }],
    serverOption: undefined,
    ...more,
  };
}

test('the last words say where it is, what is most urgent, and four commands to copy', () => {
  const text = readyText(ready(), pc.createColors(false), now);
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:3001[\s\S]*\/docs[\s\S]*admin-token/);
  expect(text).toMatch(/aware 44 min ago; now: Isolate\n.*soon: due in 16 min/);
  expect(text.match(/^ {2}\d\. /gm)).toHaveLength(4);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).not.toContain('--server');
});

test('commands name the server where they would find another one', () => {
  const json = readyJson(ready({ serverOption: 'http://127.0.0.1:3001' })) as { try: { command: string }[] };
  for (const { command } of json.try) expect(command).toContain('--server http://127.0.0.1:3001');
});
