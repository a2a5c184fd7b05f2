import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '@cordon/audit';
import { withJournalEntry } from '../support/bundle-log.js';
import { packBundle, testBundle, type TestLog } from '../support/bundle.js';
import { Verifiers, type Given } from './both-verifiers.js';
import { attackTable } from './attack-table.js';
import {
  benchOf,
  showing,
  shownIn,
  workbench,
  type Attack,
  type Base,
  type Seen,
} from './mutations/bench.js';
import { corpus } from './mutations/corpus.js';
import { withView } from './mutations/shown.js';
import { hasPython } from './python-verifier.js';

const all = corpus.flatMap(([, attacks]) => attacks);
const inPython = hasPython ? test : test.skip; // without python3 its half of the tests cannot run

let bench: Awaited<ReturnType<typeof workbench>>;
let verifiers: Verifiers;
const made = new Map<string, Given>();
beforeAll(async () => {
  bench = await workbench();
  verifiers = await Verifiers.open(hasPython);
});
afterAll(() => verifiers.close());

async function given(attack: Attack): Promise<Given> {
  const before = made.get(attack.name);
  if (before) return before;
  const start = benchOf(attack.on, bench);
  const { zip, policy = start.bundle.policy, since } = await attack.apply(start);
  const result = { zip, policy, ...(since === undefined ? {} : { since }) };
  made.set(attack.name, result);
  return result;
}

function expected({ expect: seen, on }: Attack): Seen {
  return typeof seen === 'function' ? seen(benchOf(on, bench)) : seen;
}

/** What is asked for of a fault, no more. */
function asked(fault: Fault | undefined, seen: object): unknown {
  if (!fault) return 'verified';
  return Object.fromEntries(Object.keys(seen).map((name) => [name, fault[name as keyof Fault]]));
}

const BASES: readonly Base[] = ['log', 'incident', 'bare', 'bare incident', 'part'];

describe('what nobody touched', () => {
  test.each(BASES)('the sound bundle "%s" holds for the TypeScript verifier, at all levels', async (base) => {
    const bundle = bench.of(base);
    const report = await verifiers.typescript({ zip: await packBundle(bundle), policy: bundle.policy });
    expect(report.fault).toBeUndefined();
    expect(report.levels.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'holds'));
  });

  inPython.each(BASES)(
    'the sound bundle "%s" holds for the Python verifier, but for the level that it cannot',
    async (base) => {
      const bundle = bench.of(base);
      const report = await verifiers.byPython({ zip: await packBundle(bundle), policy: bundle.policy });
      expect(report).toMatchObject({ ok: true });
      if (!('levels' in report)) throw new Error(report.unusable);
      expect(report.levels.map(({ outcome }) => outcome)).toEqual([
        'holds',
        'holds',
        'holds',
        'holds',
        'not asked',
      ]);
      const { bundle: about, erased } = await verifiers.typescript({
        zip: await packBundle(bundle),
        policy: bundle.policy,
      });
      expect(report.bundle).toEqual(about);
      expect(report.erased).toEqual(erased);
    },
  );

  test('a view as the entries give it holds', async () => {
    const start = benchOf('bare', bench);
    await withView(start);
    const report = await verifiers.typescript({
      zip: await packBundle(start.bundle),
      policy: start.bundle.policy,
    });
    expect(report.fault).toBeUndefined();
  });
});

describe('a bundle of an incident without the proof of the heads', () => {
  /** The log with heads that are said to have been taken at that size. */
  const headsAt = (size: number) =>
    withJournalEntry(bench.log, 'log.heads', { count: 1, root: Buffer.alloc(32).toString('base64'), size });
  const firstOf = (log: TestLog): number =>
    log.entries.findIndex(({ incident }) => incident === log.incidents[0]);

  async function reportsOn(log: TestLog, shown: (type: string) => boolean = () => true) {
    const bundle = await testBundle(log, { incident: 1 });
    bundle.parts.delete('log/heads.json');
    const indices = shownIn(bundle).filter((index) => shown(bundle.log.entries[index]?.type ?? ''));
    const without = { zip: await packBundle(await showing(bundle, indices)), policy: bundle.policy };
    return [
      await verifiers.typescript(without),
      ...(hasPython ? [await verifiers.byPython(without)] : []),
    ].map((report) => {
      if ('unusable' in report) throw new Error(report.unusable);
      return report;
    });
  }

  test('holds where none are shown, where they are older than the incident, and where the log was recovered since', async () => {
    const recovered = withJournalEntry(bench.log, 'log.recover', {
      ...{ origin: 'a', previousOrigin: 'b', checkpoint: '', size: 1 },
    });
    for (const reports of [
      await reportsOn(bench.log, (type) => type !== 'log.heads'),
      await reportsOn(headsAt(firstOf(bench.log))),
      await reportsOn(recovered),
    ])
      for (const { fault, notChecked } of reports) {
        expect(fault).toBeUndefined();
        expect(notChecked.map(({ what }) => what)).toContainEqual(
          expect.stringContaining('no entry was cut off'),
        );
      }
  });

  test('does not hold where they are one leaf younger, or were taken again since the log was recovered', async () => {
    const recovered = withJournalEntry(bench.log, 'log.recover', {
      ...{ origin: 'a', previousOrigin: 'b', checkpoint: '', size: 1 },
    });
    const again = withJournalEntry(recovered, 'log.heads', { count: 2, root: 'x', size: 100 });
    for (const reports of [await reportsOn(headsAt(firstOf(bench.log) + 1)), await reportsOn(again)])
      for (const { fault } of reports)
        expect(fault).toMatchObject({ level: 2, code: 'E_COMPLETENESS', path: 'log/heads.json' });
  });
});

describe('the corpus', () => {
  test('has at least 110 attacks, each under its own name and with its own bytes', async () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const files = await Promise.all(
      all.map(async (attack) => {
        const { zip, policy, since } = await given(attack);
        return `${zip.toString('base64')} ${policy} ${since}`;
      }),
    );
    expect(new Set(files).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(110);
  });

  describe.each(corpus)('%s', (_chapter, attacks) => {
    test.each(attacks)('TypeScript sees it: $name', async (attack) => {
      const seen = expected(attack);
      const report = await verifiers.typescript(await given(attack));
      expect(asked(report.fault, seen)).toEqual(seen);
      expect(report.ok).toBe(false);
    });

    inPython.each(attacks)('Python sees it, or says that it does not look: $name', async (attack) => {
      const report = await verifiers.byPython(await given(attack));
      if ('unusable' in report) throw new Error(report.unusable);
      if (attack.python === 'not seen') {
        expect(report.ok).toBe(true);
        expect(report.notChecked.length).toBeGreaterThan(0);
        return;
      }
      const seen = attack.python ?? expected(attack);
      expect(asked(report.fault, seen)).toEqual(seen);
      expect(report.ok).toBe(false);
    });
  });
});

test('docs/audit-attacks.md is the table of the corpus; UPDATE_ATTACKS=1 writes it', () => {
  const file = new URL('../../docs/audit-attacks.md', import.meta.url);
  const table = attackTable(corpus, expected);
  if (process.env['UPDATE_ATTACKS'] === '1') writeFileSync(file, table);
  expect(readFileSync(file, 'utf8')).toBe(table);
});
