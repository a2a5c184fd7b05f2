/** The tree: which leaves there are, in which order, and what older checkpoints say of them. */
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import {
  consistencyProof,
  formatConsistencyLine,
  formatGap,
  memoryTiles,
  parseGap,
  subtreeHash,
} from '@cordon/audit';
import { linesIn, noteAt, resealed, setLines, testBundle, TEST_LOG, testLog } from '../../support/bundle.js';
import {
  checkpointOf,
  edited,
  findLeaf,
  leaves,
  proofOf,
  rechained,
  resigned,
  ROGUE_LOG,
  rootOf,
  signed,
  withCheckpoint,
  type Attack,
  type Attacker,
  type Base,
  type Bench,
  type Seen,
} from './bench.js';

const KEY = 'who has the bundle key';
const LOG = 'who has the log and bundle keys';
const ALL = 'who has all keys and the witnesses';
const ENTRIES = 'log/entries.jsonl';
const see = (code: string): Seen => ({ level: 1, code });

/** Rows of the entries are others; the bundle key signs the manifest over them, the log key signs nothing. */
const rows = (
  name: string,
  expect: Seen,
  change: (lines: string[], bench: Bench) => string[],
  on: Base = 'log',
): Attack => ({
  ...{ name, by: KEY, on, expect },
  apply: async (bench) => {
    const { bundle, parts } = bench;
    const after = change(leaves(parts), bench);
    setLines(parts, ENTRIES, after);
    return { zip: await signed({ ...bundle, manifest: { ...bundle.manifest, entries: after.length } }) };
  },
});

const swapped = (lines: string[], a: number, b: number): string[] => {
  const out = [...lines];
  [out[a], out[b]] = [lines[b] ?? '', lines[a] ?? ''];
  return out;
};

const edit = (line: string, change: (leaf: JsonObject) => JsonObject): string =>
  canonicalJson(change(JSON.parse(line) as JsonObject));

const gaps = (
  name: string,
  expect: Seen,
  change: (lines: string[], bench: Bench) => string[] | Promise<string[]>,
): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect },
  apply: async (bench) => {
    setLines(bench.parts, 'log/gaps.txt', await change(linesIn(bench.parts, 'log/gaps.txt'), bench));
    return { zip: await signed(bench.bundle) };
  },
});

const older = (
  name: string,
  expect: Seen,
  change: (lines: string[], bench: Bench) => string[] | Promise<string[]>,
  by: Attacker = KEY,
): Attack => ({
  ...{ name, by, on: 'bare', expect },
  apply: async (bench) => {
    const path = 'log/consistency.jsonl';
    setLines(bench.parts, path, await change(linesIn(bench.parts, path), bench));
    return { zip: await signed(bench.bundle) };
  },
});

const proof = (name: string, change: (text: string, bench: Bench) => string | Promise<string>): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect: { level: 1, code: 'E_PROOF', path: 'proofs/last.tlog-proof' } },
  apply: async (bench) => {
    const text = bench.parts.get('proofs/last.tlog-proof')?.toString() ?? '';
    bench.parts.set('proofs/last.tlog-proof', Buffer.from(await change(text, bench)));
    return { zip: await signed(bench.bundle) };
  },
});

type Parsed = { checkpoint: string; proof: string[] };
const lineOf = (text: string | undefined): Parsed => JSON.parse(text ?? '') as Parsed;

/** A sound bundle with the checkpoint that the auditor kept. */
const kept = (
  name: string,
  by: Attacker,
  expect: Seen,
  make: (bench: Bench) => Promise<{ zip: Buffer; since: string }>,
  on: Base = 'bare',
): Attack => ({
  ...{ name, by, on, expect },
  apply: make,
});

