import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Machine, PlaybookList } from '@cordon/contracts';
import { serve, type Served } from '../testing/serve.js';

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

test('a version that does not exist, or has no possible name, is answered 404', async () => {
  for (const path of ['ransomware/versions/9.9.9', 'flood/versions/1.0.0', '%00/versions/1', '..%2f/versions/1']) {
    expect((await served.ask(`/api/v1/playbooks/${path}/source`)).status).toBe(404);
  }
});
