import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serve, type Served } from '../testing/serve.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

test('ready says whether the database answers; live does not ask it', async () => {
  expect((await served.ask('/health/ready', { token: null })).body).toEqual({
    status: 'ok',
    product: 'cordon',
    checks: { database: 'ok' },
  });
  served.store.down = true;
  const { status, body } = await served.ask('/health/ready', { token: null });
  expect([status, body.code]).toEqual([503, 'unavailable']);
  expect((await served.ask('/health/live', { token: null })).status).toBe(200);
});

test('transitions and rejections are counted, and requests by their route, not their address', async () => {
  await served.ask('/api/v1/incidents', {
    json: { playbook: 'ransomware', title: 'x', awareAt: '2025-02-22T10:00:00Z' },
  });
  const headers = { 'Idempotency-Key': 'k' };
  await served.ask('/api/v1/incidents/INC-1/events', { headers, json: { type: 'note.add' } });
  await served.ask('/api/v1/incidents/INC-1/events', { headers, json: { type: 'made.up.by.a.client' } });
  const { text } = await served.ask('/metrics', { token: null });
  expect(text).toContain('cordon_transitions_total{type="note.add"} 1');
  expect(text).toContain('cordon_rejections_total{code="invalid_event"} 1');
  expect(text).toContain('route="/api/v1/incidents/:ref/events",status="200"');
  expect(text).not.toContain('made.up');
  expect(text).not.toContain('INC-1');
});

test('answers carry a request id: the caller’s where it is a UUID, else a new one', async () => {
  const given = '0198c0de-0000-7000-8000-000000000001';
  const id = async (value: string): Promise<string | null> =>
    (await served.ask('/health/live', { headers: { 'X-Request-Id': value } })).headers.get('x-request-id');
  expect(await id(given)).toBe(given);
  expect(await id('<script>')).toMatch(/^[0-9a-f-]{36}$/);
});

test('answers carry the headers that keep browsers from mischief, and do not name the software', async () => {
  const { headers } = await served.ask('/');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('strict-transport-security')).toBeNull();
});

test('behind https browsers are told to stay with it', async () => {
  const secure = await serve({ CORDON_PUBLIC_URL: 'https://cordon.example.org/' });
  const { headers } = await secure.ask('/');
  expect(headers.get('strict-transport-security')).toContain('max-age=');
  expect(headers.get('content-security-policy')).toContain('upgrade-insecure-requests');
  await secure.close();
});

test('the printed address shows a page in the reader’s language that leads to the documentation', async () => {
  const { text, headers } = await served.ask('/', { token: null, headers: { 'Accept-Language': 'zh-TW' } });
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(text).toContain('<html lang="zh-Hant">');
  expect(text).toContain('href="/docs"');
});

test('the documentation loads nothing from elsewhere', async () => {
  const page = await served.ask('/docs', { token: null });
  const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
  expect(addresses.length).toBeGreaterThan(3);
  for (const address of addresses) {
    expect(address).toMatch(/^\.\/docs\//);
    expect((await served.ask(address.slice(1), { token: null })).status).toBe(200);
  }
});