export const treeAttacks: readonly Attack[] = [
  rows('an entry is dropped', see('E_SIZE'), (lines) => lines.toSpliced(10, 1)),
  rows('the last entries are cut off', see('E_SIZE'), (lines) => lines.slice(0, -5)),
  rows('an entry is there twice', see('E_SIZE'), (lines) => lines.toSpliced(10, 0, lines[10] ?? '')),
  rows('an entry is replaced by its neighbour', see('E_ROOT'), (lines) => lines.with(10, lines[11] ?? '')),
  rows('two entries change places', see('E_ROOT'), (lines) => swapped(lines, 10, 11)),
  rows('all entries stand in reverse', see('E_ROOT'), (lines) => lines.toReversed()),
  rows('a forged entry is put in', see('E_SIZE'), (lines) =>
    lines.toSpliced(
      20,
      0,
      edit(lines[20] ?? '', (leaf) => ({ ...leaf, seq: 99 })),
    ),
  ),
  rows('a forged entry is put at the end', see('E_SIZE'), (lines) => [...lines, lines.at(-1) ?? '']),
  rows('the time of an entry is changed', see('E_ROOT'), (lines) =>
    lines.with(
      12,
      edit(lines[12] ?? '', (leaf) => ({
        ...leaf,
        at: leaf['occurredAt'] === leaf['at'] ? '2026-01-01T00:00:00.000Z' : (leaf['at'] ?? ''),
      })),
    ),
  ),
  rows('the actor of an entry is changed', see('E_ROOT'), (lines) =>
    lines.with(
      12,
      edit(lines[12] ?? '', (leaf) => ({
        ...leaf,
        actor: { ...(leaf['actor'] as JsonObject), id: 'mallory' },
      })),
    ),
  ),
  rows('the roles of an actor are changed', see('E_ROOT'), (lines) =>
    lines.with(
      12,
      edit(lines[12] ?? '', (leaf) => ({
        ...leaf,
        actor: { ...(leaf['actor'] as JsonObject), roles: ['coordinator'] },
      })),
    ),
  ),
  rows('an entry is written again with the same meaning', see('E_ROOT'), (lines) =>
    lines.with(12, (lines[12] ?? '').replace(',', ', ')),
  ),
  rows(
    'an entry of the bundle of an incident is hidden',
    see('E_SIZE'),
    (lines) => lines.toSpliced(5, 1),
    'incident',
  ),
  rows(
    'an entry of another incident is put into the bundle of one',
    see('E_ROOT'),
    (lines, { log }) => {
      const other = log.entries.find(({ incident }) => incident === log.incidents[1]);
      return lines.with(5, String(other?.leaf));
    },
    'incident',
  ),
  {
    ...{
      name: 'an entry is changed and the chain behind it made to fit',
      by: KEY,
      on: 'log',
      expect: see('E_ROOT'),
    },
    apply: async ({ bundle, parts }) => {
      rechained(
        parts,
        findLeaf(parts, (leaf) => leaf['kind'] === 'transition'),
        (leaf) => ({ ...leaf, occurredAt: '2026-01-01T00:00:00.000Z' }),
      );
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'history is written again, the tree made anew and signed with another key',
      by: 'who has the bundle key',
      on: 'log',
      expect: see('E_UNKNOWN_LOG'),
    },
    apply: async ({ bundle, parts }) => {
      rechained(parts, 12, (leaf) => ({ ...leaf, occurredAt: '2026-01-01T00:00:00.000Z' }));
      const { manifest, parts: made } = await resealed(bundle);
      const { size, root } = manifest.checkpoint;
      withCheckpoint({ parts: made }, await checkpointOf(bundle, { keys: [ROGUE_LOG], size, root }));
      return { zip: await signed({ parts: made, manifest }) };
    },
  },
  {
    ...{
      name: 'the leaves of another log of the same name are shown under the true checkpoint',
      by: KEY,
      on: 'log',
      expect: see('E_ROOT'),
    },
    apply: async ({ bundle, parts }) => {
      const other = await testBundle(await testLog({ incidents: 3, most: 24, seed: 2 }));
      parts.set(ENTRIES, other.parts.get(ENTRIES) ?? Buffer.alloc(0));
      return { zip: await signed(bundle) };
    },
  },
  gaps('a hidden part is left out of the gaps', see('E_SIZE'), (lines) => lines.slice(1)),
  gaps('the last hidden part is left out of the gaps', see('E_SIZE'), (lines) => lines.slice(0, -1)),
  gaps('a gap stands there twice', see('E_ROOT'), (lines) => [lines[0] ?? '', ...lines]),
  gaps('a gap overlaps an entry', see('E_ROOT'), (lines) => {
    const at = lines.findIndex((line) => {
      const { start, level } = parseGap(line);
      return start % 2 ** (level + 1) === 0;
    });
    const { start, level, hash } = parseGap(lines[at] ?? '');
    return lines.with(at, formatGap({ start, level: level + 1, hash }));
  }),
  gaps('a gap begins where no subtree of its size does', see('E_ROOT'), (lines) => {
    const at = lines.findIndex((line) => Number(line.split(' ')[0]) % 2 === 1);
    return lines.with(at, (lines[at] ?? '').replace(/ \d+ /, ' 3 '));
  }),
  gaps('the hash of a gap is another', see('E_ROOT'), (lines) =>
    lines.with(2, (lines[2] ?? '').replace(/ \S+$/, ` ${Buffer.alloc(32, 9).toString('base64')}`)),
  ),
  gaps('a gap is split into its halves', see('E_ROOT'), async (lines, { bundle }) => {
    const at = lines.findIndex((line) => Number(line.split(' ')[1]) > 0);
    const { start, level } = parseGap(lines[at] ?? '');
    const tree = memoryTiles(bundle.log.entries.map(({ hash }) => hash));
    const half = async (from: number): Promise<string> =>
      formatGap({
        start: from,
        level: level - 1,
        hash: await subtreeHash(tree, level - 1, from / 2 ** (level - 1)),
      });
    return lines.toSpliced(at, 1, await half(start), await half(start + 2 ** (level - 1)));
  }),
  gaps('a gap lies behind the end of the tree', see('E_SIZE'), (lines) => [
    ...lines,
    formatGap({ start: 2 ** 20, level: 4, hash: Buffer.alloc(32) }),
  ]),
  gaps('a gap is wider than every number', see('E_ROOT'), (lines) => [
    ...lines,
    `0 53 ${Buffer.alloc(32).toString('base64')}`,
  ]),
  gaps('a gap has a number with a leading zero', see('E_ROOT'), (lines) => lines.with(1, `0${lines[1]}`)),
  gaps('the gaps stand in another order', see('E_ROOT'), (lines) => swapped(lines, 1, 2)),
  older('the proof of an older checkpoint lacks a hash', see('E_CONSISTENCY'), (lines) => {
    const { checkpoint, proof: list } = lineOf(lines[0]);
    return lines.with(0, canonicalJson({ checkpoint, proof: list.slice(1) }));
  }),
  older('the proof of an older checkpoint has a hash more', see('E_CONSISTENCY'), (lines) => {
    const { checkpoint, proof: list } = lineOf(lines[0]);
    return lines.with(0, canonicalJson({ checkpoint, proof: [...list, list[0] ?? ''] }));
  }),
  older('the proofs of two older checkpoints change places', see('E_CONSISTENCY'), (lines) => {
    const [a, b] = [lineOf(lines[0]), lineOf(lines[1])];
    return [canonicalJson({ ...a, proof: b.proof }), canonicalJson({ ...b, proof: a.proof })];
  }),
  older('the older checkpoints stand in another order', see('E_CONSISTENCY'), (lines) => lines.toReversed()),
  older('an older checkpoint stands there twice', see('E_CONSISTENCY'), (lines) => [
    lines[0] ?? '',
    ...lines,
  ]),
  older('an older checkpoint is signed with another key', see('E_UNKNOWN_LOG'), async (lines, { bundle }) => {
    const size = 30;
    const checkpoint = await checkpointOf(bundle, {
      size,
      root: await rootOf(bundle, size),
      keys: [ROGUE_LOG],
    });
    return lines.with(0, canonicalJson({ ...lineOf(lines[0]), checkpoint }));
  }),
  older(
    'the log signed another history before: the older checkpoint contradicts',
    see('E_CONSISTENCY'),
    async (lines, { bundle }) => {
      const checkpoint = await checkpointOf(bundle, { size: 30, root: Buffer.alloc(32, 1) });
      return lines.with(0, canonicalJson({ ...lineOf(lines[0]), checkpoint }));
    },
    LOG,
  ),
  older(
    'an older checkpoint is larger than the present one',
    see('E_CONSISTENCY'),
    async (lines, { bundle }) => {
      const checkpoint = await checkpointOf(bundle, { size: 10_000, root: Buffer.alloc(32, 1) });
      return [...lines, formatConsistencyLine({ checkpoint, proof: [] })];
    },
    LOG,
  ),
  older(
    'an older checkpoint is of an empty tree',
    see('E_CONSISTENCY'),
    async (lines, { bundle }) => {
      const checkpoint = await checkpointOf(bundle, { size: 0, root: await rootOf(bundle, 0) });
      return [formatConsistencyLine({ checkpoint, proof: [] }), ...lines];
    },
    LOG,
  ),
  proof('a cosignature in the proof of an entry is not that of the witness', (text) =>
    text.replace(/.(?=.{20}\n$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
  ),
  proof('a single proof is of another leaf', async (text, { bundle }) => {
    const other = await proofOf(bundle, 0);
    return other.replace('index 0', /index \d+/.exec(text)?.[0] ?? '');
  }),
  proof('a single proof lacks a hash', (text) => text.replace(/(index \d+\n)\S+\n/, '$1')),
  proof('a single proof is of a leaf that is not shown', (_, { bundle }) => proofOf(bundle, 2)),
  proof('a single proof is over an older checkpoint', async (text, { bundle, parts }) => {
    const [size, root] = [30, await rootOf(bundle, 30)];
    return text.replace(
      parts.get('log/checkpoint')?.toString() ?? '',
      await checkpointOf(bundle, { size, root }),
    );
  }),
  proof('the checkpoint of a single proof has a signature that does not hold', (text) => {
    const at = text.indexOf('\u2014');
    const line = text.slice(at, text.indexOf('\n', at));
    return text.replace(line, `${line.slice(0, -8)}${line.at(-8) === 'A' ? 'B' : 'A'}${line.slice(-7)}`);
  }),
  proof('a single proof has another first line', (text) => text.replace('@v1', '@v2')),
  kept(
    'history behind the kept checkpoint is written again and signed with the true keys',
    LOG,
    see('E_CONSISTENCY'),
    async ({ bundle, parts }) => {
      const since = await checkpointOf(bundle, { size: 60, root: await rootOf(bundle, 60) });
      rechained(parts, 12, (leaf) => ({ ...leaf, occurredAt: '2026-01-01T00:00:00.000Z' }));
      return { zip: await resigned(bundle), since };
    },
  ),
  kept(
    'the log is rolled back to an older signed checkpoint',
    LOG,
    see('E_CONSISTENCY'),
    async ({ bundle, log }) => {
      const since = await checkpointOf(bundle);
      const early = { ...log, entries: log.entries.slice(0, -1) };
      const made = await testBundle(early, { older: [20] });
      return { zip: await signed(made), since };
    },
  ),
  kept(
    'the bundle does not prove anything about the kept checkpoint',
    LOG,
    see('E_CONSISTENCY'),
    async ({ of }) => {
      const bundle = of('bare incident');
      const hidden = 65;
      return {
        zip: await signed(bundle),
        since: await checkpointOf(bundle, { size: hidden, root: await rootOf(bundle, hidden) }),
      };
    },
  ),
  kept('the kept checkpoint is of another log', LOG, see('E_UNKNOWN_LOG'), async ({ bundle }) => ({
    zip: await signed(bundle),
    since: await checkpointOf(bundle, { origin: 'cordon-log/another', keys: [ROGUE_LOG] }),
  })),
  kept(
    'two histories of one size were signed, and the auditor kept the other',
    LOG,
    see('E_CONSISTENCY'),
    async ({ bundle }) => ({
      zip: await signed(bundle),
      since: await checkpointOf(bundle, { root: Buffer.alloc(32, 8) }),
    }),
  ),
  {
    ...{
      name: 'the tree is made anew with the true keys, and an older checkpoint of the true history stays in',
      by: LOG,
      on: 'bare',
      expect: see('E_CONSISTENCY'),
    },
    apply: async ({ bundle, parts }) => {
      const tree = memoryTiles(bundle.log.entries.map(({ hash }) => hash));
      const line = formatConsistencyLine({
        checkpoint: await noteAt(bundle.log, tree, 60),
        proof: await consistencyProof(tree, 60, bundle.log.entries.length),
      });
      rechained(parts, 12, (leaf) => ({ ...leaf, occurredAt: '2026-01-01T00:00:00.000Z' }));
      const made = await resealed(bundle);
      setLines(made.parts, 'log/consistency.jsonl', [line]);
      return { zip: await signed(made) };
    },
  },
  {
    ...{
      name: 'the origin of an older checkpoint is another log',
      by: LOG,
      on: 'bare',
      expect: see('E_UNKNOWN_LOG'),
    },
    apply: async ({ bundle, parts }) => {
      edited(parts, 'log/consistency.jsonl', (text) => text.replaceAll(TEST_LOG, `${TEST_LOG}x`));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'entries are added behind the checkpoint, with all keys but without a new checkpoint',
      by: ALL,
      on: 'bare',
      expect: see('E_SIZE'),
    },
    apply: async ({ bundle, parts, of }) => {
      const more = of('part').parts.get(ENTRIES) ?? Buffer.alloc(0);
      const all = [...leaves(parts), more.toString().split('\n')[3] ?? ''];
      setLines(parts, ENTRIES, all);
      return { zip: await signed({ ...bundle, manifest: { ...bundle.manifest, entries: all.length } }) };
    },
  },
];
