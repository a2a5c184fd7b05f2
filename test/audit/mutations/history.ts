/** Time, and what follows from the playbook. */
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import { resealed, setLines, type TestBundle } from '../../support/bundle.js';
import {
  findLeaf,
  leafAt,
  leaves,
  rechainedAll,
  resigned,
  signed,
  typeOf,
  withLeaf,
  type Attack,
  type Bench,
} from './bench.js';

const KEY = 'who has the bundle key';
const LOG = 'who has the log and bundle keys';
const ALL = 'who has all keys and the witnesses';
const LATE = '2031-01-01T00:00:00.000Z';

export const timeAttacks: readonly Attack[] = [
  {
    ...{
      name: 'an entry is dated before the one before it',
      by: LOG,
      on: 'bare',
      expect: { level: 3, code: 'E_TIME_ORDER', index: 30 },
    },
    apply: (bench) => withLeaf(bench, 30, (leaf) => ({ ...leaf, at: '2001-01-01T00:00:00.000Z' })),
  },
  {
    ...{
      name: 'an entry of the journal is dated before the one before it',
      by: LOG,
      on: 'bare',
      expect: { level: 3, code: 'E_TIME_ORDER' },
    },
    apply: (bench) =>
      withLeaf(
        bench,
        findLeaf(bench.parts, (leaf) => typeOf(leaf) === 'log.heads'),
        (leaf) => ({ ...leaf, at: '2001-01-01T00:00:00.000Z' }),
      ),
  },
  {
    ...{ name: 'an entry is dated after the checkpoint that holds it was cosigned', by: ALL, on: 'log' },
    expect: ({ parts }) => ({ level: 3, code: 'E_TIME_WINDOW', index: leaves(parts).length - 1 }),
    apply: (bench) => withLeaf(bench, leaves(bench.parts).length - 1, (leaf) => ({ ...leaf, at: LATE }), 2),
  },
  {
    ...{
      name: 'entries that were added late are dated as if they had been there before an older cosigned checkpoint',
      by: ALL,
      on: 'log',
    },
    expect: { level: 3, code: 'E_TIME_WINDOW' },
    apply: async ({ bundle, parts, log }) => {
      const uid = log.incidents.at(-1);
      const start = leafAt(parts, 0)['at'] ?? '';
      rechainedAll(parts, (leaf) => (leaf['incident'] === uid ? { ...leaf, at: start } : leaf));
      return { zip: await resigned(bundle, 2) };
    },
  },
  {
    ...{
      name: 'the whole log is dated a year back, and the witnesses say when they saw it',
      by: ALL,
      on: 'log',
      expect: { level: 3, code: 'E_TIME_WINDOW' },
    },
    apply: async ({ bundle, parts }) => {
      const back = (text: unknown): string =>
        String(text).replace(/^\d{4}/, (year) => String(Number(year) - 1));
      rechainedAll(parts, (leaf) => ({ ...leaf, at: back(leaf['at']) }));
      return { zip: await resigned(bundle, 2) };
    },
  },
  {
    ...{
      name: 'history is written again with the log key, and no witness goes along',
      by: LOG,
      on: 'log',
      expect: { level: 3, code: 'E_QUORUM' },
    },
    apply: (bench) => withLeaf(bench, 30, (leaf) => ({ ...leaf, occurredAt: '2001-01-01T00:00:00.000Z' })),
  },
  {
    ...{
      name: 'a time-stamp is of a checkpoint that the bundle does not have',
      by: KEY,
      on: 'bare',
      expect: { level: 3, code: 'E_TSR', path: 'log/timestamps/7.tsr' },
    },
    apply: async ({ bundle, parts }) => ({
      zip: await signed({
        ...bundle,
        parts: withStamp(parts, 'log/timestamps/7.tsr', Buffer.from('3003020100', 'hex')),
      }),
    }),
  },
];

/** The part in its place, before the proofs. */
function withStamp(parts: TestBundle['parts'], path: string, data: Buffer): TestBundle['parts'] {
  const all = [...parts];
  const at = all.findIndex(([one]) => one.startsWith('proofs/'));
  return new Map(all.toSpliced(at, 0, [path, data]));
}

