/** Attacks on what one may see and do: other people's incidents, the stream, forged places in lists, and more rights. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listen } from '../../support/listen.js';
import { ADMIN, among, stage, type Stage, type Token } from './stage.js';

let on: Stage;
let outsider: Token;
let hidden: string;
let open: string;
beforeAll(async () => {
  on = await stage();
  outsider = await on.token('responder');
  hidden = await on.incident('Insider in the minister’s office', { tlp: 'red' });
  open = await on.incident('Phishing mail');
}, 120_000);
afterAll(() => on.stop(), 60_000);

const note = (text: string, token = ADMIN, ref = open) =>
  on.ask(`/api/v1/incidents/${ref}/events`, {
    ...{ token, key: crypto.randomUUID(), json: { type: 'note.add', data: { text } } },
  });

describe('the stream', () => {
  test('with the Last-Event-ID of somebody who sees more, tells no more than one may see', async () => {
    const theirs = await listen(`${on.url}/api/v1/stream?after=0`, { token: ADMIN });
    await note('first', ADMIN, hidden);
    const { id = '' } = await theirs.event('transition', ({ data }) => data.includes(`"${hidden}"`));
    theirs.close();
    for (const place of ['0', '1', id]) {
      const mine = await listen(`${on.url}/api/v1/stream`, {
        ...{ token: outsider.token, headers: { 'last-event-id': place } },
      });
      await mine.event('ready');
      await note(`heard from ${place}`);
      await mine.event('transition', ({ data }) => data.includes(`"${open}"`));
      mine.close();
      expect([place, mine.text().includes(hidden)]).toEqual([place, false]);
    }
  }, 60_000);

  test('takes nothing for a place that is not one', async () => {
    const odd = ['-1', '1 OR 1=1', "1'; --", '1e9', '0x10', '9'.repeat(16), ' ', '१', 'NaN', '1,2', '1.5'];
    for (const place of odd) {
      const query = await on.ask(`/api/v1/stream?after=${encodeURIComponent(place)}`, {
        token: outsider.token,
      });
      expect([place, query.status]).toEqual([place, 422]);
    }
    const header = await on.ask('/api/v1/stream', {
      token: outsider.token,
      headers: { 'last-event-id': "1' OR 1" },
    });
    expect(header.status).toBe(422);
  });

  test('is nobody’s without a token, and ends when the token does', async () => {
    expect((await on.ask('/api/v1/stream')).status).toBe(401);
    const brief = await on.token('responder');
    const heard = await listen(`${on.url}/api/v1/stream`, { token: brief.token });
    await heard.event('ready');
    await on.ask(`/api/v1/tokens/${brief.id}`, { method: 'DELETE', token: ADMIN });
    await heard.ended();
    await note('after the end');
    expect(heard.of('transition')).toEqual([]);
  });
});

describe('somebody else’s incident', () => {
  test('is not told from none by its number, however it is written', async () => {
    const number = hidden.replace('INC-', '');
    for (const ref of [
      hidden,
      number,
      hidden.toLowerCase(),
      `INC-0${number}`,
      `${hidden}%20`,
      `+${number}`,
      `${number}.0`,
    ]) {
      for (const rest of ['', '/steps', '/transitions', '/export', '/at?revision=1', '/evidence', '/notes']) {
        const { status, body } = await on.ask(`/api/v1/incidents/${ref}${rest}`, { token: outsider.token });
        expect([ref, rest, status, body['code']]).toEqual([ref, rest, 404, 'unknown_incident']);
      }
    }
  });

  test('is not reached by its inner id, nor by the task of another', async () => {
    const [row] = await on.query('SELECT uid::text AS uid FROM incident ORDER BY id LIMIT 1');
    const byUid = await on.ask(`/api/v1/incidents/${String(row?.['uid'])}`, { token: outsider.token });
    expect(byUid.status).toBe(404);
    const bulk = await on.ask('/api/v1/tasks/bulk', {
      ...{ token: outsider.token, json: { ids: [`${hidden}/first-report`], type: 'task.accept' } },
    });
    expect(bulk.text).toContain('unknown_incident');
    expect(bulk.text).not.toContain('Insider');
  });

  test('nobody makes themselves a member of it, or marks it lower', async () => {
    for (const json of [
      { type: 'member.add', data: { person: outsider.id } },
      { type: 'incident.classify', data: { tlp: 'clear' } },
      { type: 'task.assign', step: 'first-report', data: { to: outsider.id } },
    ]) {
      const { status } = await on.ask(`/api/v1/incidents/${hidden}/events`, {
        ...{ token: outsider.token, key: crypto.randomUUID(), json },
      });
      expect([json.type, status]).toEqual([json.type, 404]);
    }
    expect((await on.ask(`/api/v1/incidents/${hidden}`, { token: outsider.token })).status).toBe(404);
  });
});

describe('a place in a list', () => {
  const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('that was made up leads to nothing that one may not see, and to no failure', async () => {
    const odd = [
      ...[forged([]), forged(['x']), forged({}), forged([1e308]), forged([null, null]), forged('x')],
      ...[
        forged([0, 0]),
        forged([9e15, 1]),
        forged(["' OR 1=1 --", 1]),
        forged([{ $gt: '' }]),
        '____',
        'AAAA',
      ],
      ...[forged([{ at: 0, id: 0 }]), forged(['2000-01-01T00:00:00Z', 1]), forged([[[[1]]]])],
    ];
    const lists = ['/api/v1/incidents', '/api/v1/tasks', `/api/v1/incidents/${open}/transitions`];
    for (const list of lists) {
      for (const cursor of odd) {
        const { status, text } = await on.ask(`${list}?cursor=${cursor}`, { token: outsider.token });
        expect([list, cursor, among(status, 200, 422)]).toEqual([list, cursor, 'expected']);
        expect(text).not.toMatch(/Insider|syntax error|invalid input/);
      }
    }
  });

  test('of somebody who sees more shows no more', async () => {
    const { body } = await on.ask('/api/v1/incidents?limit=1', { token: ADMIN });
    const { text } = await on.ask(`/api/v1/incidents?cursor=${String(body['nextCursor'])}`, {
      token: outsider.token,
    });
    expect(text).not.toContain('Insider');
  });
});

describe('more rights', () => {
  test('nobody but an administrator makes tokens, people or roles, whatever they call themselves', async () => {
    const roles = [
      'coordinator',
      'responder',
      'approver',
      'privacy-officer',
      'auditor',
      'playbook-author',
      'observer',
    ];
    for (const role of roles) {
      const { id, token } = await on.token(role);
      const tries = [
        await on.ask('/api/v1/tokens', { token, json: { name: 'x', roles: ['administrator'] } }),
        await on.ask('/api/v1/people', { token, json: { name: 'x', roles: ['administrator'] } }),
        await on.ask(`/api/v1/people/${id}`, { token, method: 'PATCH', json: { roles: ['administrator'] } }),
        await on.ask(`/api/v1/people/${id}/invitation`, { token, json: {} }),
        await on.ask('/api/v1/incidents?role=administrator', {
          token,
          headers: { 'x-role': 'administrator' },
        }),
      ];
      expect([role, tries.map(({ status }) => among(status, 403, 422))]).toEqual([
        ...[role, Array<string>(5).fill('expected')],
      ]);
    }
  });

  test('a token that is limited to one action does no other, and makes no token that could', async () => {
    const { token } = await on.made('/api/v1/tokens', {
      ...{ name: 'Limited', roles: ['administrator'], scopes: ['incident.read'] },
    });
    const held = String(token);
    expect((await on.ask('/api/v1/incidents', { token: held })).status).toBe(200);
    const tries = [
      await on.ask('/api/v1/tokens', { token: held, json: { name: 'x', roles: ['administrator'] } }),
      await on.ask('/api/v1/people', { token: held }),
      await on.ask('/api/v1/stream', { token: held }),
      await note('x', held),
      await on.ask(`/api/v1/incidents/${open}/export`, { token: held }),
    ];
    expect(tries.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });

  test('a role that does not exist, or is named twice, or like a member of every object, is refused', async () => {
    for (const roles of [
      ['root'],
      ['__proto__'],
      ['constructor'],
      ['administrator '],
      ['observer', 'observer'],
      [],
    ]) {
      const { status } = await on.ask('/api/v1/tokens', { token: ADMIN, json: { name: 'x', roles } });
      expect([roles, status]).toEqual([roles, 422]);
    }
  });

  test('nobody approves what they asked for, an administrator neither', async () => {
    const { body } = await on.ask(`/api/v1/incidents/${open}/steps`, { token: ADMIN });
    const steps = body['items'] as readonly { readonly id: string; readonly kind: string }[];
    const approval = steps.find(({ kind }) => kind === 'approval')?.id;
    const json = { type: 'approval.approve', step: approval, data: {} };
    const { status } = await on.ask(`/api/v1/incidents/${open}/events`, {
      ...{ token: ADMIN, key: crypto.randomUUID(), json },
    });
    expect(status).toBe(409);
  });
});
