/** What was known when: the past, rebuilt from the log, is what was stored then. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { compileMachines, type IncidentState } from '@cordon/engine';
import { canonicalJson, toIso } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';
import {
  createCordon,
  idOfRef,
  publishPlaybook,
  stateAt,
  SNAPSHOT_EVERY,
  type IncidentId,
} from '@cordon/runtime';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { chance, seedOfRun } from '../support/random.js';
import { anything, lead } from '../support/wander.js';

const START = Date.parse('2026-03-24T02:00:00Z');
const EVENTS = Number(process.env.CORDON_PAST_EVENTS ?? 600);
const INSTANTS = 1_000;

/** An incident that lived through many events, and the state that was stored after each entry. */
async function lived() {
  const seed = seedOfRun();
  const draw = chance(seed);
  const clock = new SimulatedClock(START);
  const store = new MemoryStore({ clock });
  const source = await readFile('playbooks/ransomware/playbook.yaml', 'utf8');
  await publishPlaybook(store.playbooks, source, clock.now());
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    {
      key: 'k',
      playbook: 'ransomware',
      title: 'T',
      awareAt: toIso(START),
      systems: [{ id: 'sys-0', name: 'S' }],
    },
    lead,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  const row = await store.incident(id);
  const { playbook } = parsePlaybook(source);
  if (!row || !playbook) throw new Error('the incident is there');
  const machines = compileMachines(playbook, row.playbookDigest);
  const stored = [{ seq: row.seq, revision: row.revision, at: row.updatedAt, state: row.state }];
  for (let sent = 0; sent < EVENTS; sent += 1) {
    clock.advance(draw.between(0, 90_000));
    const last = stored.at(-1);
    if (!last) throw new Error('it was opened');
    const { event, actor } = anything({ machines, state: JSON.parse(last.state) as IncidentState, draw });
    if (actor.type === 'system') continue;
    await cordon.submitEvent(id, { key: `e${sent}`, ...event }, actor);
    const now = await store.incident(id);
    if (now && now.seq > last.seq)
      stored.push({ seq: now.seq, revision: now.revision, at: now.updatedAt, state: now.state });
  }
  const machinesOf = () => Promise.resolve(machines);
  return { seed, draw, clock, store, id, stored, machinesOf };
}

test(`at ${INSTANTS} instants and revisions by chance the past is what was stored then, from near or from the opening`, async () => {
  const { seed, draw, clock, store, id, stored, machinesOf } = await lived();
  expect(stored.length).toBeGreaterThan(EVENTS / 3);
  const { snapshots } = store;
  for (let asked = 0; asked < INSTANTS; asked += 1) {
    const byTime = draw.happens(0.7);
    const picked = draw.pick(stored);
    const at = draw.happens(0.3) ? picked.at : draw.between(START, clock.now());
    const revision = picked.revision;
    const expected = stored.findLast((one) => (byTime ? one.at <= at : one.revision <= revision));
    const when: Parameters<typeof stateAt>[2] = byTime ? { time: toIso(at) } : { revision };
    const deps = { store, machinesOf, ...(draw.happens(0.9) ? { snapshots } : {}) };
    const found = await stateAt(deps, id, when);
    expect({ seed, when, seq: found?.replayed.seq }).toEqual({ seed, when, seq: expected?.seq });
    expect(canonicalJson(found?.replayed.state)).toBe(expected?.state);
  }
});

test('before the opening there is nothing', async () => {
  const { store, id, machinesOf } = await lived();
  const when = { time: toIso(START - 1) };
  expect(await stateAt({ store, machinesOf, snapshots: store.snapshots }, id, when)).toBeUndefined();
});

test('no more entries are replayed than lie between two kept states, once somebody has asked', async () => {
  const { store, id, stored, machinesOf } = await lived();
  const { snapshots } = store;
  const last = stored.at(-1)?.revision ?? 0;
  await stateAt({ store, machinesOf, snapshots }, id, { revision: last });
  let read = 0;
  const counting = {
    entries: async (of: IncidentId, after: number, limit: number) => {
      const entries = await store.entries(of, after, limit);
      read += entries.length;
      return entries;
    },
  };
  await stateAt({ store: counting, machinesOf, snapshots }, id, { revision: last });
  expect(read).toBeLessThanOrEqual(2 * SNAPSHOT_EVERY);
});

test('a kept state that is not what the log committed to is passed over', async () => {
  const { store, id, stored, machinesOf } = await lived();
  const early = stored[10];
  const late = stored.at(-1);
  if (!early || !late) throw new Error('it lived');
  await store.snapshots.add([
    {
      ...{ incidentId: id, seq: late.seq, revision: late.revision, at: late.at, state: early.state },
      playbookDigest: (await machinesOf()).digest,
    },
  ]);
  const found = await stateAt({ store, machinesOf, snapshots: store.snapshots }, id, {
    revision: late.revision,
  });
  expect(canonicalJson(found?.replayed.state)).toBe(late.state);
});