/** A leaf that moved an incident, as the true keys would have signed it: only the playbook tells. */
const moved = (
  name: string,
  change: (leaf: JsonObject, bench: Bench) => JsonObject,
  fits: (leaf: JsonObject) => boolean = isMove,
): Attack => ({
  ...{ name, by: LOG, on: 'bare', python: 'not seen' },
  expect: ({ parts }) => {
    const index = findLeaf(parts, fits);
    return { level: 5, code: 'E_REPLAY', index, seq: Number(leafAt(parts, index)['seq']) };
  },
  apply: (bench) => withLeaf(bench, findLeaf(bench.parts, fits), (leaf) => change(leaf, bench)),
});

const isRefusal = (leaf: JsonObject): boolean =>
  leaf['kind'] === 'rejection' && leaf['machine'] !== undefined;
const isMove = (leaf: JsonObject): boolean =>
  leaf['kind'] === 'transition' && canonicalJson(leaf['from']) !== canonicalJson(leaf['to']);

export const semanticAttacks: readonly Attack[] = [
  moved('the digest of the state after is another', (leaf) => ({
    ...leaf,
    state: `sha256:${'a'.repeat(64)}`,
  })),
  moved('the state before is another', (leaf) => ({ ...leaf, from: 'new' })),
  moved('the state after is another', (leaf) => ({ ...leaf, to: 'closed' })),
  moved('another step is said to have been done', (leaf) => ({
    ...leaf,
    event: { ...(leaf['event'] as JsonObject), step: 'nowhere' },
  })),
  moved('another event is said to have been asked for', (leaf) => ({ ...leaf, event: { type: 'note.add' } })),
  moved(
    'the one who acted had no role for it',
    (leaf) => ({ ...leaf, actor: { ...(leaf['actor'] as JsonObject), roles: [] } }),
    (leaf) => isMove(leaf) && (leaf['actor'] as JsonObject)['type'] === 'person',
  ),
  {
    ...{ name: 'a refusal is turned into a transition', by: LOG, on: 'bare', python: 'not seen' },
    expect: ({ parts }) => ({ level: 5, code: 'E_REPLAY', index: findLeaf(parts, isRefusal) }),
    apply: async ({ bundle, parts }) => {
      const at = findLeaf(parts, isRefusal);
      const uid = leafAt(parts, at)['incident'];
      rechainedAll(parts, (leaf, i) => {
        const { rejection: _, ...rest } = leaf;
        const raised = { revision: Number(leaf['revision']) + 1 };
        if (i === at) return { ...rest, ...raised, kind: 'transition' };
        return i > at && leaf['incident'] === uid ? { ...leaf, ...raised } : leaf;
      });
      return { zip: await resigned(bundle) };
    },
  },
  moved('a playbook of another incident is said to have decided', (leaf, { parts }) => {
    const digests = [...parts.keys()]
      .flatMap((path) => /^machines\/(\w+)/.exec(path)?.[1] ?? [])
      .map((digest) => `sha256:${digest}`);
    return { ...leaf, machine: digests.find((digest) => digest !== leaf['machine']) ?? '' };
  }),
  {
    ...{
      name: 'a step that was never done is put into the history',
      by: LOG,
      on: 'bare',
      python: 'not seen',
    },
    expect: { level: 5, code: 'E_REPLAY' },
    apply: async ({ bundle, parts }) => {
      const all = leaves(parts);
      const at = findLeaf(parts, isMove);
      const before = leafAt(parts, at);
      const uid = before['incident'];
      const later = new Set(
        all.flatMap((line, i) => (i > at && (JSON.parse(line) as JsonObject)['incident'] === uid ? [i] : [])),
      );
      const raised = rechainedAll(
        parts,
        (leaf, i) =>
          later.has(i)
            ? { ...leaf, seq: Number(leaf['seq']) + 1, revision: Number(leaf['revision']) + 1 }
            : leaf,
        at,
      );
      return { zip: await signed(await resealed({ ...bundle, parts: shiftedOpenings(raised, at) })) };
    },
  },
];

/** Openings behind a leaf that was put in. */
function shiftedOpenings(parts: TestBundle['parts'], at: number): TestBundle['parts'] {
  const text = parts.get('log/openings.jsonl')?.toString() ?? '';
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { index: number; openings: JsonObject[] });
  const own = lines.find(({ index }) => index === at);
  const moved = lines.map((line) => (line.index > at ? { ...line, index: line.index + 1 } : line));
  const twice = own ? [...moved, { ...own, index: at + 1 }] : moved;
  setLines(
    parts,
    'log/openings.jsonl',
    twice.sort((a, b) => a.index - b.index).map((line) => canonicalJson(line)),
  );
  return parts;
}
