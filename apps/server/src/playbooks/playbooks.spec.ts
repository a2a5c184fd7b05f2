import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Machine, PlaybookList, PublishedPlaybook } from '@cordon/contracts';
import { serve, type Served } from '../testing/serve.js';

const PLAYBOOK = `cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Other}
roles: [{id: responder, title: {en: R}}]
flow: [main]
phases: [{id: main, title: {en: M}, steps: [{task: a, title: {en: A}, role: responder}]}]
`;

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

test('the library lists every published version, titled in the reader’s language', async () => {
  const reply = await served.ask('/api/v1/playbooks', { headers: { 'Accept-Language': 'yue' } });
  expect(PlaybookList.parse(reply.body).items).toMatchObject([{ id: 'ransomware', version: '1.0.0', title: '勒索軟件' }]);
});

test('a version answers its source as it was published, and its machines', async () => {
  const source = await served.ask('/api/v1/playbooks/ransomware/versions/1.0.0/source');
  expect([source.headers.get('content-type'), source.text]).toEqual(['application/yaml; charset=utf-8', 'id: ransomware\n']);
  const machine = await served.ask('/api/v1/playbooks/ransomware/versions/1.0.0/machine.json');
  expect(Machine.parse(machine.body)).toHaveProperty('id', 'ransomware');
});

test('a version is drawn in the reader’s language, for a theme and a width', async () => {
  const drawing = await served.ask('/api/v1/playbooks/ransomware/versions/1.0.0/diagram.svg?theme=dark', {
    headers: { 'Accept-Language': 'yue' },
  });
  expect([drawing.status, drawing.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
  expect(drawing.text).toContain('zh-Hant dark');
  expect(drawing.headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'");
  const wrong = await served.ask('/api/v1/playbooks/ransomware/versions/1.0.0/diagram.svg?theme=pink');
  expect(wrong.status).toBe(422);
});

test('a playbook with errors is refused with each finding’s place, and a good one is published once', async () => {
  const post = (raw: string, type = 'application/yaml') =>
    served.ask('/api/v1/playbooks', { method: 'POST', raw, headers: { 'Content-Type': type } });
  const refused = await post('cordon: 1\nid: x\n');
  expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_playbook' } });
  expect(refused.body.findings[0]).toMatchObject({ severity: 'error', line: 1, pointer: expect.any(String) });
  expect((await post('{"a": 1}', 'image/png')).status).toBe(415);
  const first = await post(PLAYBOOK);
  expect(PublishedPlaybook.parse(first.body)).toMatchObject({ id: 'tiny', version: '1.0.0', format: 'cordon' });
  expect(first.status).toBe(201);
  expect((await post(PLAYBOOK)).body.digest).toBe(first.body.digest);
  expect(await post(PLAYBOOK.replace('Other', 'Changed'))).toMatchObject({
    status: 409,
    body: { code: 'playbook_exists' },
  });
});

test('publishing is for coordinators and administrators', async () => {
  const token = await served.person('responder');
  const reply = await served.ask('/api/v1/playbooks', {
    ...{ method: 'POST', raw: PLAYBOOK, token },
    headers: { 'Content-Type': 'text/yaml' },
  });
  expect(reply.status).toBe(403);
});

test('a version that does not exist, or has no possible name, is answered 404', async () => {
  for (const path of ['ransomware/versions/9.9.9', 'flood/versions/1.0.0', '%00/versions/1', '..%2f/versions/1']) {
    expect((await served.ask(`/api/v1/playbooks/${path}/source`)).status).toBe(404);
  }
});
