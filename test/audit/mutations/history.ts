/** Time, completeness, and what follows from the playbook. */
import {
  formatHeads,
  inclusionProof,
  leafHash,
  chainHeadLeaf,
  memoryTiles,
  type HeadsDocument,
} from '@cordon/audit';
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import { chainHeads, withJournalEntry } from '../../support/bundle-log.js';
import { JOURNAL_UID, resealed, setLines, testBundle, type TestBundle } from '../../support/bundle.js';
import {
  findLeaf,
  leafAt,
  leaves,
  rechainedAll,
  resigned,
  shownIn,
  showing,
  signed,
  typeOf,
  withLeaf,
  type Attack,
  type Bench,
  type Seen,
} from './bench.js';

const KEY = 'who has the bundle key';
const LOG = 'who has the log and bundle keys';
const ALL = 'who has all keys and the witnesses';
const LATE = '2031-01-01T00:00:00.000Z';
const COMPLETE: Seen = { level: 2, code: 'E_COMPLETENESS' };

const heads = (parts: TestBundle['parts']): JsonObject =>
  JSON.parse(parts.get('log/heads.json')?.toString() ?? '') as JsonObject;

/** `log/heads.json` is another, and the bundle key signs that. */
const head = (
  name: string,
  change: (document: JsonObject, bench: Bench) => JsonObject | Promise<JsonObject>,
): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect: { ...COMPLETE, path: 'log/heads.json' } },
  apply: async (bench) => {
    bench.parts.set('log/heads.json', Buffer.from(canonicalJson(await change(heads(bench.parts), bench))));
    return { zip: await signed(bench.bundle) };
  },
});

/** Fewer entries of the incident are shown, and what else is needed is made to fit. */
async function shortened({ bundle, parts, log }: Bench, scopeSeq?: number): Promise<Buffer> {
  const uid = log.incidents[0];
  const own = shownIn(bundle).filter((index) => log.entries[index]?.incident === uid);
  const gone = new Set(own.slice(-2));
  parts.delete('proofs/last.tlog-proof');
  const made = await showing(
    bundle,
    shownIn(bundle).filter((index) => !gone.has(index)),
  );
  const { scope } = made.manifest;
  if (scope.kind !== 'incident') throw new Error('it is not of an incident');
  return signed({
    ...made,
    manifest: { ...made.manifest, scope: { ...scope, seq: scopeSeq ?? scope.seq - 2 } },
  });
}

/** Without these leaves. */
const hiding = (
  name: string,
  expect: Seen,
  on: 'incident' | 'part' | 'bare incident',
  which: (bench: Bench) => number,
  proof?: string,
): Attack => ({
  ...{ name, by: KEY, on, expect },
  apply: async (bench) => {
    const gone = which(bench);
    if (proof) bench.parts.delete(proof);
    return {
      zip: await signed(
        await showing(
          bench.bundle,
          shownIn(bench.bundle).filter((index) => index !== gone),
        ),
      ),
    };
  },
});

const newest = ({ bundle }: Bench, type: string): number =>
  bundle.log.entries.findLastIndex((entry) => entry.type === type);

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

