/**
 * An act over many incidents is done whole or not at all, whenever the process that does it is killed: a shift of 40
 * tasks in 12 incidents goes from hand to hand, and each time the server dies on it at a moment that chance chooses.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { ask, type Reply } from '../support/ask.js';
import { publish, serverDeployment } from '../support/deployment.js';
import { inspectDatabase } from '../support/inspect-database.js';
import { chance, seedOfRun } from '../support/random.js';
import { launch, type ServerProcess } from '../support/server-process.js';
import { pause, until } from '../support/until.js';

const kills = Number(process.env['CORDON_KILLS'] ?? 5);
const TASKS = 40;
const INCIDENTS = 12;
const TOKEN = randomUUID() + randomUUID();

const PLAYBOOK = `
cordon: 1
id: wide
version: 1.0.0
languages: [en]
title: {en: Wide}
summary: {en: Four tasks at once}
roles: [{id: responder, title: {en: R}}]
facts: []
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - parallel:
          - [{task: t0, title: {en: T}, role: responder}]
          - [{task: t1, title: {en: T}, role: responder}]
          - [{task: t2, title: {en: T}, role: responder}]
          - [{task: t3, title: {en: T}, role: responder}]
flow: [contain]
`;

const HELD = `SELECT assignee, count(*)::int AS tasks FROM task WHERE assignee IS NOT NULL GROUP BY assignee`;

interface Line {
  readonly ok: boolean;
  readonly to?: string;
}

test(
  'a shift that is handed over while the server is killed is with the one or with the other, never with both',
  async () => {
    const seed = seedOfRun();
    process.stderr.write(`acts: ${kills} kills, CORDON_SEED=${seed}\n`);
    const luck = chance(seed);
    const deployment = await serverDeployment();
    await publish(deployment, PLAYBOOK);
    const settings = { ...deployment.settings, CORDON_BOOTSTRAP_TOKEN: TOKEN };
    let server = launch(settings);
    const client = new pg.Client(await deployment.url());
    await client.connect();
    const held = async () => {
      const { rows } = await client.query<{ assignee: string; tasks: number }>(HELD);
      return Object.fromEntries(rows.map(({ assignee, tasks }) => [assignee, tasks]));
    };
    try {
      const [first, second] = await begin(await addressOf(server));
      let [giver, receiver] = [first, second];
      let answered = 0;
      for (let round = 1; round <= kills; round += 1) {
        const url = await addressOf(server);
        const act = () => handOver(url, giver, receiver, `round-${round}`);
        const answer = act().catch(() => undefined);
        await pause(luck.between(0, 400));
        await server.kill();
        const reply = await answer;
        const [whose, ...others] = Object.entries(await held());
        expect([whose?.[1], others]).toEqual([TASKS, []]);
        if (reply?.status === 200) {
          answered += 1;
          expect(whose?.[0]).toBe(receiver);
        }
        server = launch(settings);
        const address = await addressOf(server);
        const lines = linesOf(await handOver(address, giver, receiver, `round-${round}`));
        expect(lines.map(({ ok, to }) => [ok, to])).toEqual(lines.map(() => [true, receiver]));
        expect(lines).toHaveLength(TASKS);
        expect(await held()).toEqual({ [receiver]: TASKS });
        [giver, receiver] = [receiver, giver];
      }
      await server.stop();
      process.stderr.write(`acts: ${answered} of ${kills} were answered before the kill\n`);
      const incidents = await deployment.whileDown(inspectDatabase);
      expect(incidents.flatMap(({ faults }) => faults)).toEqual([]);
      // Each hand-over is in the history once: no kill lost one, and no repetition did one twice.
      const entries = incidents.reduce((sum, { seq }) => sum + seq, 0);
      expect(entries).toBe(INCIDENTS + TASKS * (1 + kills));
    } finally {
      await server.kill();
      await client.end();
      await deployment.remove();
    }
  },
  180_000 + kills * 30_000,
);

/** Two people, and 40 tasks in 12 incidents with the first of them. */
async function begin(url: string): Promise<readonly [string, string]> {
  const person = async (name: string): Promise<string> => {
    const json = { name, roles: ['responder'] };
    return String((await ask(`${url}/api/v1/tokens`, { token: TOKEN, json })).body['id']);
  };
  const people = [await person('First'), await person('Second')] as const;
  const refs: string[] = [];
  for (let i = 0; i < INCIDENTS; i += 1) {
    const json = { playbook: 'wide', title: `Incident ${i}`, awareAt: new Date().toISOString() };
    const { body } = await ask(`${url}/api/v1/incidents`, { token: TOKEN, json, key: `open-${i}` });
    refs.push(String(body['ref']));
  }
  const all = refs.flatMap((ref) => [0, 1, 2, 3].map((n) => `${ref}/t${n}`));
  const chosen = all.filter((_, i) => i % 4 !== 3 || i >= 4 * (4 * INCIDENTS - TASKS));
  const json = { ids: chosen, type: 'task.assign', data: { to: people[0] } };
  const lines = linesOf(await ask(`${url}/api/v1/tasks/bulk`, { token: TOKEN, json, key: 'begin' }));
  expect(lines.filter(({ ok }) => ok)).toHaveLength(TASKS);
  expect(new Set(chosen.map((id) => id.split('/')[0])).size).toBe(INCIDENTS);
  return people;
}

function handOver(url: string, from: string, to: string, key: string): Promise<Reply> {
  const json = { from, to, note: 'the next shift' };
  return ask(`${url}/api/v1/tasks/hand-over`, { token: TOKEN, json, key });
}

function linesOf({ status, text, body }: Reply): readonly Line[] {
  expect([status, status === 200 ? '' : text]).toEqual([200, '']);
  return body['items'] as readonly Line[];
}

async function addressOf(server: ServerProcess): Promise<string> {
  let url: string | undefined;
  void server.ready.then((address) => (url = address));
  return until('the server is ready', 120_000, async () => url, server.said);
}
