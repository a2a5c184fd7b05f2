import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FeedTail, type EntryFeed, type FeedEntry } from './feed.js';
import type { IncidentId } from './ports.js';

interface Writer {
  readonly name: string;
  readonly drawn: number[];
  over: boolean;
}

const entry = (id: number): FeedEntry => ({ id, incidentId: 1 as IncidentId, leaf: new Uint8Array() });

/**
 * A database whose transactions are moved by the test: each draws numbers when it likes and ends when it likes, and is a
 * writer from before its first number until after its rows can be seen. `meanwhile` runs before each answer.
 */
class MovedFeed implements EntryFeed {
  private last = 0;
  private names = 0;
  readonly open: Writer[] = [];
  readonly committed = new Set<number>();
  meanwhile: () => void = () => undefined;

  begin(): Writer {
    const writer = { name: `w${(this.names += 1)}`, drawn: [], over: false };
    this.open.push(writer);
    return writer;
  }

  draw(writer: Writer): number {
    writer.drawn.push((this.last += 1));
    return this.last;
  }

  /** First seen, then no writer any more: two moves. */
  end(writer: Writer, commits: boolean): void {
    if (writer.over) this.open.splice(this.open.indexOf(writer), 1);
    else if (commits) writer.drawn.forEach((id) => this.committed.add(id));
    writer.over = true;
  }

  async newest(): Promise<number> {
    this.meanwhile();
    return Math.max(0, ...this.committed);
  }

  async read(after: number, limit: number): Promise<readonly FeedEntry[]> {
    this.meanwhile();
    const ids = [...this.committed].filter((id) => id > after).sort((a, b) => a - b);
    return ids.slice(0, limit).map(entry);
  }

  async writers(): Promise<ReadonlySet<string>> {
    this.meanwhile();
    return new Set(this.open.map(({ name }) => name));
  }
}

async function ids(tail: FeedTail): Promise<number[]> {
  return (await tail.advance()).entries.map(({ id }) => id);
}

describe('a tail of the feed', () => {
  function setup() {
    const feed = new MovedFeed();
    const finish = (writer: Writer, commits = true): void => {
      feed.end(writer, commits);
      feed.end(writer, commits);
    };
    const write = (): number => {
      const writer = feed.begin();
      const id = feed.draw(writer);
      finish(writer);
      return id;
    };
    return { feed, finish, write, tail: new FeedTail(feed) };
  }

  test('begins after what is there already', async () => {
    const { write, tail } = setup();
    write();
    write();
    expect(await ids(tail)).toEqual([]);
    expect(tail.settled).toBe(2);
    expect(await ids(tail)).toEqual([]);
    write();
    expect(await ids(tail)).toEqual([3]);
    expect(await ids(tail)).toEqual([]);
  });

  test('holds back a number that is committed before a smaller one, and gives both in order', async () => {
    const { feed, finish, write, tail } = setup();
    await tail.advance();
    const slow = feed.begin();
    feed.draw(slow);
    write();
    expect(await ids(tail)).toEqual([]);
    write();
    expect(await ids(tail)).toEqual([]);
    finish(slow);
    expect(await ids(tail)).toEqual([1, 2, 3]);
  });

  test('gives up a number whose writer gave up, and not before it has', async () => {
    const { feed, finish, write, tail } = setup();
    await tail.advance();
    const failing = feed.begin();
    feed.draw(failing);
    write();
    expect(await ids(tail)).toEqual([]);
    finish(failing, false);
    expect(await ids(tail)).toEqual([2]);
  });

  test('passes over a gap that nobody is writing into at once', async () => {
    const { feed, finish, write, tail } = setup();
    await tail.advance();
    const failed = feed.begin();
    feed.draw(failed);
    finish(failed, false);
    write();
    const first = await tail.advance();
    expect([first.entries, first.more]).toEqual([[], true]);
    expect(await ids(tail)).toEqual([2]);
  });

  test('is not starved by writers that come and go while it waits for one', async () => {
    const { feed, finish, write, tail } = setup();
    await tail.advance();
    const failed = feed.begin();
    feed.draw(failed);
    write();
    const first = feed.begin();
    await tail.advance();
    finish(failed, false);
    const second = feed.begin();
    finish(first);
    expect(await ids(tail)).toEqual([2]);
    finish(second);
  });

  test('does not begin until the numbers below its beginning are decided', async () => {
    const { feed, finish, write, tail } = setup();
    const slow = feed.begin();
    feed.draw(slow);
    write();
    await tail.advance();
    expect(tail.settled).toBeUndefined();
    finish(slow);
    await tail.advance();
    expect(tail.settled).toBe(2);
  });

  test('starts after a number that is settled, and gives what is there already, a turn at a time', async () => {
    const { feed, write } = setup();
    for (let i = 0; i < 5; i += 1) write();
    const tail = new FeedTail(feed, 2, 2);
    expect(tail.settled).toBe(2);
    expect(await tail.advance()).toEqual({ entries: [entry(3), entry(4)], more: true });
    expect(await ids(tail)).toEqual([5]);
    expect(await ids(new FeedTail(feed, 0))).toEqual([1, 2, 3, 4, 5]);
    expect(await ids(new FeedTail(feed, 5))).toEqual([]);
  });

  test('that starts from a number waits for a writer under way above it, and for none below', async () => {
    const { feed, finish, write } = setup();
    const below = feed.begin();
    feed.draw(below);
    finish(below, false);
    write();
    const above = feed.begin();
    feed.draw(above);
    write();
    const tail = new FeedTail(feed, 1);
    expect(await ids(tail)).toEqual([2]);
    expect(await ids(tail)).toEqual([]);
    finish(above);
    expect(await ids(tail)).toEqual([3, 4]);
  });

  test('that starts from a number gives nothing past a number on its way right after it', async () => {
    const { feed, finish, write } = setup();
    write();
    const slow = feed.begin();
    feed.draw(slow);
    write();
    const tail = new FeedTail(feed, 1);
    expect(await ids(tail)).toEqual([]);
    expect(tail.settled).toBe(1);
    finish(slow, false);
    expect(await ids(tail)).toEqual([3]);
  });
});

