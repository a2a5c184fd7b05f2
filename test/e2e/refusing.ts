/** What has to be refused, how, and what remains of it in the history. */
import { randomUUID } from 'node:crypto';
import { Problem } from '@cordon/contracts';
import { expect, test } from '@jest/globals';
import type { Ask, Reply } from '../support/ask.js';
import type { System } from './system.js';

const note = { type: 'note.add', data: { text: 'Seen.' } };
const TEN_MEGABYTES = 10_000_000;

const refusals: readonly (readonly [string, Ask, number, string])[] = [
  ['an illegal event', { json: { type: 'step.complete', step: 'findings' } }, 409, 'event_not_accepted'],
  ['an unknown step', { json: { type: 'step.complete', step: 'nowhere' } }, 422, 'invalid_event'],
  ['an unknown event', { json: { type: 'step.explode' } }, 422, 'invalid_event'],
  ['a wrong type', { json: { type: 7 } }, 422, 'invalid_event'],
  ['an unknown field', { json: { ...note, force: true } }, 422, 'invalid_event'],
  [
    'a body of 10 MB',
    { raw: JSON.stringify({ ...note, note: 'x'.repeat(TEN_MEGABYTES) }) },
    413,
    'too_large',
  ],
  ['bytes that are not UTF-8', { raw: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]) }, 400, 'malformed'],
  ['what is not JSON', { raw: '{"type":' }, 400, 'malformed'],
  ['a stale If-Match', { json: note, headers: { 'if-match': '"v999"' } }, 412, 'stale_revision'],
];

export function itRefuses(system: () => System): void {
  const submit = (ref: string, what: Ask): Promise<Reply> =>
    system().ask(`/incidents/${ref}/events`, { key: randomUUID(), method: 'POST', ...what });
  const state = async (ref: string) => {
    const { state: value, facts, systems, phases, status } = await system().incident(ref);
    const { body } = await system().ask(`/incidents/${ref}/transitions?limit=200`);
    const entries = body['items'] as { kind: string; actor: { type: string } }[];
    // Timers of Cordon's own may fire at any moment: what counts is what people brought about.
    const byPeople = entries.filter(({ kind, actor }) => kind === 'transition' && actor.type === 'person');
    return { byPeople: byPeople.length, value, facts, systems, phases, status };
  };

  test.each(refusals)('%s is the right problem, and is in the history', async (_name, what, status, code) => {
    const { ref } = await system().open();
    const before = await state(ref);
    const reply = await submit(ref, what);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(Problem.parse(reply.body)).toMatchObject({ status, code });
    expect(reply.status).toBe(status);
    const rejections = (await system().history(ref)).filter(({ kind }) => kind === 'rejection');
    expect(rejections.map(({ rejection }) => rejection?.code)).toEqual([code]);
    expect(await state(ref)).toEqual(before);
  });

  test('the wrong role is told who could, and is in the history', async () => {
    const { ref } = await system().open();
    const token = await system().person('Lee Ka Yan', 'communications');
    const reply = await submit(ref, { token, json: { type: 'step.complete', step: 'work' } });
    expect(Problem.parse(reply.body)).toMatchObject({
      status: 403,
      code: 'forbidden',
      needs: expect.arrayContaining(['responder']),
    });
    const rejection = (await system().history(ref)).find(({ kind }) => kind === 'rejection');
    expect(rejection).toMatchObject({ actor: { name: 'Lee Ka Yan' }, rejection: { code: 'forbidden' } });
  });

  test('an unknown incident is not found', async () => {
    for (const ref of ['INC-999999', 'INC-0', 'nonsense']) {
      expect(Problem.parse((await submit(ref, { json: note })).body)).toMatchObject({
        status: 404,
        code: 'unknown_incident',
      });
    }
  });

  test('a key that was used for another request is refused, whichever process is asked', async () => {
    const { ref } = await system().open();
    const key = randomUUID();
    expect((await submit(ref, { json: note, key })).status).toBe(200);
    const other = { json: { ...note, note: 'another one' }, key };
    for (let i = 0; i < 2; i += 1) {
      expect(Problem.parse((await submit(ref, other)).body)).toMatchObject({
        status: 422,
        code: 'key_reused',
      });
    }
  });

  test('an auditor reads everything and changes nothing', async () => {
    const { ref, playbook } = await system().open();
    const token = await system().person('Auditor', 'auditor');
    const version = `/playbooks/${playbook.id}/versions/${playbook.version}`;
    const readable = [
      '',
      '/steps',
      '/transitions',
      '/at?revision=1',
      '/export?format=jsonl',
      '/export?format=csv',
    ]
      .map((path) => `/incidents/${ref}${path}`)
      .concat(['/incidents', '/tasks', '/playbooks', `${version}/source`, `${version}/machine.json`]);
    for (const path of readable)
      expect([path, (await system().ask(path, { token })).status]).toEqual([path, 200]);
    const before = await state(ref);
    const events = ['step.start', 'step.complete', 'step.problem', 'step.skip', 'task.accept'].map(
      (type) => ({ type, step: 'work', data: dataOf(type) }),
    );
    const changes: Ask[] = [
      ...events,
      note,
      { type: 'fact.set', data: { fact: 'affectedCount', value: 1 } },
      { type: 'incident.close' },
    ].map((json) => ({ json }));
    for (const change of changes) {
      const { status, body } = await submit(ref, { ...change, token });
      expect([change, status, body['code']]).toEqual([change, 403, 'forbidden']);
    }
    const open = { json: { playbook: playbook.id, title: 'x', awareAt: new Date().toISOString() }, token };
    expect((await system().ask('/incidents', open)).status).toBe(403);
    expect(
      (await system().ask('/tokens', { json: { name: 'x', roles: ['administrator'] }, token })).status,
    ).toBe(403);
    const bulk = { json: { ids: [`${ref}/work`], type: 'task.accept' }, token };
    expect((await system().ask('/tasks/bulk', bulk)).text).toContain('forbidden');
    expect(await state(ref)).toEqual(before);
  });
}

function dataOf(type: string): object {
  if (type === 'step.complete') return { output: {} };
  return type === 'step.problem' || type === 'step.skip' ? { reason: 'because' } : {};
}