export const completenessAttacks: readonly Attack[] = [
  {
    ...{
      name: 'the last entries of an incident are left out, and the scope says so',
      by: KEY,
      on: 'incident',
      expect: COMPLETE,
    },
    apply: async (bench) => ({ zip: await shortened(bench) }),
  },
  {
    ...{
      name: 'the last entries of an incident are left out, and the scope says that they are there',
      by: KEY,
      on: 'incident',
      expect: COMPLETE,
    },
    apply: async (bench) => {
      const { scope } = bench.bundle.manifest;
      return { zip: await shortened(bench, scope.kind === 'incident' ? scope.seq : 0) };
    },
  },
  hiding(
    'an entry in the middle of an incident is hidden in a gap',
    { level: 2, code: 'E_CHAIN_SEQ' },
    'incident',
    ({ bundle, log }) =>
      shownIn(bundle).filter((index) => log.entries[index]?.incident === log.incidents[0])[4] ?? 0,
  ),
  hiding(
    'the first entry of an incident is hidden in a gap',
    { level: 2, code: 'E_CHAIN_SEQ' },
    'incident',
    ({ bundle, log }) =>
      shownIn(bundle).find((index) => log.entries[index]?.incident === log.incidents[0]) ?? 0,
    'proofs/first.tlog-proof',
  ),
  hiding(
    'the entry that announces the bundle is hidden',
    COMPLETE,
    'incident',
    (bench) => newest(bench, 'history.export'),
    'proofs/export.tlog-proof',
  ),
  hiding(
    'the newest heads are hidden and their proof left',
    { ...COMPLETE, path: 'log/heads.json' },
    'incident',
    (bench) => newest(bench, 'log.heads'),
  ),
  hiding(
    'the key that signs the manifest is not announced',
    { level: 1, code: 'E_SIG', path: 'MANIFEST.note' },
    'bare incident',
    ({ bundle }) => bundle.log.entries.findLastIndex((entry) => entry.type === 'log.key'),
  ),
  hiding('a leaf of the range is hidden in a gap', COMPLETE, 'part', ({ bundle }) => {
    const entries = bundle.log.entries.slice(20, 60);
    return (
      20 +
      entries.findLastIndex(
        ({ incident }, i) =>
          incident !== JOURNAL_UID && !entries.slice(i + 1).some((later) => later.incident === incident),
      )
    );
  }),
  {
    ...{ name: 'another entry is said to announce the bundle', by: KEY, on: 'incident', expect: COMPLETE },
    apply: async ({ bundle }) => ({
      zip: await signed({ ...bundle, manifest: { ...bundle.manifest, export: 0 } }),
    }),
  },
  {
    ...{ name: 'what the announcing entry says is withheld', by: KEY, on: 'bare', expect: COMPLETE },
    apply: async ({ bundle, parts }) => {
      const lines = (parts.get('log/openings.jsonl')?.toString() ?? '').trimEnd().split('\n');
      setLines(parts, 'log/openings.jsonl', lines.slice(0, -1));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'the bundle of a part of the log says that it is of a smaller part',
      by: KEY,
      on: 'part',
      expect: { level: 2, code: 'E_FOREIGN_LEAF' },
    },
    apply: async ({ bundle }) => ({
      zip: await signed({
        ...bundle,
        manifest: { ...bundle.manifest, scope: { kind: 'log', from: 21, to: 60 } },
      }),
    }),
  },
  {
    ...{
      name: 'the log denies the last entries of an incident when it announces the bundle, and the heads hold them',
      by: LOG,
      on: 'bare incident',
      expect: { ...COMPLETE, path: 'log/heads.json' },
    },
    apply: denied,
  },
  {
    ...{ name: 'a bundle of the log carries heads of an incident', by: KEY, on: 'bare', expect: COMPLETE },
    apply: async ({ bundle, parts, of }) => {
      const all = [...parts];
      const at = all.findIndex(([one]) => one.startsWith('proofs/'));
      const data = of('bare incident').parts.get('log/heads.json') ?? Buffer.alloc(0);
      return {
        zip: await signed({ ...bundle, parts: new Map(all.toSpliced(at, 0, ['log/heads.json', data])) }),
      };
    },
  },
  head('the proof of the heads lacks a hash', (one) => ({
    ...one,
    proof: (one['proof'] as string[]).slice(1),
  })),
  head('the proof of the heads is of another place', (one) => ({ ...one, index: Number(one['index']) + 1 })),
  head('the heads are said to hold fewer entries', (one) => ({
    ...one,
    leaf: { ...(one['leaf'] as JsonObject), seq: 1 },
  })),
  head('the heads are said to end in another entry', (one) => ({
    ...one,
    leaf: { ...(one['leaf'] as JsonObject), head: '1'.repeat(64) },
  })),
  head('the heads are those of another incident', async (one, bench) => {
    const other = bench.log.incidents[1] ?? '';
    return JSON.parse(await headsAt(bench, Number(one['entry']), other)) as JsonObject;
  }),
  head('the proof is of older heads, which say less', (_, bench) => {
    const old = bench.log.entries.findIndex(({ type }) => type === 'log.heads');
    return headsAt(bench, old, bench.log.incidents[0] ?? '').then((text) => JSON.parse(text) as JsonObject);
  }),
  head('the proof of the heads has a member that is not described', (one) => ({ ...one, verified: true })),
];

async function headsAt({ log }: Bench, entry: number, incident: string): Promise<string> {
  const all = chainHeads(log.entries.slice(0, entry));
  const index = all.findIndex((one) => one.incident === incident);
  const leaf = all[index];
  if (!leaf) throw new Error('the heads do not hold it');
  const tree = memoryTiles(all.map((one) => leafHash(chainHeadLeaf(one))));
  const document: HeadsDocument = {
    entry,
    index,
    leaf,
    proof: await inclusionProof(tree, all.length, index),
  };
  return formatHeads(document);
}

/** The export says two entries less than there were, the bundle shows as many, the heads know better. */
async function denied({ log }: Bench): Promise<{ zip: Buffer }> {
  const incident = log.incidents[0] ?? '';
  const own = log.entries.flatMap((entry, i) => (entry.incident === incident ? [{ ...entry, i }] : []));
  const last = own.at(-3);
  if (!last) throw new Error('the incident is too short');
  const lie = {
    format: 'bundle',
    scope: 'incident',
    incident,
    seq: last.seq,
    head: last.hash.toString('hex'),
  };
  const lied = withJournalEntry(log, 'history.export', lie);
  const made = await testBundle(lied, { incident: 1 });
  made.parts.delete('proofs/last.tlog-proof');
  const gone = new Set(own.slice(-2).map(({ i }) => i));
  const lieAt = lied.entries.length - 1;
  const shown = [...shownIn(made).filter((index) => !gone.has(index)), lieAt].sort((a, b) => a - b);
  const less = await showing(made, shown);
  const { scope } = less.manifest;
  if (scope.kind !== 'incident') throw new Error('it is not of an incident');
  return withOpenings(less, lied, lieAt, {
    ...less.manifest,
    export: lieAt,
    scope: { ...scope, seq: last.seq },
  });
}

async function withOpenings(
  bundle: TestBundle,
  log: TestBundle['log'],
  index: number,
  manifest: TestBundle['manifest'],
): Promise<{ zip: Buffer }> {
  const line = canonicalJson({ index, openings: log.entries[index]?.openings as unknown as JsonObject[] });
  const text = bundle.parts.get('log/openings.jsonl')?.toString() ?? '';
  const lines = [...text.trimEnd().split('\n'), line];
  const at = (one: string): number => (JSON.parse(one) as { index: number }).index;
  setLines(
    bundle.parts,
    'log/openings.jsonl',
    lines.sort((a, b) => at(a) - at(b)),
  );
  return { zip: await signed({ ...bundle, manifest }) };
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
