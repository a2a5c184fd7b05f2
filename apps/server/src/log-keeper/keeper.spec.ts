import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  chainHeadLeaf,
  formatSignature,
  Frontier,
  leafHash,
  memoryTiles,
  openedValues,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVkey,
  rootAt,
  type Opening,
} from '@cordon/audit';
import { SimulatedClock } from '@cordon/testkit';
import { announcedKeys, Sequencer } from '@cordon/runtime';
import { logDeployment, type LogDeployment } from '../testing/log-deployment.js';

let one: LogDeployment;
let clock: SimulatedClock;
beforeEach(async () => {
  clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  one = await logDeployment(clock);
});
afterEach(() => one.close());

/** The root over every entry of the database in the order of their numbers. */
async function rootOfRows(): Promise<{ size: number; root: Buffer }> {
  const tree = new Frontier();
  for (let after = 0; ;) {
    const rows = await one.store.log.read(after, 1_000);
    for (const { id, hash } of rows) {
      tree.append(hash);
      after = id;
    }
    if (rows.length === 0) return { size: tree.size, root: tree.root() };
  }
}

test('everything that is committed comes into the tree, is signed by an announced key, and is remembered outside', async () => {
  await one.open(3);
  await one.write(700);
  await one.settle();
  const { size, root } = await rootOfRows();
  const { epoch, origin } = await one.store.log.head();
  const checkpoint = await one.store.log.checkpoint();
  expect(checkpoint).toMatchObject({ epoch, size });
  const vkeys = (await announcedKeys(one.store.log)).map(({ vkey }) => vkey);
  const opened = openNote(checkpoint?.note ?? '', vkeys.map(parseVkey));
  expect(parseCheckpoint(opened.text)).toEqual({ origin: one.store.logName, size, root });
  expect(origin).toBe(one.store.logName);
  expect(await one.memory.last()).toBe(checkpoint?.note);
});

test('four sequencers at once put each entry into the tree once, in order', async () => {
  await one.write(1_500);
  const turns = Array.from({ length: 4 }, async () => {
    const sequencer = new Sequencer(one.store.log, 64);
    for (let more = true; more;) ({ more } = await sequencer.turn());
  });
  await Promise.all(turns);
  const { size, root } = await rootOfRows();
  const head = await one.store.log.head();
  expect([head.size, head.edge.root()]).toEqual([size, root]);
});

test('a sequencer that is killed between its turns goes on where the head stands', async () => {
  await one.write(600);
  for (let killed = 0; killed < 8; killed += 1) await new Sequencer(one.store.log, 77).turn();
  await one.settle();
  const { size, root } = await rootOfRows();
  const head = await one.store.log.head();
  expect([head.size, head.edge.root()]).toEqual([size, root]);
  const [first, second] = await one.store.log.tiles(0, 0, 2);
  const at = async (index: number) => (await one.store.log.entries(index, index + 1, 1))[0]?.id;
  expect([first?.firstEntry, second?.firstEntry]).toEqual([await at(0), await at(256)]);
});

test('a key signs nothing before the tree says that it signs', async () => {
  await one.write(3);
  const keeper = one.keeper();
  await keeper.begin();
  const seen: string[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await keeper.turn();
    const note = (await one.store.log.checkpoint())?.note;
    if (note === undefined) continue;
    const { size } = parseCheckpoint(parseNote(note).text);
    const announced = await one.store.log.journalEntries(['log.key']);
    expect(announced.filter(({ index }) => index < size).length).toBeGreaterThan(0);
    seen.push(note);
  }
  expect(seen.length).toBeGreaterThan(0);
});

test('what closes, is exported or erased is signed at once, and what else there is within a second', async () => {
  await one.settle();
  const keeper = one.keeper();
  await keeper.begin();
  const signed = async () => (await one.store.log.checkpoint())?.size;
  await one.write(1);
  await keeper.turn();
  const before = (await one.store.log.head()).size - 1;
  expect(await signed()).toBe(before);
  await one.write(1, 'history.export');
  await keeper.turn();
  expect(await signed()).toBe(before + 2);
  await one.write(1);
  keeper.ask();
  await keeper.turn();
  expect(await signed()).toBe(before + 3);
  await one.write(1);
  clock.advance(999);
  await keeper.turn();
  expect(await signed()).toBe(before + 3);
  clock.advance(1);
  await keeper.turn();
  expect(await signed()).toBe(before + 4);
});