/** What happens between two answers of the database: which transaction moves, and how. */
const move = fc.record({ what: fc.integer({ min: 0, max: 5 }), who: fc.nat(7), commits: fc.boolean() });

test('whatever the order in which transactions draw numbers and end, each entry is given once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(move, { maxLength: 6 }), { maxLength: 60 }),
      fc.boolean(),
      async (script, fromTheFirst) => {
        const feed = new MovedFeed();
        const fates = new Map<Writer, boolean>();
        const apply = ({ what, who, commits }: { what: number; who: number; commits: boolean }): void => {
          const writer = feed.open[who % Math.max(1, feed.open.length)];
          if (what < 2 || !writer) fates.set(feed.begin(), commits);
          else if (what < 4 && !writer.over) feed.draw(writer);
          else feed.end(writer, fates.get(writer) ?? false);
        };
        const tail = fromTheFirst ? new FeedTail(feed, 0, 3) : new FeedTail(feed);
        const steps = script[Symbol.iterator]();
        feed.meanwhile = () => steps.next().value?.forEach(apply);
        const given: number[] = [];
        let atStart: ReadonlySet<number> | undefined = fromTheFirst ? new Set() : undefined;
        const turn = async (): Promise<void> => {
          given.push(...(await ids(tail)));
          if (tail.settled !== undefined) atStart ??= new Set(feed.committed);
        };
        for (let i = 0; i < 30; i += 1) await turn();
        feed.meanwhile = () => undefined;
        for (const writer of [...feed.open]) {
          if (!writer.over) feed.end(writer, fates.get(writer) ?? false);
          feed.end(writer, false);
        }
        for (let i = 0; i < 4 + feed.committed.size; i += 1) await turn();
        const later = [...feed.committed].filter((id) => !atStart?.has(id));
        expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
        expect(given).toEqual(expect.arrayContaining(later));
        expect([...feed.committed]).toEqual(expect.arrayContaining(given));
      },
    ),
    { numRuns: 400 },
  );
});
