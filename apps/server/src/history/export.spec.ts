import { get } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Entry } from '@cordon/contracts';
import { serve, type Served } from '../testing/serve.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
  await served.ask('/api/v1/incidents', {
    json: { playbook: 'ransomware', title: 'x', awareAt: '2025-02-22T10:00:00Z' },
  });
  await note('=cmd|calc');
});
afterEach(() => served.close());

function note(text: string): ReturnType<Served['ask']> {
  const headers = { 'Idempotency-Key': `key-${text.length}` };
  return served.ask('/api/v1/incidents/INC-1/events', {
    headers,
    json: { type: 'note.add', note: text, data: { text } },
  });
}

test('the JSON export has one line for each entry, with its leaf', async () => {
  const reply = await served.ask('/api/v1/incidents/INC-1/export');
  expect(reply.headers.get('content-disposition')).toBe('attachment; filename="INC-1-history.jsonl"');
  expect(reply.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
  const lines = reply.text.split('\n');
  expect(lines.pop()).toBe('');
  const entries = lines.map((line) => JSON.parse(line) as { leaf: string });
  expect(entries.map((entry) => Entry.parse(entry).seq)).toEqual([1, 2]);
  expect(entries.every(({ leaf }) => typeof leaf === 'string')).toBe(true);
});

test('the CSV export has the same entries, and no formula survives in it', async () => {
  const reply = await served.ask('/api/v1/incidents/INC-1/export?format=csv');
  expect(reply.headers.get('content-disposition')).toBe('attachment; filename="INC-1-history.csv"');
  const [header, opened, noted, end] = reply.text.split('\r\n');
  expect(header).toBe(
    '"seq","revision","kind","at","occurredAt","actor","event type","step","data","note","from","to","late by (s)","supersedes","superseded by","prev","hash"',
  );
  expect(opened).toMatch(/^1,1,"opened",/);
  expect(noted).toContain(`"{""text"":""=cmd|calc""}","'=cmd|calc"`);
  expect(end).toBe('');
});

test('another format is answered with those available', async () => {
  const { body } = await served.ask('/api/v1/incidents/INC-1/export?format=docx');
  expect(body).toMatchObject({
    status: 422,
    errors: [{ pointer: '/format', message: expect.stringContaining('jsonl, csv') }],
  });
});

test('what needs the log says that this process keeps none', async () => {
  const { status, body } = await served.ask('/api/v1/incidents/INC-1/export?format=bundle');
  expect([status, body.code]).toEqual([503, 'unavailable']);
});

test('an unknown incident has no export', async () => {
  expect((await served.ask('/api/v1/incidents/INC-2/export')).status).toBe(404);
});

test.each(['jsonl', 'csv'])(
  'a %s export that fails on the way breaks the connection instead of ending',
  async (format) => {
    served.cordon.failExportAfter = 1;
    await expect(served.ask(`/api/v1/incidents/INC-1/export?format=${format}`)).rejects.toThrow();
    expect(served.logged.join('')).toContain('the disk is gone');
  },
);

test('an export that fails before its first line is a problem', async () => {
  served.cordon.failExportAfter = 0;
  const { status, body } = await served.ask('/api/v1/incidents/INC-1/export');
  expect([status, body.code]).toEqual([500, 'internal']);
});

test('a client that goes away stops the export', async () => {
  for (let i = 0; i < 40; i += 1) await note('x'.repeat(3_000 + i));
  const Authorization = `Bearer ${await served.person('auditor')}`;
  await new Promise<void>((resolve) => {
    const request = get(
      `${served.url}/api/v1/incidents/INC-1/export`,
      { headers: { Authorization } },
      (response) => {
        response.once('data', () => response.destroy());
        response.once('close', resolve);
      },
    );
    request.on('error', () => undefined);
  });
  await expect(eventually(() => served.cordon.exportClosed)).resolves.toBe(true);
});

async function eventually(holds: () => boolean): Promise<boolean> {
  for (let i = 0; i < 200 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  return holds();
}
