/** What has to hold however many processes share the work. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Problem } from '@cordon/contracts';
import { expect, test } from '@jest/globals';
import { httpClient } from '../../apps/cli/src/api/client.js';
import { verifyChain } from '../../apps/cli/src/audit/chain.js';
import { assess } from '../../apps/cli/src/replay/assess.js';
import { gatherCrew } from '../../apps/cli/src/replay/crew.js';
import { driveScenario } from '../../apps/cli/src/replay/drive.js';
import { parseScenario } from '../../apps/cli/src/replay/scenario.js';
import { until } from '../support/until.js';
import type { Entry, System } from './system.js';

const scenarios = readdirSync('playbooks/scenarios').filter((name) => name.endsWith('.yaml'));
const CROWD = 100;
const BOUND_MS = 60_000;

/** An HTTP client whose every request goes to another process than the one before. */
function alternating(system: System): ReturnType<typeof httpClient> {
  const elsewhere: typeof fetch = (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    return fetch(`${system.url()}${pathname}${search}`, init);
  };
  return httpClient({ server: system.url(), token: system.token, fetch: elsewhere });
}

export function itWorks(system: () => System): void {
  test.each(scenarios)(
    '%s runs from first alert to closed, and its export verifies',
    async (file) => {
      const scenario = parseScenario(readFileSync(`playbooks/scenarios/${file}`, 'utf8'), file);
      const api = alternating(system());
      const crew = await gatherCrew(api);
      const drive = await driveScenario(scenario, crew, { pollMs: 25 });
      expect({ ended: drive.ended, stuck: drive.stuck }).toEqual({ ended: 'closed', stuck: [] });
      const result = await assess(api, drive);
      expect(result.checks.filter((check) => check.result === 'not met')).toEqual([]);
      // A message of the last steps may be delivered, and be an entry, after they were counted.
      expect(result.export.result).toBe('verified');
      expect(result.export.entries).toBeGreaterThanOrEqual(result.transitions + result.rejections);
      expect(result.systems.returned).toEqual(result.systems.all);
      expect(await crew.disband()).toEqual([]);
    },
    BOUND_MS,
  );

  test(
    `${CROWD} times the same event under one key is one transition, and everybody gets the same answer`,
    async () => {
      const { ref } = await system().open();
      const key = randomUUID();
      const json = { type: 'note.add', data: { text: 'The note is on every screen.' } };
      const replies = await Promise.all(Array.from({ length: CROWD }, () => system().submit(ref, json, key)));
      expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(replies[0]?.status).toBe(200);
      const notes = (await system().history(ref)).filter(({ event }) => event.type === 'note.add');
      expect(notes).toEqual([replies[0]?.body['transition']]);
    },
    BOUND_MS,
  );

  test(
    `${CROWD} people finish one step: one does, and ${CROWD - 1} are told who did and when`,
    async () => {
      const { ref } = await system().open();
      const winner = 'Wong Siu Ming';
      const token = await system().person(winner, 'responder');
      const json = { type: 'step.complete', step: 'work', data: { output: {} } };
      const replies = await Promise.all(
        Array.from({ length: CROWD }, () => system().submit(ref, json, randomUUID(), token)),
      );
      const done = replies.filter(({ status }) => status === 200);
      expect(done).toHaveLength(1);
      const { at, actor } = done[0]?.body['transition'] as { at: string; actor: { id: string } };
      const refused = replies.filter(({ status }) => status === 409).map(({ body }) => Problem.parse(body));
      expect(refused).toHaveLength(CROWD - 1);
      for (const { code, blockedBy } of refused) {
        expect(code).toBe('event_not_accepted');
        expect(blockedBy).toMatchObject([{ code: 'step_done', by: actor.id, since: at }]);
        expect(blockedBy?.[0]?.text).toContain(`by ${winner} at ${at}`);
      }
      const tries = (await system().history(ref)).filter(({ event }) => event.type === 'step.complete');
      expect(tries.map(({ kind }) => kind).sort()).toEqual([
        ...Array.from({ length: CROWD - 1 }, () => 'rejection'),
        'transition',
      ]);
    },
    BOUND_MS,
  );

  test(
    'reminder, due time and escalation each take effect once, and are each delivered',
    async () => {
      await everyClockOnce(system());
    },
    BOUND_MS,
  );

  test('the exported history verifies, and ends where the incident stands', async () => {
    const { ref } = await system().open();
    for (let i = 0; i < 20; i += 1)
      await system().submit(ref, { type: 'note.add', data: { text: `Note ${i}` } });
    const { text } = await system().ask(`/incidents/${ref}/export?format=jsonl`);
    const report = await verifyChain([Buffer.from(text)]);
    const last = (await system().history(ref)).at(-1);
    expect(report).toMatchObject({ ok: true, entries: last?.seq, head: last?.hash });
  });
}

/** Several incidents whose first step is due within seconds: whoever fires their timers, each fires once. */
export async function everyClockOnce(system: System): Promise<void> {
  const opened = await Promise.all(Array.from({ length: 10 }, () => system.open()));
  const wanted = ['remind:0:work', 'due:work', 'escalate:0:work'];
  for (const { ref } of opened) {
    const told = async (): Promise<readonly Entry[] | undefined> => {
      const history = await system.history(ref);
      const verdicts = history.filter(({ event }) => event.type === 'effect.delivered');
      return verdicts.length >= wanted.length ? history : undefined;
    };
    const history = await until(`${ref} has told of its three moments`, BOUND_MS, told);
    const fired = history.filter(({ event }) => event.type === 'timer.fired');
    // Two that became due while nobody could look may take effect in either order.
    expect(fired.map(({ event, kind }) => [event.data?.['timer'], kind]).sort()).toEqual(
      wanted.map((timer) => [timer, 'transition']).sort(),
    );
    const keys = [...system.sink.received.keys()].filter((key) => key.startsWith(`${ref}/timer:`));
    expect(keys.sort()).toEqual(fired.map(({ event }) => keyOf(ref, event.data)).sort());
  }
}

function keyOf(ref: string, data: Entry['event']['data']): string {
  const timer = typeof data?.['timer'] === 'string' ? data['timer'] : '';
  return `${ref}/timer:${timer}@${Number(data?.['fireAt'])}`;
}
