/** Nobody keeps the log: what is taken in then is bounded, it is said why, and nothing of it is lost. Built, over HTTP. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_BACKLOG } from '@cordon/runtime';
import { expect, test } from '@jest/globals';
import { missingFrom, readExport, refusals, unfinished } from '../durability/log-judge.js';
import { LogProcesses } from '../durability/log-processes.js';
import { Ledger } from '../durability/ledger.js';
import { ask, type Reply } from '../support/ask.js';
import { publish, serverDeployment } from '../support/deployment.js';
import { SHORT_CLOCKS } from '../support/short-clocks.js';
import { until } from '../support/until.js';

const BOUND_MS = 240_000;
const AT_ONCE = 100;
const INCIDENTS = 4;
/** What is on its way when the limit is reached, and what came in since it was last looked at, may still get in. */
const OVERSHOOT = 4_096;

test(
  'without a worker, transitions go on up to the limit and are then refused; with one, all drains and nothing is lost',
  async () => {
    const deployment = await serverDeployment();
    const folder = await mkdtemp(join(tmpdir(), 'cordon-backlog-'));
    const token = randomUUID() + randomUUID();
    const settings = { ...deployment.settings, CORDON_BOOTSTRAP_TOKEN: token };
    await publish(deployment, SHORT_CLOCKS);
    const api = new LogProcesses(settings, ['api']);
    const worker = new LogProcesses(settings, []);
    const ledger = new Ledger();
    const send = (path: string, json?: object, key: string = randomUUID()): Promise<Reply> =>
      ask(`${api.url}/api/v1${path}`, { token, ...(json === undefined ? {} : { json, key }) });
    const note = async (ref: string): Promise<Reply> => {
      const key = randomUUID();
      const event = { type: 'note.add', data: { text: key } };
      const reply = await twice(() => send(`/incidents/${ref}/events`, event, key));
      ledger.note(key, ref, reply);
      return reply;
    };
    try {
      await api.ready();
      const refs: string[] = [];
      for (let i = 0; i < INCIDENTS; i += 1) refs.push(await opened(send));
      const refused = await fill(refs, note);
      expect(ledger.accepted).toBeGreaterThan(MAX_BACKLOG - 100);
      expect(ledger.accepted).toBeLessThan(MAX_BACKLOG + OVERSHOOT);
      expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(refused.body).toMatchObject({ status: 503, retryable: true });
      expect(String(refused.body['detail'])).toMatch(/^[A-Z].+\.$/);
      // Nothing is let in by another door, and what is read goes on.
      const opening = { playbook: 'short-clocks', title: 'One more', awareAt: new Date().toISOString() };
      expect((await send('/incidents', opening)).status).toBe(503);
      expect((await send(`/incidents/${refs[0]}/transitions?limit=1`)).status).toBe(200);
      const exported = await send('/audit/export');
      expect([exported.status, exported.headers.get('retry-after')]).toEqual([503, '10']);
      expect(String(exported.body['detail'])).toContain('no worker runs (CORDON_ROLE)');
      expect(ledger.faults).toEqual([]);

      worker.add('worker');
      await worker.ready();
      const goesOn = async (): Promise<true | undefined> =>
        (await note(refs[0] ?? '')).status === 200 ? true : undefined;
      await until('transitions go on', BOUND_MS, goesOn);
      const file = join(folder, 'log.zip');
      await until('everything is in the tree', BOUND_MS, async () => {
        await api.exportTo(file, token, api.url ?? '');
        return missingFrom(await readExport(file), ledger).length === 0 ? true : undefined;
      });
      const key = (await send('/audit/key')).text.split('\n')[0];
      expect(await refusals(file, { policy: `log ${key}\nquorum none\n` })).toEqual([]);
      await api.stop();
      await worker.stop();
      expect(await deployment.whileDown(unfinished)).toEqual([]);
    } finally {
      await api.killAll();
      await worker.killAll();
      await deployment.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
  BOUND_MS,
);

async function opened(send: (path: string, json: object) => Promise<Reply>): Promise<string> {
  const about = { playbook: 'short-clocks', title: 'Something is wrong', awareAt: new Date().toISOString() };
  const { status, text, body } = await send('/incidents', about);
  if (status !== 201) throw new Error(`opening was answered ${status}: ${text}`);
  return String(body['ref']);
}

/** A server may close a connection that was kept open at the very moment when it is used again. */
async function twice(sending: () => Promise<Reply>): Promise<Reply> {
  try {
    return await sending();
  } catch (error) {
    if (error instanceof TypeError) return sending();
    throw error;
  }
}

/** Many at once, until everybody was told that no more is taken in; one of those answers. */
async function fill(refs: readonly string[], note: (ref: string) => Promise<Reply>): Promise<Reply> {
  let sent = 0;
  const one = async (who: number): Promise<Reply> => {
    for (; sent < 3 * MAX_BACKLOG; sent += 1) {
      const reply = await note(refs[who % refs.length] ?? '');
      if (reply.status !== 200) return reply;
    }
    throw new Error(`${sent} were taken in, and no end of it`);
  };
  const [last] = await Promise.all(Array.from({ length: AT_ONCE }, (_, who) => one(who)));
  if (last === undefined) throw new Error('nobody sent anything');
  return last;
}