async function turns(keeper: ReturnType<LogDeployment['keeper']>, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await keeper.turn();
}

test('log.heads commits to the newest entry of every chain: daily, and after closings at most once a minute', async () => {
  const keeper = one.keeper();
  await keeper.begin();
  await one.open(2);
  await one.open(0);
  await turns(keeper, 3);
  const heads = async () => one.store.log.journalEntries(['log.heads']);
  const [first] = await heads();
  expect((await heads()).length).toBe(1);
  const { data } = openedValues(JSON.parse(first?.openings ?? '[]') as Opening[]);
  const size = Number(data?.['size']);
  const [last] = await one.store.log.entries(size - 1, size, 1);
  const chains = await one.store.log.heads(last?.id ?? 0, 10);
  const hashes = chains.map(({ uid, seq, head }) =>
    leafHash(chainHeadLeaf({ incident: uid, seq, head: Buffer.from(head).toString('hex') })),
  );
  const root = (await rootAt(memoryTiles(hashes), hashes.length)).toString('base64');
  expect(data).toEqual({ count: hashes.length, root, size });
  expect(size).toBeLessThanOrEqual(first?.index ?? 0);
  await one.write(1, 'incident.close');
  await turns(keeper, 3);
  expect((await heads()).length).toBe(1);
  clock.advance(60_000);
  await one.write(2, 'incident.close');
  await turns(keeper, 3);
  expect((await heads()).length).toBe(2);
  clock.advance(86_400_000);
  await turns(keeper, 3);
  expect((await heads()).length).toBe(3);
});

test('a checkpoint bears the cosignatures that came in time, goes to every place outside, and is time-stamped', async () => {
  const pushed: { size: number; notable: boolean; note: string }[] = [];
  const line = formatSignature('witness', Buffer.alloc(4, 7), Buffer.alloc(72, 9));
  const asked: number[] = [];
  const keeper = one.keeper({
    sinks: [
      { name: 'shelf', push: async ({ size, notable, note }) => void pushed.push({ size, notable, note }) },
    ],
    witnesses: {
      async cosign({ size }, proofFrom) {
        asked.push((await proofFrom(1)).length);
        return size > 0 ? [line] : [];
      },
    },
    authority: { stamp: async (message) => Buffer.concat([Buffer.from('reply to '), message]) },
  });
  await keeper.begin();
  await one.write(5);
  await turns(keeper, 4);
  await keeper.finish();
  const checkpoint = await one.store.log.checkpoint();
  expect(checkpoint?.note.endsWith(`${line}\n`)).toBe(true);
  expect(await one.memory.last()).not.toContain(line);
  expect(asked[0]).toBeGreaterThan(0);
  expect(pushed.at(-1)).toMatchObject({ size: checkpoint?.size, note: checkpoint?.note });
  expect(pushed[0]?.notable).toBe(true);
  const [stamped] = await one.store.log.timestamps(10);
  expect(Buffer.from(stamped?.reply ?? []).toString()).toBe(`reply to ${stamped?.note}`);
});

test('a silent log is signed again every ten minutes', async () => {
  await one.settle();
  const keeper = one.keeper();
  await keeper.begin();
  // Whoever leads anew commits to the heads once more.
  clock.advance(60_000);
  await turns(keeper, 3);
  const before = await one.store.log.checkpoint();
  clock.advance(599_999);
  await keeper.turn();
  expect(await one.store.log.checkpoint()).toEqual(before);
  clock.advance(1);
  await keeper.turn();
  expect(await one.store.log.checkpoint()).toEqual({ ...before, at: clock.now() });
});

test('signing that fails is told, holds up nothing, and is tried again later', async () => {
  let down = true;
  const memory = {
    last: () => one.memory.last(),
    remember: async (note: string) => {
      if (down) throw new Error('disk full');
      await one.memory.remember(note);
    },
  };
  const keeper = one.keeper({ memory });
  await keeper.begin();
  await one.write(5);
  await turns(keeper, 4);
  expect(one.failures).toEqual(['signing a checkpoint: Error: disk full']);
  const { size } = await one.store.log.head();
  expect(size).toBeGreaterThan(5);
  expect(await one.store.log.checkpoint()).toBeUndefined();
  down = false;
  clock.advance(1_000);
  await keeper.turn();
  expect((await one.store.log.checkpoint())?.size).toBe(size);
});
