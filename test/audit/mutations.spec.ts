import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '@cordon/audit';
import { packBundle } from '../support/bundle.js';
import { Verifiers, type Given } from './both-verifiers.js';
import { attackTable } from './attack-table.js';
import { benchOf, type Attack, type Base, type Seen, workbench } from './mutations/bench.js';
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

test('a bundle without the proof of the heads holds, and both say what that leaves open', async () => {
  const { bundle, parts } = benchOf('bare incident', bench);
  parts.delete('log/heads.json');
  const without = { zip: await packBundle(bundle), policy: bundle.policy };
  const reports = [
    await verifiers.typescript(without),
    ...(hasPython ? [await verifiers.byPython(without)] : []),
  ];
  for (const report of reports) {
    if ('unusable' in report) throw new Error(report.unusable);
    expect(report.fault).toBeUndefined();
    expect(report.notChecked.map(({ what }) => what)).toContainEqual(
      expect.stringContaining('no entry was cut off'),
    );
  }
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
